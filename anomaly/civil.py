"""Civil days: where a zone's midnights and wall-clock hours fall on the line of instants."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from anomaly.evidence import to_microseconds

DAY = timedelta(days=1)
HOURS = 24


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local_day(instant: datetime, zone: str) -> date:
    """Civil day of an aware instant in a zone."""
    return instant.astimezone(_zone(zone)).date()


def midnight(day: date, zone: str) -> datetime:
    """Instant at which a civil day begins [UTC].

    Examples
    --------
    >>> midnight(date(2026, 11, 22), "Asia/Shanghai").isoformat()
    '2026-11-21T16:00:00+00:00'
    """
    return datetime.combine(day, time(), _zone(zone)).astimezone(UTC)


def hour_starts(first: date, days: int, zone: str) -> NDArray[np.int64]:
    """Instants at which the wall-clock hours of consecutive days begin, and the end of the last.

    Where the clock is put forward the skipped hour has no length; where it is put back the repeated hour is two
    hours long.

    Returns
    -------
    Microseconds since 1970 UTC, shape (days × 24 + 1,), int64, never falling.

    Examples
    --------
    >>> starts = hour_starts(date(2016, 3, 27), 1, "Europe/Madrid")
    >>> (starts[1:] - starts[:-1]).tolist().count(0), (starts[-1] - starts[0]) // 3_600_000_000
    (1, np.int64(23))
    """
    return _hour_starts(first, days, zone)


@cache
def _hour_starts(first: date, days: int, zone: str) -> NDArray[np.int64]:
    civil = _zone(zone)
    begins = [
        to_microseconds(datetime.combine(first + offset * DAY, time(hour), civil))
        for offset in range(days)
        for hour in range(HOURS)
    ]
    begins.append(to_microseconds(datetime.combine(first + days * DAY, time(), civil)))
    starts = np.maximum.accumulate(np.array(begins, dtype=np.int64))
    starts.flags.writeable = False
    return starts


def fleet_hour_starts(first: date, days: int, zones: tuple[str, ...]) -> NDArray[np.int64]:
    """Hour starts of each instrument in its own zone.

    Returns
    -------
    Microseconds since 1970 UTC, shape (days × 24 + 1, instruments), int64.
    """
    names = sorted(set(zones))
    columns = np.stack([hour_starts(first, days, name) for name in names], axis=1)
    position = {name: index for index, name in enumerate(names)}
    return columns[:, [position[zone] for zone in zones]]
