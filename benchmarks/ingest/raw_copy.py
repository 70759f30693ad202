"""What the database could do: the very same rows by raw binary COPY, packed before the clock starts."""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.ingest.bed import Bed
from benchmarks.processor import Spending, Spent
from store import sql
from store.connection import connect

PIECE = 1 << 20
"""How much is handed to the connection at once [bytes]."""

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"


def packed(rows: NDArray[Any]) -> bytes:
    """Rows as PostgreSQL's binary COPY has them (its manual, COPY, Binary Format)."""
    names = rows.dtype.names or ()
    wire = np.dtype(
        [("fields", ">i2")]
        + [
            part
            for name in names
            for part in ((f"{name}_width", ">i4"), (name, rows.dtype[name].newbyteorder(">")))  # a width before each
        ]
    )
    filled = np.empty(len(rows), dtype=wire)
    filled["fields"] = len(names)
    for name in names:
        filled[f"{name}_width"] = rows.dtype[name].itemsize
        filled[name] = rows[name]
    return HEADER + filled.tobytes() + TRAILER


def fastest(bed: Bed, rows: NDArray[Any], batch: int) -> tuple[float, Spent, str]:
    """Copy the rows in each way into the empty reference, each batch a transaction; the fastest way.

    In one go and in batches as they arrived, and in batches each sorted by key, as ingest has them.

    Returns
    -------
    Seconds, cost, and the way.
    """
    ways = {"in one go": [rows], "in batches": list(_batches(rows, batch))}
    ways["in sorted batches"] = [_sorted(part) for part in ways["in batches"]]
    best: tuple[float, Spent, str] | None = None
    for way, parts in ways.items():
        bed.empty_reference()
        seconds, used = _copy(bed, [packed(part) for part in parts])
        if best is None or seconds < best[0]:
            best = seconds, used, way
    if best is None:
        raise AssertionError("there is always a way")
    bed.empty_reference()
    return best


def _copy(bed: Bed, parts: list[bytes]) -> tuple[float, Spent]:
    copy_in = sql.statements("readings")["copy"]
    used = time.process_time()
    with connect(bed.reference, application="benchmark copy") as connection:
        spending = Spending(bed.database_process())
        began = time.monotonic()
        for part in parts:
            with connection.transaction(), connection.cursor() as cursor, cursor.copy(copy_in) as copy:
                for at in range(0, len(part), PIECE):
                    copy.write(part[at : at + PIECE])
        seconds = time.monotonic() - began
        return seconds, spending.so_far(client=time.process_time() - used)


def _batches(rows: NDArray[Any], size: int) -> Iterator[NDArray[Any]]:
    for begin in range(0, len(rows), size):
        yield rows[begin : begin + size]


def _sorted(rows: NDArray[Any]) -> NDArray[Any]:
    return rows[np.lexsort((rows["taken_at"], rows["register"], rows["instrument"]))]
