"""Generalised likelihood ratio of a step of unknown size and instant, of a whole fleet at once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]
Sums = Callable[[int, int], tuple[Numbers, Numbers, Numbers]]


@dataclass(frozen=True)
class Change:
    """The likeliest change at the end of each row, arrays shaped (rows asked for, instruments).

    Parameters
    ----------
    statistic
        Signed root of twice the log likelihood ratio, largest over all onsets looked at [σ]; 0 where none is allowed.
    since
        Row on which it set in.
    size
        Its likeliest size: of a step [σ], of a slope [σ/row]; 0 where none is allowed.
    """

    statistic: Numbers
    since: Counts
    size: Numbers


def glr_step(score: Numbers, window: int, least: int = 1, begin: int = 0, profile: Numbers | None = None) -> Change:
    """Likeliest step at the end of each row from `begin` on, among the last `window` rows.

    With S the sum of the scores since an onset and n their number, the ratio is S²/n (Lorden, Ann. Math. Stat. 42
    (1971) 1897; window-limited, Lai, IEEE Trans. Inf. Theory 44 (1998) 2917). Where a step shows in proportion to a
    known profile g, as a share does that a meter no longer registers, it is (Σ g z)²/Σ g².

    Parameters
    ----------
    score
        Standardised residuals [σ], shape (rows, instruments), NaN unknown.
    window
        Onsets looked at: the last so many rows, the present one included.
    least
        Known rows that a step must have lasted.
    begin
        First row to answer for.
    profile
        How a step of size 1 shows in each row [σ], shape as `score`; 1 by default.

    Examples
    --------
    >>> found = glr_step(np.array([[0.0], [0.5], [-2.0], [np.nan], [-2.0]]), window=5, begin=4)
    >>> found.since.item(), found.size.item(), round(found.statistic.item(), 3)
    (2, -2.0, -2.828)
    """
    known = np.isfinite(score) if profile is None else np.isfinite(score) & np.isfinite(profile)
    shape = np.where(known, 1.0 if profile is None else profile, 0.0)
    of = [_summed(np.where(known, shape * score, 0.0)), _summed(shape**2), _summed(known.astype(np.float64))]

    def sums(row: int, first: int) -> tuple[Numbers, Numbers, Numbers]:
        projected, power, count = (total[row + 1] - total[first : row + 1] for total in of)
        return projected, power, count

    return likeliest(sums, len(score), score.shape[1], window, least, begin)


def likeliest(sums: Sums, rows: int, instruments: int, window: int, least: int, begin: int) -> Change:
    """The onset with the largest ratio at the end of each row, whatever the change looks like.

    Parameters
    ----------
    sums
        Given a row and the earliest onset: projection of the scores on the change, its power, and the known rows, for
        every onset, shape (onsets, instruments).
    """
    asked = max(rows - begin, 0)
    statistic = np.zeros((asked, instruments))
    since = np.zeros((asked, instruments), dtype=np.int64)
    size = np.zeros((asked, instruments))
    columns = np.arange(instruments)
    for answer, row in enumerate(range(begin, rows)):
        first = max(0, row + 1 - window)
        projected, power, count = sums(row, first)
        allowed = (count >= least) & (power > 0)
        root = np.where(allowed, projected / np.sqrt(np.where(allowed, power, 1.0)), 0.0)
        best = np.abs(root).argmax(axis=0)
        found = allowed[best, columns]
        statistic[answer] = root[best, columns]
        since[answer] = first + best
        size[answer] = np.where(found, projected[best, columns] / np.where(found, power[best, columns], 1.0), 0.0)
    return Change(statistic, since, size)


def onset_interval(ratios: Numbers, drop: float) -> tuple[int, int]:
    """Indices of the first and last onset whose twice log likelihood ratio lies within `drop` of the largest.

    Parameters
    ----------
    ratios
        Signed roots of the ratios of one instrument, by onset [σ].
    drop
        How much less likely an onset may be [1]: 3.84 would hold 95 % of a regular parameter; a change point is
        none, so users take more.

    Examples
    --------
    >>> onset_interval(np.array([1.0, 4.0, 5.0, 4.5, 0.0]), drop=7.0)
    (2, 3)
    """
    near = np.flatnonzero(ratios**2 >= float(np.max(ratios**2)) - drop)
    return int(near[0]), int(near[-1])


def _summed(values: Numbers) -> Numbers:
    """Sums before each row and after the last, shape (rows + 1, instruments)."""
    total = np.zeros((len(values) + 1, values.shape[1]))
    np.cumsum(values, axis=0, out=total[1:])
    return total
