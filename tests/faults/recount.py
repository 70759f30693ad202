"""Civil days recomputed from raw readings, one reading at a time: slow, plain, and no relative of anomaly.summarise.

Written from what store/sql/schema.sql says of the columns of instrument_day.
"""

from bisect import bisect_right
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from anomaly.passes import summarise_once
from anomaly.policy import Policy
from metrology.kinds import kind_called
from tests.services.enrolled import connect_to

HOUR = timedelta(hours=1)
ACROSS_MIDNIGHT, ACROSS_HOUR = timedelta(hours=36), timedelta(hours=3)
"""Longest time between two readings across which a midnight, or the beginning of an hour, is known."""

COLUMNS = (
    "readings",
    "first_at",
    "last_at",
    "first_value",
    "last_value",
    "longest_gap",
    "maximum_rate",
    "consumption",
    "night_minimum",
    "hourly",
)

Series = list[tuple[datetime, int]]
Day = tuple[Any, ...]
Days = dict[tuple[str, str, date], Day]


def sum_up(database: str) -> None:
    """Let the product sum up whatever it has marked as due, and only that."""
    policy = Policy.load()
    with connect_to(database) as connection:
        while summarise_once(connection, policy) is not None:
            pass


def verify_days(database: str) -> int:
    """Hold instrument_day against the recomputation; return how many days there are."""
    expected, found = recounted(database), stored(database)
    wrong = [f"missing {key}" for key in sorted(expected.keys() - found.keys())]
    wrong += [f"too much {key}" for key in sorted(found.keys() - expected.keys())]
    for key in sorted(expected.keys() & found.keys()):
        for name, wanted, stands in zip(COLUMNS, expected[key], found[key], strict=True):
            if wanted != stands:
                wrong.append(f"{name} of {key} is {stands}, must be {wanted}")
    assert not wrong, f"{len(wrong)} differences of instrument_day from raw:\n" + "\n".join(wrong[:10])
    return len(expected)


def stored(database: str) -> Days:
    """Days as the product summed them up."""
    with connect_to(database) as connection:
        rows = connection.execute(
            """SELECT serial, register.name, day, readings, first_at, last_at, first_value, last_value, longest_gap,
                      maximum_rate, consumption, night_minimum, hourly
                 FROM instrument_day JOIN instrument ON instrument.id = instrument_id
                 JOIN register ON register.id = register_id"""
        ).fetchall()
    return {(serial, name, day): tuple(figures) for serial, name, day, *figures in rows}


def recounted(database: str) -> Days:
    """Days as raw readings have them."""
    with connect_to(database) as connection:
        rows = connection.execute(
            """SELECT serial, register.name, time_zone, instrument.kind, size, decimals, capacity, taken_at, value
                 FROM reading JOIN instrument ON instrument.id = instrument_id JOIN site ON site.id = site_id
                 JOIN register ON register.id = register_id AND cumulative
                 LEFT JOIN register_capacity USING (instrument_id, register_id)
                ORDER BY instrument_id, register_id, taken_at"""
        ).fetchall()
    series: dict[tuple[str, str, str, str, str | None, int, int | None], Series] = defaultdict(list)
    for *identity, taken_at, value in rows:
        series[tuple(identity)].append((taken_at.astimezone(UTC), value))
    return {
        (serial, name, day): figures
        for (serial, name, zone, kind, size, decimals, capacity), taken in series.items()
        for day, figures in days_of(
            taken, _continued(taken, capacity, _fastest(kind, size, name, decimals)), ZoneInfo(zone)
        ).items()
    }


def days_of(taken: Series, grown: Series, zone: ZoneInfo) -> dict[date, Day]:
    """Days of one register on which it was read; `grown` are its readings continued past every roll-over."""
    members: dict[date, list[int]] = defaultdict(list)
    for index, (instant, _) in enumerate(taken):
        members[instant.astimezone(zone).date()].append(index)
    return {day: _day(taken, grown, indices, _boundaries(day, zone)) for day, indices in members.items()}


def _day(taken: Series, grown: Series, indices: list[int], boundaries: list[datetime]) -> Day:
    pairs = [(grown[index - 1], grown[index]) for index in indices if index > 0]
    hourly = [_growth(grown, begin, end, ACROSS_HOUR) for begin, end in pairwise(boundaries)]
    night = [used for used in hourly[2:5] if used is not None]
    (first_at, first), (last_at, last) = taken[indices[0]], taken[indices[-1]]
    return (
        len(indices),
        first_at,
        last_at,
        first,
        last,
        max((later[0] - earlier[0] for earlier, later in pairs), default=None),
        max(((later[1] - earlier[1]) / ((later[0] - earlier[0]) / HOUR) for earlier, later in pairs), default=None),
        _growth(grown, boundaries[0], boundaries[-1], ACROSS_MIDNIGHT),
        min(night, default=None),
        hourly if any(used is not None for used in hourly) else None,
    )


def _continued(taken: Series, capacity: int | None, fastest: float) -> Series:
    """Readings as a register without end would show them, where its capacity was declared."""
    grown, rounds = taken[:1], 0
    for (earlier, before), (later, after) in pairwise(taken):
        if capacity is not None and after < before < capacity:
            growth = capacity - before + after
            hours = (later - earlier + timedelta(seconds=60)) / HOUR
            rounds += after >= 0 and growth <= capacity // 2 and growth - 1 <= fastest * 1.1 * hours
        grown.append((later, after + rounds * (capacity or 0)))
    return grown


def _fastest(kind: str, size: str | None, register: str, decimals: int) -> float:
    """Largest rate that a register of this size can show [count/h]."""
    for limit in kind_called(kind).rate_limits:
        if (limit.register, limit.size) == (register, size):
            return float(limit.per_hour) * 10**decimals
    return inf


def _boundaries(day: date, zone: ZoneInfo) -> list[datetime]:
    """Beginnings of the 24 wall-clock hours and the next midnight [UTC]; a skipped hour begins where the next does."""
    begins = [datetime.combine(day, time(hour), zone).astimezone(UTC) for hour in range(24)]
    begins.append(datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC))
    return [max(begins[: index + 1]) for index in range(25)]


def _indication(taken: Series, instant: datetime) -> tuple[int, timedelta] | None:
    """Indication at an instant, and the time between the two readings around it; None where there are not two."""
    after = bisect_right(taken, instant, key=lambda reading: reading[0])
    if after > 0 and taken[after - 1][0] == instant:
        return taken[after - 1][1], timedelta(0)
    if after in (0, len(taken)):
        return None
    (begin, low), (end, high) = taken[after - 1], taken[after]
    return low + round((high - low) * ((instant - begin) / (end - begin))), end - begin


def _growth(taken: Series, begin: datetime, end: datetime, across: timedelta) -> int | None:
    """Growth from one instant to another; None where it is not known at both, or the register fell in between.

    Nor is it known where the register rises again right after a fall: that may be the recovery from a false reading.
    """
    before, after = _indication(taken, begin), _indication(taken, end)
    if before is None or after is None or max(before[1], after[1]) > across:
        return None
    first = bisect_right(taken, begin, key=lambda reading: reading[0])
    for index in range(first, len(taken)):
        if taken[index - 1][0] >= end:
            break
        fell = taken[index][1] < taken[index - 1][1]
        if fell or (index > 1 and taken[index - 1][1] < taken[index - 2][1]):
            return None
    return after[0] - before[0]
