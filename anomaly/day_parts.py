"""Parts of a day that a meter scales alike and people do not: base, usual hour and peak."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

_LEAST_HOURS = 20
"""Hours of a day that must be known [h]: the registers of radio meters miss an hour now and then."""


def day_parts(hourly: NDArray[np.float32]) -> tuple[Numbers, Numbers, Numbers]:
    """Smallest hour, median of the hours with consumption, and largest hour of each day.

    What runs without anybody (standby, refrigerator, leak) makes the smallest hour; what is used at a time makes the
    usual one, however many of them there are; what is used together makes the peak. A meter that registers a share
    of everything scales all three by the same factor; an empty home keeps its base, a home that heats less keeps its
    usual hour.

    Parameters
    ----------
    hourly
        Growth in each wall-clock hour [unit], shape (days, 24, instruments); NaN unknown.

    Returns
    -------
    Three arrays shaped (days, instruments), NaN where fewer than 20 hours of the day are known.

    Examples
    --------
    >>> day = np.r_[np.zeros(20), 0.2, 0.3, 0.4, 3.0].astype(np.float32).reshape(1, 24, 1)
    >>> [round(float(part[0, 0]), 2) for part in day_parts(day)]
    [0.0, 0.35, 3.0]
    """
    # Unknown hours are sorted to the end, behind the largest known one; contiguous sorts are fast.
    known_alone = np.where(hourly >= 0, hourly, np.float32(np.nan))
    ordered = np.sort(np.ascontiguousarray(known_alone.transpose(0, 2, 1)), axis=2)
    known = np.count_nonzero(np.isfinite(known_alone), axis=1)
    still = np.count_nonzero(known_alone == 0, axis=1)
    used = np.maximum(known - still, 1)
    last = np.maximum(known - 1, 0)

    def at(place: NDArray[np.int64]) -> Numbers:
        chosen = np.take_along_axis(ordered, np.minimum(place, last)[..., None], axis=2)[..., 0].astype(np.float64)
        return np.where(known >= _LEAST_HOURS, chosen, np.nan)

    usual = (at(still + (used - 1) // 2) + at(still + used // 2)) / 2
    return at(np.zeros_like(last)), usual, at(last)
