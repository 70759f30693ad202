"""Daily consumption made comparable: against its own level, its peers' common day, and its own scatter."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]

_ZERO_SHARE = 0.02
"""Share of the median added before the logarithm, so that a day without consumption stays finite."""
_FLOOR = 0.05
"""Least scatter of log consumption ascribed to any instrument: a constant must not turn a trifle into a shift."""
_NORMAL = 1.4826
"""Standard deviation of a normal variable over its median absolute deviation."""
_LARGEST_CORRELATION = 0.9


@dataclass(frozen=True)
class Adjusted:
    """Days of a baseline and of a stretch after it, as multiples of each instrument's own scatter.

    Parameters
    ----------
    score
        (log consumption − own median − peers' common part) / σ, shape (days, instruments), NaN where unknown or not
        comparable.
    common
        Peers' common part of each day, as a factor on consumption, shape (days,).
    peers
        Instruments whose day is known [instruments], shape (days,).
    known
        Days known in the baseline [d], shape (instruments,).
    correlation
        Lag-one correlation in the baseline, clipped to [0, 0.9], shape (instruments,).
    level
        Median consumption in the baseline [unit/d], shape (instruments,).
    """

    score: Numbers
    common: Numbers
    peers: Counts
    known: Counts
    correlation: Numbers
    level: Numbers


def adjust(consumption: Numbers, baseline: int, *, sufficient: int, peers: int, comparable: float) -> Adjusted:
    """Score consumption against a baseline.

    Parameters
    ----------
    consumption
        Daily growth [unit/d], shape (days, instruments); NaN unknown.
    baseline
        Number of leading rows that are the baseline.
    sufficient
        Least number of known days in a baseline [d]; with fewer every score is NaN.
    peers
        Least number of instruments whose day is known for a common part to be taken off [instruments].
    comparable
        Largest factor between a day and the own level, either way, at which the day is scored at all.
    """
    known = np.count_nonzero(np.isfinite(consumption[:baseline]), axis=0)
    level = middle(consumption[:baseline])
    fit = (known >= sufficient) & (level > 0)
    offset = np.where(fit, _ZERO_SHARE * level, np.nan)
    residual = np.log(consumption + offset)
    residual -= middle(residual[:baseline])
    common = middle(np.ascontiguousarray(residual.T))
    present = np.count_nonzero(np.isfinite(residual), axis=1)
    common[present < peers] = 0.0
    residual -= common[:, None]
    residual -= middle(residual[:baseline])
    scatter = _NORMAL * middle(np.abs(residual[:baseline])) + _FLOOR
    correlation = _lag_one(residual[:baseline])
    # Days that follow one another say less than independent ones: σ grows as the sum of correlated days does.
    score = residual / (scatter * np.sqrt((1 + correlation) / (1 - correlation)))
    score[np.abs(residual) > np.log(comparable)] = np.nan
    return Adjusted(score, np.exp(common), present, known, correlation, level)


def middle(values: Numbers) -> Numbers:
    """Median of each column, unknown values left out; NaN for a column without any.

    Examples
    --------
    >>> middle(np.array([[1.0, np.nan], [np.nan, np.nan], [4.0, np.nan]]))
    array([2.5, nan])
    """
    if len(values) == 0:
        return np.full(values.shape[1], np.nan)
    ordered = np.sort(values, axis=0)
    known = np.count_nonzero(np.isfinite(ordered), axis=0)
    low, high = np.maximum(known - 1, 0) // 2, np.minimum(known // 2, len(values) - 1)
    columns = np.arange(values.shape[1])
    # Unknown values are sorted to the end: a column without any known one yields NaN by itself.
    return np.asarray((ordered[low, columns] + ordered[high, columns]) / 2)


def _lag_one(residual: Numbers) -> Numbers:
    """Correlation of a day with the day before, clipped to [0, 0.9]."""
    known = np.isfinite(residual)
    filled = np.where(known, residual, 0.0)
    both = known[1:] & known[:-1]
    product = np.sum(np.where(both, filled[1:] * filled[:-1], 0.0), axis=0)
    power = np.sum(filled**2, axis=0)
    pairs, days = np.count_nonzero(both, axis=0), np.count_nonzero(known, axis=0)
    share = np.where((power > 0) & (pairs > 0), product * days / np.maximum(power * pairs, 1e-300), 0.0)
    return np.asarray(np.clip(share, 0.0, _LARGEST_CORRELATION))
