"""Robust trend of a whole fleet: the median of all pairwise slopes, and how sure it is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]

_NORMAL_95 = 1.959964


@dataclass(frozen=True)
class Trend:
    """Trend of each instrument, arrays shaped (instruments,); NaN where there are too few values.

    Parameters
    ----------
    slope
        Median of the slopes between all pairs [value/row].
    low, high
        95 % confidence interval of it [value/row].
    score
        Kendall's score over its standard deviation [σ]: how surely the slope differs from none.
    known
        Known values.
    """

    slope: Numbers
    low: Numbers
    high: Numbers
    score: Numbers
    known: Counts


def robust_trend(values: Numbers, season: int = 1, inflation: Numbers | None = None) -> Trend:
    """Theil-Sen slope with Sen's interval and Kendall's score; by season where values of one season alone compare.

    Sen, J. Am. Stat. Assoc. 63 (1968) 1379; seasonal: Hirsch, Slack & Smith, Water Resour. Res. 18 (1982) 107. A level
    of its own for every season, of the week or of the year, then does not matter.

    Parameters
    ----------
    values
        Shape (rows, instruments), NaN unknown.
    season
        Rows after which the same season comes again: only rows a multiple of it apart are compared.
    inflation
        By how much the standard deviation of Kendall's score is greater than that of independent values, shape
        (instruments,); values that follow one another say less (Hamed & Rao, J. Hydrology 204 (1998) 182).

    Examples
    --------
    >>> trend = robust_trend(np.array([[1.0], [2.1], [np.nan], [4.0], [50.0], [6.0]]))
    >>> round(trend.slope.item(), 3), trend.known.item()
    (1.0, 5)
    """
    rows, instruments = values.shape
    lags = range(season, rows, season)
    pairs = sum(rows - lag for lag in lags)
    slopes = np.full((max(pairs, 1), instruments), np.nan)
    at = 0
    for lag in lags:
        np.subtract(values[lag:], values[:-lag], out=slopes[at : at + rows - lag])
        slopes[at : at + rows - lag] /= lag
        at += rows - lag
    kendall = np.sum(np.sign(np.where(np.isfinite(slopes), slopes, 0.0)), axis=0)
    deviation = np.sqrt(_variance(np.isfinite(values), season)) * (1.0 if inflation is None else inflation)
    ordered = np.sort(slopes, axis=0)
    count = np.count_nonzero(np.isfinite(ordered), axis=0)
    reach = _NORMAL_95 * deviation
    low = np.clip(np.floor((count - reach) / 2), 0, np.maximum(count - 1, 0)).astype(np.int64)
    high = np.clip(np.ceil((count + reach) / 2), 0, np.maximum(count - 1, 0)).astype(np.int64)
    columns, middle = np.arange(instruments), np.minimum(count // 2, len(ordered) - 1)
    return Trend(
        slope=(ordered[np.maximum(count - 1, 0) // 2, columns] + ordered[middle, columns]) / 2,
        low=ordered[low, columns],
        high=ordered[high, columns],
        score=np.divide(kendall, deviation, out=np.full(instruments, np.nan), where=deviation > 0),
        known=np.count_nonzero(np.isfinite(values), axis=0),
    )


def _variance(known: NDArray[np.bool_], season: int) -> Numbers:
    """Variance of Kendall's score of independent values without ties: n(n − 1)(2n + 5)/18, summed over seasons."""
    total = np.zeros(known.shape[1])
    for phase in range(min(season, len(known))):
        count = np.count_nonzero(known[phase::season], axis=0).astype(np.float64)
        total += count * (count - 1) * (2 * count + 5) / 18
    return total
