"""Raw readings are touched once: from readings to the civil days that detectors with long memory read.

Indications are interpolated linearly at every midnight and hour, so that hours add up to days and days to the
register's growth, exactly. Where the two readings around such an instant lie too far apart, it stays unknown. Where a
register falls, and rises from where it fell, nobody knows what flowed: unknown too, and never below zero.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from metrology.civil import HOURS

LONGEST_BRIDGE_HOUR = timedelta(hours=3)
"""Longest time between two readings across which an hour's boundary is interpolated."""

LONGEST_BRIDGE_DAY = timedelta(hours=36)
"""Longest time between two readings across which a midnight is interpolated: daily readings may slip by half a day."""

NIGHT = (2, 5)
"""Wall-clock hours of the night minimum, [02:00, 05:00)."""

UNKNOWN = np.iinfo(np.int64).min
"""Stands for an unknown count in int64 arrays."""

_HOUR = 3_600_000_000


@dataclass(frozen=True)
class Days:
    """Civil days on which readings were taken, one row each, sorted by (instrument, day).

    Parameters
    ----------
    instrument, day
        Index into the fleet, and number of the day counted from the first; shape (rows,).
    readings
        Readings taken on the day.
    first_at, last_at
        Instants [microseconds since 1970 UTC].
    first_value, last_value
        Indications [count].
    longest_gap
        Longest time between a reading of the day and the one before it [microseconds]; UNKNOWN for a first alone.
    maximum_rate
        Largest rate of growth between such a pair [count/h]; NaN for a first alone.
    consumption
        Growth from midnight to midnight [count]; UNKNOWN where a midnight is, or where the register fell in between.
    hourly
        The same by wall-clock hour, shape (rows, 24).
    night_minimum
        Smallest known hourly consumption of the night [count]; UNKNOWN where none is known.
    """

    instrument: NDArray[np.int64]
    day: NDArray[np.int64]
    readings: NDArray[np.int64]
    first_at: NDArray[np.int64]
    last_at: NDArray[np.int64]
    first_value: NDArray[np.int64]
    last_value: NDArray[np.int64]
    longest_gap: NDArray[np.int64]
    maximum_rate: NDArray[np.float64]
    consumption: NDArray[np.int64]
    hourly: NDArray[np.int64]
    night_minimum: NDArray[np.int64]


def summarise(
    instrument: NDArray[np.int64],
    taken_at: NDArray[np.int64],
    value: NDArray[np.int64],
    hour_starts: NDArray[np.int64],
    grown: NDArray[np.int64] | None = None,
) -> Days:
    """Days of one cumulative register.

    Parameters
    ----------
    instrument, taken_at, value
        Readings sorted by (instrument, taken_at), no instant twice: index into the fleet; microseconds since 1970
        UTC; count. Readings before the first day and after the last one only complete pairs.
    hour_starts
        Instants at which each instrument's wall-clock hours begin, shape (days × 24 + 1, instruments).
    grown
        The same indications continued past declared roll-overs; None where none rolled over.
    """
    grown = value if grown is None else grown
    day = _day_of(instrument, taken_at, hour_starts)
    inside = np.flatnonzero(day >= 0)
    if len(inside) == 0:
        return _nothing()
    owner, number = instrument[inside], day[inside]
    begins = np.flatnonzero(np.r_[True, (owner[1:] != owner[:-1]) | (number[1:] != number[:-1])])
    ends = np.r_[begins[1:], len(inside)] - 1
    first, last = inside[begins], inside[ends]
    rows, days = owner[begins], number[begins]
    gap, rate = _pair_extremes(instrument, taken_at, grown, inside, begins)
    consumption, hourly = _growth(instrument, taken_at, grown, hour_starts, rows, days)
    night = np.where(hourly == UNKNOWN, np.iinfo(np.int64).max, hourly)[:, NIGHT[0] : NIGHT[1]].min(axis=1)
    return Days(
        instrument=rows,
        day=days,
        readings=ends - begins + 1,
        first_at=taken_at[first],
        last_at=taken_at[last],
        first_value=value[first],
        last_value=value[last],
        longest_gap=gap,
        maximum_rate=rate,
        consumption=consumption,
        hourly=hourly,
        night_minimum=np.where(night == np.iinfo(np.int64).max, UNKNOWN, night),
    )


