"""From a block's days to their flags and estimates in the store, once the days are over.

No judge reads what is written here: flags and estimates are for who reads the figures.
"""

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np
import psycopg
from numpy.typing import NDArray

from anomaly import gather
from anomaly.day_flags import MEMORY_DAYS, Flagged, flags, of_receipt
from anomaly.estimate import HISTORY_DAYS, LONGEST_GAP, Estimates, estimate
from anomaly.evidence import DayPanel, Evidence, Period, to_instant, to_microseconds
from anomaly.gather import Block
from anomaly.summarise import LONGEST_BRIDGE_HOUR, UNKNOWN
from metrology.civil import DAY, fleet_hour_starts
from metrology.quality import Estimation, Flag
from store import day_quality
from store.columns import DAY_ZERO
from store.connection import Connection
from store.day_quality import DayEstimate, DayFlag

LONGEST_STRETCH = 31
"""Most civil days flagged at once, their memory aside [d]."""

FAILED = "data_quality"
"""Name under which a pass counts that flags and estimates could not be written; the log has the cause."""

logger = logging.getLogger("hengjian.watch")

_SECOND = 1e6
_BRIDGED = LONGEST_BRIDGE_HOUR // timedelta(microseconds=1)


def write(connection: Connection, members: Block, days: Sequence[date], latest: date) -> bool:
    """Flag and estimate the civil days that some due days bear on, up to the latest day that is over; whether it could.

    What fails here is logged and left as it stood: it must not silence the judges.

    A day bears on the flags of the 28 days after it, and on the estimates of gaps that close in the 59 days after it:
    it may lie in them, or be a like day of theirs.
    """
    try:
        with connection.transaction():
            for first, last in _stretches(days, MEMORY_DAYS, latest):
                _write_flags(connection, members, first, last)
            for first, last in _stretches(days, HISTORY_DAYS + LONGEST_GAP // DAY, latest):
                _write_estimates(connection, members, first, last)
    except psycopg.OperationalError:
        raise
    except Exception:
        logger.exception("flags and estimates of block %d could not be written", members.number)
        return False
    return True


def _stretches(days: Sequence[date], after: int, latest: date) -> list[tuple[date, date]]:
    """Runs of days up to so many after the due ones, none longer than is looked at at once.

    Examples
    --------
    >>> spans = _stretches([date(2026, 1, 1), date(2026, 1, 3), date(2026, 5, 1)], 2, date(2026, 5, 2))
    >>> [(first.isoformat(), last.isoformat()) for first, last in spans]
    [('2026-01-01', '2026-01-05'), ('2026-05-01', '2026-05-02')]
    """
    wanted = sorted({day + offset * DAY for day in days for offset in range(after + 1) if day + offset * DAY <= latest})
    answer: list[tuple[date, date]] = []
    for day in wanted:
        if answer and day == answer[-1][1] + DAY and (day - answer[-1][0]).days < LONGEST_STRETCH:
            answer[-1] = (answer[-1][0], day)
        else:
            answer.append((day, day))
    return answer


def _seen(
    connection: Connection, members: Block, kind: str, first: date, last: date, memory: timedelta
) -> tuple[Evidence, dict[str, int]]:
    """Days of a kind by the hour, and the number of each of its registers."""
    _, end = members.stretch(first, last)
    seen = gather.detector_evidence(connection, members, kind, Period(first, last, end), memory, by_hour=True)
    numbers = {each.register.name: number for number, each in members.registers.items() if each.kind == kind}
    return seen, numbers


def _write_flags(connection: Connection, members: Block, first: date, last: date) -> None:
    told: list[DayFlag] = []
    for kind in members.fleets:
        seen, numbers = _seen(connection, members, kind, first, last, MEMORY_DAYS * DAY)
        if not seen.days:
            continue
        late = _delays(connection, members, seen, numbers)
        panel = next(iter(seen.days.values()))
        told += _rows(flags(seen), seen, numbers, panel.first)
        told += _rows(late, seen, numbers, first)
    day_quality.replace_flags(connection, members.number, first, last, told)


def _rows(flagged: Sequence[Flagged], seen: Evidence, numbers: dict[str, int], zero: date) -> list[DayFlag]:
    return [
        DayFlag(
            int(seen.fleet.ids[owner]), numbers[each.register], zero + int(row) * DAY, Flag(each.code, found, limit)
        )
        for each in flagged
        for row, owner, found, limit in zip(
            each.row.tolist(), each.owner.tolist(), each.found.tolist(), each.limit.tolist(), strict=True
        )
    ]


def _delays(connection: Connection, members: Block, seen: Evidence, numbers: dict[str, int]) -> list[Flagged]:
    first, count = seen.period.first, (seen.period.last - seen.period.first).days + 1
    start, end = members.stretch(first, seen.period.last)
    chosen = [numbers[name] for name in seen.days]
    rows = day_quality.delays(connection, members.number, chosen, start, end)
    rows = rows[np.isin(rows["instrument"], seen.fleet.ids)]
    day = rows["day"].astype(np.int64) - (first - DAY_ZERO).days
    inside = (day >= 0) & (day < count)
    rows, day = rows[inside], day[inside]
    owner = np.searchsorted(seen.fleet.ids, rows["instrument"].astype(np.int64))
    answer = {}
    for name in seen.days:
        mine = rows["register"] == numbers[name]
        shape = (count, len(seen.fleet))
        shortest, longest, readings = np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, dtype=np.int64)
        shortest[day[mine], owner[mine]] = rows["shortest"][mine] / _SECOND
        longest[day[mine], owner[mine]] = rows["longest"][mine] / _SECOND
        readings[day[mine], owner[mine]] = rows["readings"][mine]
        answer[name] = (shortest, longest, readings)
    return of_receipt(answer)


