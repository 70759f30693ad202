"""Median of what is known, of a whole fleet at once."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


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
