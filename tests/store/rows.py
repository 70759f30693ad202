"""Arrived readings for tests, and what the store holds of them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.arrivals import READINGS
from store.connection import Connection

HOUR = 3_600_000_000
START = 9_000 * 24 * HOUR
"""Some instant of 2024 [microseconds since 2000]."""


def readings(*stated: tuple[int, int, int], source: int = 0, received_at: int = START) -> NDArray[Any]:
    """Arrived readings from (instrument, hour, value)."""
    rows = np.zeros(len(stated), dtype=READINGS)
    for row, (instrument, hour, value) in zip(rows, stated, strict=True):
        row["source"], row["instrument"], row["register"] = source, instrument, 1
        row["taken_at"], row["value"], row["received_at"] = START + hour * HOUR, value, received_at
        row["day"] = (START + hour * HOUR) // (24 * HOUR)
    return rows


def stored(connection: Connection, table: str = "reading") -> list[tuple[int, int, int]]:
    """(instrument, hour, value) of everything in a table of readings, in order."""
    rows = connection.execute(  # type: ignore[call-overload]  # test-only table name
        "SELECT instrument_id, extract(epoch FROM taken_at - '2000-01-01T00:00:00Z')::bigint, value "
        f"FROM {table} ORDER BY 1, 2, 3"
    ).fetchall()
    return [(instrument, (seconds * 1_000_000 - START) // HOUR, value) for instrument, seconds, value in rows]
