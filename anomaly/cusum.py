"""Two-sided cumulative sum of a whole fleet: one vector step a day."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Cusum:
    """Path of both sums, arrays shaped (days, instruments).

    Parameters
    ----------
    up, down
        Sums for a rise and for a fall [σ].
    up_since, down_since
        Row after the one on which the sum was last zero: the estimate of the onset.
    """

    up: Numbers
    down: Numbers
    up_since: Counts
    down_since: Counts


def cusum(score: Numbers, allowance: float) -> Cusum:
    """Two-sided CUSUM from zero; an unknown day leaves both sums as they are.

    Parameters
    ----------
    score
        Standardised residuals [σ], shape (days, instruments), NaN unknown.
    allowance
        Reference value k [σ].

    Examples
    --------
    >>> path = cusum(np.array([[0.0], [2.0], [np.nan], [2.0], [-9.0]]), 0.5)
    >>> path.up.ravel().tolist(), path.up_since.ravel().tolist()
    ([0.0, 1.5, 1.5, 3.0, 0.0], [1, 1, 1, 1, 5])
    """
    up, up_since = _one_side(score - allowance)
    down, down_since = _one_side(-score - allowance)
    return Cusum(up, down, up_since, down_since)


def _one_side(step: Numbers) -> tuple[Numbers, Counts]:
    total = np.zeros_like(step)
    since = np.zeros(step.shape, dtype=np.int64)
    known = np.isfinite(step)
    taken = np.where(known, step, 0.0)
    running = np.zeros(step.shape[1])
    start = np.zeros(step.shape[1], dtype=np.int64)
    for row in range(len(step)):
        np.maximum(running + taken[row], 0.0, out=running)
        start[running <= 0.0] = row + 1
        total[row] = running
        since[row] = start
    return total, since
