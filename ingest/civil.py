"""Civil days of instants in a zone, for many instants at once."""

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from ingest.instants import EPOCH

_DAY = 86_400_000_000
_QUARTER = 900_000_000  # [µs]: every offset of every zone since 2000 changes on a quarter hour


def civil_days(instants: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    """Civil day of each instant.

    Parameters
    ----------
    instants
        Microseconds since 2000, UTC.
    zone
        IANA name.

    Returns
    -------
    Days since 2000-01-01, same shape.

    Examples
    --------
    >>> civil_days(np.array([15, 17]) * 3_600_000_000, "Asia/Shanghai").tolist()
    [0, 1]
    """
    quarters, position = np.unique(instants // _QUARTER, return_inverse=True)
    offsets = np.array([_offset(zone, quarter) for quarter in quarters.tolist()], dtype=np.int64)
    return (instants + offsets[position]) // _DAY


@lru_cache(maxsize=100_000)
def _offset(zone: str, quarter: int) -> int:
    """Offset from UTC in a quarter hour [µs]."""
    instant: datetime = EPOCH + timedelta(microseconds=quarter * _QUARTER)
    offset = instant.astimezone(ZoneInfo(zone)).utcoffset()
    return (offset or timedelta()) // timedelta(microseconds=1)
