"""Reading evidence out of the store as numpy columns, a block at a time."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store import sql
from store.columns import EPOCH_SHIFT, fetch
from store.connection import Connection
from store.due import BLOCK_BITS
from store.packed import ABSENT


@dataclass(frozen=True, slots=True)
class Stationed:
    """An instrument of a block: who and where it is, as judges need to know it."""

    id: int
    kind: str
    serial: str
    size: str | None
    accuracy_class: str | None
    time_zone: str
    region: str


def fleet(connection: Connection, block: int) -> list[Stationed]:
    """The instruments of a block in order of id."""
    rows = connection.execute(sql.statements("evidence")["fleet"], _ids(block)).fetchall()
    return [Stationed(*row) for row in rows]


def transactions(connection: Connection, block: int, start: datetime, end: datetime) -> NDArray[Any]:
    """Transactions of a block that began or ended in [start, end), and the one before of each instrument.

    Returns
    -------
    Structured array sorted by (instrument, started_at, sequence), times in microseconds since 1970, ABSENT for what
    was not stated.
    """
    named = sql.statements("evidence")
    stretch = _ids(block) | {"start": start, "end": end, "absent": ABSENT}
    columns = {"instrument": "i4"} | dict.fromkeys(
        (
            "sequence",
            "started_at",
            "ended_at",
            "quantity",
            "unit_price",
            "amount",
            "start_indication",
            "end_indication",
        ),
        "i8",
    )
    inside = fetch(connection, named["transactions"], stretch, **columns)
    before = fetch(connection, named["transaction_neighbours"], stretch, **columns)
    rows = np.unique(np.concatenate([inside, before]))
    rows["started_at"] += EPOCH_SHIFT
    rows["ended_at"] += EPOCH_SHIFT
    return rows[np.lexsort((rows["sequence"], rows["started_at"], rows["instrument"]))]


def reading_conflicts(connection: Connection, block: int, start: datetime, end: datetime) -> NDArray[Any]:
    """Values of a block that differ from the first one for their instant in [start, end), beside that first one.

    Returns
    -------
    Structured array `instrument`, `register`, `taken_at`, `first_value`, `first_received_at`, `value`, `received_at`,
    times in microseconds since 1970, values in counts, sorted by (register, instrument, taken_at, received_at, value).
    """
    rows = fetch(
        connection,
        sql.statements("evidence")["reading_conflicts"],
        _ids(block) | {"start": start, "end": end},
        instrument="i4",
        register="i2",
        taken_at="i8",
        first_value="i8",
        first_received_at="i8",
        value="i8",
        received_at="i8",
    )
    for instant in ("taken_at", "first_received_at", "received_at"):
        rows[instant] += EPOCH_SHIFT
    return rows


def transaction_conflicts(connection: Connection, block: int, start: datetime, end: datetime) -> NDArray[Any]:
    """Statements of a block that differ from the first one of a transaction begun in [start, end), beside that one.

    Returns
    -------
    Structured array sorted by (instrument, started_at, sequence, received_at), times in microseconds since 1970,
    ABSENT for what was not stated; `otherwise` is 1 where members that are not among the columns differ.
    """
    stated = ("ended_at", "quantity", "unit_price", "amount", "received_at")
    rows = fetch(
        connection,
        sql.statements("evidence")["transaction_conflicts"],
        _ids(block) | {"start": start, "end": end, "absent": ABSENT},
        instrument="i4",
        sequence="i8",
        started_at="i8",
        **{f"first_{name}": "i8" for name in stated},
        **dict.fromkeys((*stated, "otherwise"), "i8"),
    )
    for instant in ("started_at", "first_ended_at", "first_received_at", "ended_at", "received_at"):
        rows[instant] += EPOCH_SHIFT
    return rows


def capacities(connection: Connection, block: int) -> NDArray[Any]:
    """Declared capacities of a block's registers: structured array `instrument`, `register`, `capacity` [count]."""
    columns = {"instrument": "i4", "register": "i2", "capacity": "i8"}
    return fetch(connection, sql.statements("evidence")["capacities"], _ids(block), **columns)


def zones(connection: Connection) -> list[str]:
    """Every civil zone in which a site stands."""
    return [zone for (zone,) in connection.execute(sql.statements("evidence")["zones"]).fetchall()]


def latest_day(connection: Connection, block: int) -> date | None:
    """Last civil day on which an instrument of a block took a reading; None where none ever did."""
    row = connection.execute(sql.statements("evidence")["latest_day"], {"block": block}).fetchone()
    return row[0] if row else None


def _ids(block: int) -> dict[str, object]:
    return {"first": block << BLOCK_BITS, "last": ((block + 1) << BLOCK_BITS) - 1}
