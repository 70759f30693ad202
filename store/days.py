"""Civil days of instruments, derived from readings alone, kept a sheet for each block, register and day."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store import sql
from store.columns import DAY_ZERO
from store.connection import Connection
from store.due import BLOCK_BITS, block_of
from store.packed import pack_counts, pack_slots, unpack_counts, unpack_growth, unpack_slots

HOURS = 24

COUNTS = (
    "readings",
    "first_at",
    "last_at",
    "first_value",
    "last_value",
    "longest_gap",
    "consumption",
    "night_minimum",
)
"""Columns of a sheet that hold one count for each instrument."""

LAYOUT = np.dtype(
    [
        ("instrument", "i4"),
        ("register", "i2"),
        ("day", "i4"),
        *((name, "i8") for name in COUNTS),
        ("maximum_rate", "f8"),
        ("hourly", "i8", (HOURS,)),
    ],
)
"""One summed-up day: instants in microseconds since 2000, day in days since 2000, ABSENT or NaN for what is unknown."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What detectors read of one civil day of one register of a block.

    Parameters
    ----------
    instrument
        Ids of the instruments that took readings on the day, ascending, shape (present,), int64.
    readings
        How many each took.
    still
        Whether these readings and the one before showed one and the same value.
    consumption
        Growth from midnight to midnight [count], NaN where unknown.
    hourly
        The same by wall-clock hour, shape (24, present); None where it was not asked for.
    """

    register: int
    day: date
    instrument: NDArray[np.int64]
    readings: NDArray[np.int64]
    still: NDArray[np.bool_]
    consumption: NDArray[np.float64]
    hourly: NDArray[np.float64] | None


def write(connection: Connection, days: NDArray[Any]) -> Counter[date]:
    """Write days of :data:`LAYOUT`, in the caller's transaction; of each civil day how many were new or changed.

    Days of instruments that are not among them stay as they are. Whoever writes is alone with the block.
    """
    written: Counter[date] = Counter()
    order = np.lexsort((days["instrument"], days["day"], days["register"], block_of(days["instrument"])))
    days = days[order]
    keys = np.stack([block_of(days["instrument"]), days["register"], days["day"]])
    breaks = np.flatnonzero((keys[:, 1:] != keys[:, :-1]).any(axis=0)) + 1
    for begin, end in pairwise([0, *breaks.tolist(), len(days)] if len(days) else []):
        changed = _write_sheet(connection, days[begin:end])
        if changed:
            written[DAY_ZERO + int(days["day"][begin]) * timedelta(days=1)] += changed
    return written


def read(
    connection: Connection, block: int, registers: Sequence[int], first: date, last: date, *, by_hour: bool = False
) -> Iterator[Sheet]:
    """Sheets of some registers of a block, in no order.

    Parameters
    ----------
    by_hour
        Whether the 24 hours of each day are asked for too.
    """
    wanted = {"block": block, "registers": list(registers), "first": first, "last": last}
    named = sql.statements("days")
    with connection.cursor(binary=True) as cursor:
        cursor.execute(named["read_by_hour" if by_hour else "read"], wanted)
        for register, day, present, still, readings, consumption, *hours in cursor:
            slots = unpack_slots(present)
            many = len(slots)
            stood = np.unpackbits(np.frombuffer(still, dtype=np.uint8), bitorder="little")
            yield Sheet(
                register=register,
                day=day,
                instrument=slots + (block << BLOCK_BITS),
                readings=unpack_counts(readings, many),
                still=stood[slots].astype(np.bool_),
                consumption=unpack_growth(consumption, many),
                hourly=unpack_growth(hours[0], HOURS * many).reshape(HOURS, many) if hours else None,
            )


def _write_sheet(connection: Connection, days: NDArray[Any]) -> int:
    """Write one block's days of one register and civil day; how many were new or changed."""
    named = sql.statements("days")
    block, register = int(block_of(days["instrument"][0])), int(days["register"][0])
    key = {"block": block, "register": register, "day": DAY_ZERO + int(days["day"][0]) * timedelta(days=1)}
    with connection.cursor(binary=True) as cursor:
        stored = cursor.execute(named["sheet"], key).fetchone()
    if stored is not None:
        known = _rows(block, register, int(days["day"][0]), stored)
        changed = _changed(days, known)
        others = known[~np.isin(known["instrument"], days["instrument"])]
        if len(others):
            days = np.concatenate([days, others])
            days = days[np.argsort(days["instrument"])]
    else:
        changed = len(days)
    if changed:
        connection.execute(named["write"], key | _columns(days, block))
    return changed


def _rows(block: int, register: int, day: int, stored: tuple[bytes, ...]) -> NDArray[Any]:
    """Days as :func:`write` takes them, of the columns of a sheet."""
    present, rates, hourly, *counts = stored
    slots = unpack_slots(present)
    rows = np.empty(len(slots), dtype=LAYOUT)
    rows["instrument"] = slots + (block << BLOCK_BITS)
    rows["register"], rows["day"] = register, day
    rows["maximum_rate"] = np.frombuffer(rates, dtype=">f8")
    rows["hourly"] = unpack_counts(hourly, HOURS * len(slots)).reshape(HOURS, len(slots)).T
    for name, column in zip(COUNTS, counts, strict=True):
        rows[name] = unpack_counts(column, len(slots))
    return rows


def _columns(days: NDArray[Any], block: int) -> dict[str, bytes]:
    """Columns of a sheet, of days in order of id."""
    slots = days["instrument"].astype(np.int64) - (block << BLOCK_BITS)
    stood = (days["maximum_rate"] == 0) & (days["first_value"] == days["last_value"])
    return {
        "present": pack_slots(slots),
        "still": pack_slots(slots[stood]),
        "maximum_rate": days["maximum_rate"].astype(">f8").tobytes(),
        "hourly": pack_counts(np.ascontiguousarray(days["hourly"].T).ravel()),
        **{name: pack_counts(days[name]) for name in COUNTS},
    }


def _changed(days: NDArray[Any], known: NDArray[Any]) -> int:
    """How many days are not among the known ones, or say something else; both in order of id."""
    place = np.minimum(np.searchsorted(known["instrument"], days["instrument"]), max(len(known) - 1, 0))
    if len(known) == 0:
        return len(days)
    # Compared as they lie in memory: equal where every figure is, unknown ones too.
    alike = (_bytes(days) == _bytes(known)[place]).all(axis=1)
    return int(np.count_nonzero(~alike))


def _bytes(days: NDArray[Any]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(days).view(np.uint8).reshape(len(days), LAYOUT.itemsize)
