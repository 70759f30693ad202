"""What is left over, as multiples of each instrument's own scatter."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anomaly.middle import middle

Numbers = NDArray[np.float64]

NORMAL = 1.4826
"""Standard deviation of a normal variable over its median absolute deviation."""

LARGEST_CORRELATION = 0.9


@dataclass(frozen=True)
class Scaled:
    """Residuals as scores, and what they were divided by.

    Parameters
    ----------
    score
        Residual over scatter and inflation [σ], shape (rows, instruments).
    scatter
        1.4826 · median absolute residual of the baseline, shape (instruments,).
    correlation
        Lag-one correlation of the baseline, clipped to [0, 0.9], shape (instruments,).
    inflation
        √((1 + a)/(1 − a)): rows that follow one another say less than independent ones, shape (instruments,).
    """

    score: Numbers
    scatter: Numbers
    correlation: Numbers
    inflation: Numbers


def scaled(residual: Numbers, baseline: int, floor: float) -> Scaled:
    """Scores of residuals by the scatter and the correlation of the leading rows.

    Parameters
    ----------
    residual
        Shape (rows, instruments), around zero in the baseline, NaN unknown.
    baseline
        Number of leading rows that are the baseline.
    floor
        Least scatter ascribed to any instrument: a constant must not turn a trifle into a shift.

    Examples
    --------
    >>> scaled(np.array([[1.0], [-1.0], [1.0], [-1.0], [2.9652]]), 4, floor=0.0).score.ravel()[-1].round(6).item()
    2.0
    """
    scatter = np.maximum(NORMAL * middle(np.abs(residual[:baseline])), floor)
    correlation = lag_correlation(residual[:baseline])
    inflation = np.sqrt((1 + correlation) / (1 - correlation))
    return Scaled(residual / (scatter * inflation), scatter, correlation, inflation)


def lag_correlation(residual: Numbers, lag: int = 1) -> Numbers:
    """Correlation of a row with the row `lag` before, around zero, clipped to [0, 0.9], shape (instruments,).

    Each value counts at most three times its own scatter: one wild day must not hide that days follow one another.

    Examples
    --------
    >>> lag_correlation(np.array([[1.0], [1.0], [-1.0], [-1.0], [1.0], [1.0], [-1.0], [-1.0]])).round(3).item()
    0.143
    """
    bound = 3 * NORMAL * middle(np.abs(residual))
    known = np.isfinite(residual)
    filled = np.clip(np.where(known, residual, 0.0), -bound, bound)
    both = known[lag:] & known[:-lag]
    product = np.sum(np.where(both, filled[lag:] * filled[:-lag], 0.0), axis=0)
    power = np.sum(filled**2, axis=0)
    pairs, rows = np.count_nonzero(both, axis=0), np.count_nonzero(known, axis=0)
    fit = (power > 0) & (pairs > 0)
    share = np.divide(product * rows, power * pairs, out=np.zeros(residual.shape[1]), where=fit)
    return np.asarray(np.clip(share, 0.0, LARGEST_CORRELATION))
