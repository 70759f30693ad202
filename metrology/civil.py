"""Civil days: where a zone's midnights and wall-clock hours fall on the line of instants."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

DAY = timedelta(days=1)
HOURS = 24

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = DAY // _MICROSECOND
_QUARTER = 900_000_000  # [µs]: every offset of every zone since 2000 changes on a quarter hour


def local_day(instant: datetime, zone: str) -> date:
    """Civil day of an aware instant in a zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


def local_days(instants: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    """Civil day of each of many instants.

    Parameters
    ----------
    instants
        Microseconds since 1970 UTC, int64, none before 2000.

    Returns
    -------
    Days since 1970-01-01, same shape, int64.

    Examples
    --------
    >>> local_days(np.array([15, 17]) * 3_600_000_000, "Asia/Shanghai").tolist()
    [0, 1]
    """
    quarters, position = np.unique(instants // _QUARTER, return_inverse=True)
    offsets = np.array([_offset(zone, quarter) for quarter in quarters.tolist()], dtype=np.int64)
    return (instants + offsets[position]) // _DAY


@lru_cache(maxsize=100_000)
def _offset(zone: str, quarter: int) -> int:
    """Offset from UTC in a quarter hour [µs]."""
    instant = _EPOCH + quarter * _QUARTER * _MICROSECOND
    return (instant.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()) // _MICROSECOND


def midnight(day: date, zone: str) -> datetime:
    """Instant at which a civil day begins [UTC].

    Examples
    --------
    >>> midnight(date(2026, 11, 22), "Asia/Shanghai").isoformat()
    '2026-11-21T16:00:00+00:00'
    """
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def hours_of(day: date, zone: str) -> list[tuple[datetime, datetime]]:
    """Beginning and end of each wall-clock hour of a day [UTC], 24 of them; see :func:`hour_starts`."""
    marks = [_EPOCH + start * _MICROSECOND for start in hour_starts(day, 1, zone).tolist()]
    return list(pairwise(marks))


@lru_cache(maxsize=4_096)
def hour_starts(first: date, days: int, zone: str) -> NDArray[np.int64]:
    """Instants at which the wall-clock hours of consecutive days begin, and the end of the last.

    Where the clock is put forward the skipped hour has no length; where it is put back the repeated hour is two
    hours long.

    Returns
    -------
    Microseconds since 1970 UTC, shape (days × 24 + 1,), int64, never falling, read-only.

    Examples
    --------
    >>> starts = hour_starts(date(2016, 3, 27), 1, "Europe/Madrid")
    >>> (starts[1:] - starts[:-1]).tolist().count(0), (starts[-1] - starts[0]) // 3_600_000_000
    (1, np.int64(23))
    """
    civil = ZoneInfo(zone)
    begins = [
        datetime.combine(first + offset * DAY, time(hour), civil) for offset in range(days) for hour in range(HOURS)
    ]
    begins.append(datetime.combine(first + days * DAY, time(), civil))
    counted = np.array([(begin - _EPOCH) // _MICROSECOND for begin in begins], dtype=np.int64)
    starts = np.maximum.accumulate(counted)
    starts.flags.writeable = False
    return starts


def fleet_hour_starts(first: date, days: int, zones: tuple[str, ...]) -> NDArray[np.int64]:
    """Hour starts of each instrument in its own zone.

    Returns
    -------
    Microseconds since 1970 UTC, shape (days × 24 + 1, instruments), int64.
    """
    return _by_instrument(hour_starts, first, days, zones)


def fleet_day_starts(first: date, days: int, zones: tuple[str, ...]) -> NDArray[np.int64]:
    """Midnights of each instrument in its own zone.

    Returns
    -------
    Microseconds since 1970 UTC, shape (days + 1, instruments), int64.
    """
    return _by_instrument(lambda first, days, zone: hour_starts(first, days, zone)[::HOURS], first, days, zones)


def _by_instrument(
    starts: Callable[[date, int, str], NDArray[np.int64]], first: date, days: int, zones: tuple[str, ...]
) -> NDArray[np.int64]:
    names = sorted(set(zones))
    columns = np.stack([starts(first, days, name) for name in names], axis=1)
    if len(names) == 1:
        return np.repeat(columns, len(zones), axis=1)
    position = {name: index for index, name in enumerate(names)}
    return columns[:, [position[zone] for zone in zones]]
