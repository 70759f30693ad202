"""Readings of a block as columns: those of a stretch of time, and of each register the two before and the two after.

A column comes as one value, packed by the server: a row of its own for each reading would cost more than reading it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store import sql
from store.columns import EPOCH_SHIFT, fetch
from store.connection import Connection
from store.due import BLOCK_BITS

MARGIN = timedelta(hours=3)
"""How far beyond the stretch is read at once: most neighbours lie there, and are not looked for one by one."""

_NEIGHBOURS = 2
_DAY = timedelta(days=1)
_WIRE = (">i4", ">i8", ">i8", ">i8")
_EPOCH = datetime.fromisoformat("1970-01-01T00:00+00:00")

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Taken:
    """Readings of one register, sorted by (instrument, taken_at), arrays of one length, int64.

    Parameters
    ----------
    instrument
        Ids.
    taken_at, received_at
        Microseconds since 1970 UTC.
    value
        Indications [count of the register's resolution].
    """

    instrument: Counts
    taken_at: Counts
    value: Counts
    received_at: Counts


def readings(
    connection: Connection, block: int, fleets: Mapping[int, Counts], start: datetime, end: datetime
) -> dict[int, Taken]:
    """Readings of a block in [start, end), with two before and two after of each register, by number of the register.

    Neighbours are looked for as far as days were summed up: a reading that was not yet is due itself, and whoever sums
    it up looks again at the days that it reaches.

    Parameters
    ----------
    fleets
        Ids of the instruments that have a register, ascending, by number of each register that is asked for.
    """
    named = sql.statements("evidence")
    ids = {"first": block << BLOCK_BITS, "last": ((block + 1) << BLOCK_BITS) - 1}
    stretch = ids | {"registers": list(fleets), "start": start - MARGIN, "end": end + MARGIN}
    parts: dict[int, list[list[Counts]]] = {}
    with connection.cursor(binary=True) as cursor:
        for register, *columns in cursor.execute(named["readings"], stretch):
            parts.setdefault(register, []).append(
                [np.frombuffer(column, wire).astype(np.int64) for column, wire in zip(columns, _WIRE, strict=True)]
            )
    answer = {}
    known = {
        number: (first, last)
        for number, first, last in connection.execute(named["registers_in_use"], {"block": block}).fetchall()
    }
    for register, fleet in fleets.items():
        columns = [np.concatenate(column) for column in zip(*parts[register], strict=True)] if register in parts else []
        if not columns and register not in known:
            continue
        taken = _shifted(columns) if columns else np.empty((4, 0), dtype=np.int64)
        taken = _with_neighbours(connection, register, fleet, taken, start, end, known.get(register))
        if taken.shape[1]:
            answer[register] = Taken(*taken)
    return answer


def _shifted(columns: list[Counts]) -> Counts:
    rows = np.stack(columns)
    rows[[1, 3]] += EPOCH_SHIFT
    return rows[:, _order(rows)]


def _order(rows: Counts) -> Counts:
    """Order by (instrument, taken_at)."""
    slot, taken_at = rows[0] & ((1 << BLOCK_BITS) - 1), rows[1]
    origin, latest = int(taken_at.min()), int(taken_at.max())
    if latest - origin >= 1 << (63 - BLOCK_BITS):
        return np.lexsort((taken_at, slot))
    return np.argsort(slot * (latest - origin + 1) + (taken_at - origin), kind="stable")


def _with_neighbours(
    connection: Connection,
    register: int,
    fleet: Counts,
    rows: Counts,
    start: datetime,
    end: datetime,
    known: tuple[date, date] | None,
) -> Counts:
    """Rows of the stretch and its neighbours, of rows that reach beyond it by the margin."""
    instrument, taken_at = rows[0], rows[1]
    early, late = taken_at < _microseconds(start), taken_at >= _microseconds(end)
    begins, ends = np.searchsorted(instrument, fleet), np.searchsorted(instrument, fleet, side="right")
    before = np.r_[0, np.cumsum(early)]
    after = np.r_[0, np.cumsum(late)]
    few_before = before[ends] - before[begins] < _NEIGHBOURS
    few_after = after[ends] - after[begins] < _NEIGHBOURS
    # Rows of one instrument are sorted by time: what comes before the stretch stands first, what comes after it last.
    place = np.minimum(np.searchsorted(fleet, instrument), max(len(fleet) - 1, 0))
    row = np.arange(len(instrument))
    of_fleet = fleet[place] == instrument if len(fleet) else np.zeros(len(instrument), dtype=np.bool_)
    first_inside = begins + (before[ends] - before[begins])
    end_inside = ends - (after[ends] - after[begins])
    near_before = early & (row >= first_inside[place] - _NEIGHBOURS) & ~few_before[place]
    near_after = late & (row < end_inside[place] + _NEIGHBOURS) & ~few_after[place]
    kept = rows[:, of_fleet & (near_before | near_after | ~(early | late))]
    found = []
    # Civil days of any zone lie within a day of UTC's.
    if known is not None and known[0] <= start.date() + _DAY:
        found.append(_neighbours(connection, "neighbours_before", register, fleet[few_before], start))
    else:
        found.append(rows[:, of_fleet & early & few_before[place]])
    if known is not None and known[1] >= end.date() - _DAY:
        found.append(_neighbours(connection, "neighbours_after", register, fleet[few_after], end))
    else:
        found.append(rows[:, of_fleet & late & few_after[place]])
    if not any(each.shape[1] for each in found):
        return kept
    together = np.concatenate([kept, *found], axis=1)
    return together[:, _order(together)]


def _neighbours(
    connection: Connection, which: str, register: int, instruments: NDArray[np.int64], at: datetime
) -> Counts:
    if not len(instruments):
        return np.empty((4, 0), dtype=np.int64)
    found: NDArray[Any] = fetch(
        connection,
        sql.statements("evidence")[which],
        {"instruments": instruments.tolist(), "register": register, "at": at},
        instrument="i4",
        taken_at="i8",
        value="i8",
        received_at="i8",
    )
    rows = np.stack([found[name].astype(np.int64) for name in ("instrument", "taken_at", "value", "received_at")])
    rows[[1, 3]] += EPOCH_SHIFT
    return rows


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)
