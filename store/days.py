"""Civil days of instruments, derived from readings alone."""

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store import sql
from store.columns import send
from store.connection import Connection
from store.evidence import ABSENT

HOURS = 24

LAYOUT = np.dtype(
    [
        ("instrument", "i4"),
        ("register", "i2"),
        ("day", "i4"),
        ("readings", "i4"),
        ("first_at", "i8"),
        ("last_at", "i8"),
        ("first_value", "i8"),
        ("last_value", "i8"),
        ("longest_gap", "i8"),
        ("maximum_rate", "f8"),
        ("consumption", "i8"),
        ("night_minimum", "i8"),
        *((f"h{hour}", "i8") for hour in range(HOURS)),
    ],
)
"""One summed-up day: instants in microseconds since 2000, day in days since 2000, ABSENT or NaN for what is unknown."""


def write(connection: Connection, days: NDArray[Any]) -> dict[date, int]:
    """Write days of :data:`LAYOUT`, in the caller's transaction; of each civil day how many were new or changed."""
    named = sql.statements("days")
    connection.execute(named["stage"])
    connection.execute(named["empty_stage"])
    send(connection, named["copy"], days)
    return dict(connection.execute(named["merge"], {"absent": ABSENT}).fetchall())
