"""Flags of civil days, and what was estimated of them: derived from readings, kept apart from what was measured."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrology.quality import Estimation, Flag, Quality
from store import sql
from store.columns import EPOCH_SHIFT, fetch
from store.connection import Connection
from store.due import BLOCK_BITS


@dataclass(frozen=True, slots=True)
class DayFlag:
    """A flag and the day of the register that it stands on."""

    instrument: int
    register: int
    day: date
    flag: Flag


@dataclass(frozen=True, slots=True)
class DayEstimate:
    """Estimated hours of one civil day of one register [count]; as the table day_estimate tells its columns."""

    instrument: int
    register: int
    day: date
    method: Estimation
    like_days: int
    gap_from: datetime
    gap_until: datetime
    growth: int
    consumption: int | None
    uncertainty: float
    hour_uncertainty: float
    hourly: list[int | None]


_READING = np.dtype([("instrument", "i4"), ("register", "i2"), ("taken_at", "i8"), ("value", "i8")])


def delays(
    connection: Connection, block: int, registers: Sequence[int], start: datetime, end: datetime
) -> NDArray[Any]:
    """Time from stamp to receipt by day.

    Returns
    -------
    Structured array `instrument`, `register`, `day` [days since 2000], `shortest`, `longest` [microseconds],
    `readings`.
    """
    return fetch(
        connection,
        sql.statements("day_quality")["delays"],
        _ids(block) | {"registers": list(registers), "start": start, "end": end},
        instrument="i4",
        register="i2",
        day="i4",
        shortest="i8",
        longest="i8",
        readings="i8",
    )


def readings(
    connection: Connection, instruments: Sequence[int], registers: Sequence[int], start: datetime, end: datetime
) -> NDArray[Any]:
    """Readings of some instruments in [start, end), sorted by (register, instrument, taken_at).

    Returns
    -------
    Structured array `instrument`, `register`, `taken_at` [microseconds since 1970], `value` [count].
    """
    wanted = {"instruments": list(instruments), "registers": list(registers), "start": start, "end": end}
    parts = [np.empty(0, dtype=_READING)]
    with connection.cursor(binary=True) as cursor:
        # A row of its own for each reading would cost more than reading it.
        for register, owner, taken_at, value in cursor.execute(sql.statements("day_quality")["readings"], wanted):
            part = np.empty(len(owner) // 4, dtype=_READING)
            part["register"] = register
            part["instrument"] = np.frombuffer(owner, ">i4")
            part["taken_at"] = np.frombuffer(taken_at, ">i8")
            part["value"] = np.frombuffer(value, ">i8")
            parts.append(part)
    rows = np.concatenate(parts)
    rows["taken_at"] += EPOCH_SHIFT
    return rows[np.lexsort((rows["taken_at"], rows["instrument"], rows["register"]))]


def replace_flags(connection: Connection, block: int, first: date, last: date, flags: Sequence[DayFlag]) -> None:
    """Make these the flags of a block's civil days from `first` to `last`, in the caller's transaction."""
    connection.execute(
        sql.statements("day_quality")["enter_flags"],
        _ids(block)
        | {
            "first_day": first,
            "last_day": last,
            "instruments": [each.instrument for each in flags],
            "registers": [each.register for each in flags],
            "days": [each.day for each in flags],
            "codes": [each.flag.code.value for each in flags],
            "found": [each.flag.found for each in flags],
            "limits": [each.flag.limit for each in flags],
        },
    )


def replace_estimates(
    connection: Connection, block: int, start: datetime, end: datetime, estimates: Sequence[DayEstimate]
) -> None:
    """Make these the estimates of a block's gaps that closed in [start, end), in the caller's transaction."""
    named = sql.statements("day_quality")
    connection.execute(
        named["forget_estimates"],
        _ids(block)
        | {
            "start": start,
            "end": end,
            "instruments": [each.instrument for each in estimates],
            "registers": [each.register for each in estimates],
            "days": [each.day for each in estimates],
        },
    )
    with connection.cursor() as cursor:
        cursor.executemany(named["enter_estimate"], [asdict(each) for each in estimates])


def flags(connection: Connection, instrument: int, register: int, first: date, last: date) -> dict[date, list[Flag]]:
    """Flags of one register by civil day."""
    rows = connection.execute(
        sql.statements("day_quality")["flags_of"],
        {"instrument": instrument, "register": register, "first": first, "last": last},
    ).fetchall()
    answer: dict[date, list[Flag]] = {}
    for day, code, found, limit in rows:
        answer.setdefault(day, []).append(Flag(Quality(code), found, limit))
    return answer


def estimates(
    connection: Connection, instrument: int, register: int, first: date, last: date
) -> dict[date, DayEstimate]:
    """Estimates of one register by civil day."""
    rows = connection.execute(
        sql.statements("day_quality")["estimates_of"],
        {"instrument": instrument, "register": register, "first": first, "last": last},
    ).fetchall()
    return {day: DayEstimate(instrument, register, day, Estimation(method), *columns) for day, method, *columns in rows}


def _ids(block: int) -> dict[str, object]:
    return {"first": block << BLOCK_BITS, "last": ((block + 1) << BLOCK_BITS) - 1}