def _day_of(
    instrument: NDArray[np.int64], taken_at: NDArray[np.int64], hour_starts: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Number of the civil day of each reading, −1 outside the days given."""
    midnights = hour_starts[::HOURS]
    day = np.full(len(taken_at), -1, dtype=np.int64)
    # Instruments of one zone have one column of midnights: search each distinct column once.
    columns, group = np.unique(midnights, axis=1, return_inverse=True)
    of_reading = group.reshape(-1)[instrument]
    for number in range(columns.shape[1]):
        members = np.flatnonzero(of_reading == number)
        found = np.searchsorted(columns[:, number], taken_at[members], side="right") - 1
        day[members] = np.where(found < len(columns) - 1, found, -1)
    return day


def _pair_extremes(
    instrument: NDArray[np.int64],
    taken_at: NDArray[np.int64],
    value: NDArray[np.int64],
    inside: NDArray[np.int64],
    begins: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Longest gap [microseconds] and largest rate [count/h] of the pairs that end on each day."""
    before = np.maximum(inside - 1, 0)
    paired = (inside > 0) & (instrument[before] == instrument[inside])
    gaps = np.where(paired, taken_at[inside] - taken_at[before], UNKNOWN)
    longest = np.maximum.reduceat(gaps, begins)
    hours = np.where(paired, gaps, 1) / _HOUR
    rates = np.where(paired, (value[inside] - value[before]) / hours, -np.inf)
    largest = np.maximum.reduceat(rates, begins)
    return longest, np.where(np.isneginf(largest), np.nan, largest)


def _growth(
    instrument: NDArray[np.int64],
    taken_at: NDArray[np.int64],
    value: NDArray[np.int64],
    hour_starts: NDArray[np.int64],
    rows: NDArray[np.int64],
    days: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Consumption of each (instrument, day) row, whole and by the hour [count]."""
    boundary = days[:, None] * HOURS + np.arange(HOURS + 1)
    instants = hour_starts[boundary, rows[:, None]]
    owners = np.broadcast_to(rows[:, None], instants.shape)
    at, gap, before = interpolate(instrument, taken_at, value, owners.ravel(), instants.ravel())
    at, gap, before = (each.reshape(instants.shape) for each in (at, gap, before))
    # Pairs that reach into a stretch end at the readings after its begin, up to the first one at or after its end.
    falls = np.cumsum(broken(instrument, value))
    opening, closing = falls[before], falls[np.minimum(before + (gap != 0), len(falls) - 1)]
    hour_known = gap <= LONGEST_BRIDGE_HOUR // timedelta(microseconds=1)
    day_known = gap[:, [0, -1]] <= LONGEST_BRIDGE_DAY // timedelta(microseconds=1)
    hour_known = hour_known[:, 1:] & hour_known[:, :-1] & (closing[:, 1:] == opening[:, :-1])
    whole = day_known.all(axis=1) & (closing[:, -1] == opening[:, 0])
    hourly = np.where(hour_known, at[:, 1:] - at[:, :-1], UNKNOWN)
    consumption = np.where(whole, at[:, -1] - at[:, 0], UNKNOWN)
    return consumption, hourly


def broken(instrument: NDArray[np.int64], value: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the pair that ends at each reading tells no consumption: it falls, or rises from where one fell.

    What rises after a fall may be the recovery from a false low indication, or from a clock set to and fro.
    """
    same = np.r_[False, instrument[1:] == instrument[:-1]]
    fallen = np.r_[False, value[1:] < value[:-1]] & same
    return np.asarray(fallen | (np.r_[False, fallen[:-1]] & same), dtype=np.bool_)


def interpolate(
    instrument: NDArray[np.int64],
    taken_at: NDArray[np.int64],
    value: NDArray[np.int64],
    owners: NDArray[np.int64],
    instants: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Indication at each instant [count], the time between the readings around it [microseconds], and the row before.

    0 where a reading was taken at that very instant; the largest int64 where no two readings lie around it.
    """
    origin = min(int(taken_at.min()), int(instants.min()))
    stride = max(int(taken_at.max()), int(instants.max())) - origin + 1
    keys = instrument * stride + (taken_at - origin)
    before = np.searchsorted(keys, owners * stride + (instants - origin), side="right") - 1
    after = np.minimum(before + 1, len(keys) - 1)
    before = np.maximum(before, 0)
    exact = (instrument[before] == owners) & (taken_at[before] == instants)
    around = (
        (instrument[before] == owners)
        & (instrument[after] == owners)
        & (taken_at[before] <= instants)
        & (taken_at[after] > instants)
    )
    span = np.where(around, taken_at[after] - taken_at[before], 1)
    share = (instants - taken_at[before]) / span
    growth = np.where(around, value[after] - value[before], 0)
    at = value[before] + np.where(around & ~exact, np.rint(growth * share), 0).astype(np.int64)
    gap = np.where(exact, 0, np.where(around, span, np.iinfo(np.int64).max))
    return at, gap, before


def _nothing() -> Days:
    none = np.empty(0, dtype=np.int64)
    return Days(
        none, none, none, none, none, none, none, none, np.empty(0), none, np.empty((0, HOURS), dtype=np.int64), none
    )