def _write_estimates(connection: Connection, members: Block, first: date, last: date) -> None:
    """Estimate the gaps that close on the days from `first` to `last`, or on the day before.

    With the hour of a reading shortly before midnight is known only what follows it.
    """
    start, end = members.stretch(first - DAY, last)
    told: list[DayEstimate] = []
    for kind in members.fleets:
        seen, numbers = _seen(connection, members, kind, first, last, (HISTORY_DAYS + 2) * DAY)
        for name, panel in seen.days.items():
            told += _of_register(connection, members, kind, (seen, panel, numbers[name]), start, end)
    day_quality.replace_estimates(connection, members.number, start, end, told)


def _of_register(
    connection: Connection,
    members: Block,
    kind: str,
    of: tuple[Evidence, DayPanel, int],
    start: datetime,
    end: datetime,
) -> list[DayEstimate]:
    seen, panel, number = of
    owners = _broken_off(panel)
    if len(owners) == 0:
        return []
    rows = day_quality.readings(
        connection, seen.fleet.ids[owners].tolist(), [number], start - LONGEST_GAP, end + LONGEST_BRIDGE_HOUR
    )
    owner = np.searchsorted(seen.fleet.ids, rows["instrument"].astype(np.int64))
    gap = np.flatnonzero((owner[1:] == owner[:-1]) & (np.diff(rows["taken_at"]) > _BRIDGED))
    gap = gap[rows["taken_at"][gap + 1] >= to_microseconds(start)]
    if len(gap) == 0:
        return []
    # Like days are sought before the beginning of a gap: mostly within what was read, else more is.
    began = to_instant(int(rows["taken_at"][gap].min())).date() - DAY
    if began - HISTORY_DAYS * DAY < panel.first:
        memory = seen.period.first - began + HISTORY_DAYS * DAY
        further, _ = _seen(connection, members, kind, seen.period.first, seen.period.last, memory)
        panel = further.days.get(panel.register.name, panel)
    if panel.hourly is None:
        return []
    chosen, place = np.unique(owner, return_inverse=True)
    hourly = panel.hourly[:, :, chosen].astype(np.float64) / float(panel.register.resolution)
    zones = tuple(seen.fleet.zones[each] for each in chosen)
    starts = fleet_hour_starts(panel.first, panel.days, zones)
    found = estimate(place, rows["taken_at"], rows["value"], starts, hourly, panel.first)
    return [
        each for each in _estimates(found, seen.fleet.ids[chosen], number, panel.first) if start <= each.gap_until < end
    ]


def _broken_off(panel: DayPanel) -> NDArray[np.int64]:
    """Instruments with an unknown hour on a judged day or one of the two before, among those ever known by the hour."""
    if panel.hourly is None:
        return np.empty(0, dtype=np.int64)
    whole = np.all(np.isfinite(panel.hourly), axis=1)
    return np.flatnonzero(~np.all(whole[max(0, panel.judged - 2) :], axis=0) & np.any(whole, axis=0))


def _estimates(found: Estimates, ids: NDArray[np.int64], register: int, first: date) -> list[DayEstimate]:
    return [
        DayEstimate(
            instrument=int(ids[found.instrument[row]]),
            register=register,
            day=first + int(found.day[row]) * DAY,
            method=Estimation.LIKE_DAYS if found.like_days[row] else Estimation.LINEAR,
            like_days=int(found.like_days[row]),
            gap_from=to_instant(int(found.gap_from[row])),
            gap_until=to_instant(int(found.gap_until[row])),
            growth=int(found.growth[row]),
            consumption=_or_none(int(found.consumption[row])),
            uncertainty=float(found.uncertainty[row]),
            hour_uncertainty=float(found.hour_uncertainty[row]),
            hourly=[_or_none(count) for count in found.hourly[row].tolist()],
        )
        for row in range(len(found.day))
    ]


def _or_none(count: int) -> int | None:
    return None if count == UNKNOWN else count
