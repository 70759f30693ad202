"""Rows as numpy columns, by binary COPY in and out: no Python object per row.

Only rows of fixed width travel so: every column non-null, of integer, float, date or timestamp type. A timestamp is
an `i8` of microseconds since 2000, a date an `i4` of days since 2000.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, LiteralString

import numpy as np
from numpy.typing import NDArray

from store.connection import Connection

EPOCH_SHIFT = 946_684_800_000_000
"""From 1970, numpy's epoch, to 2000, PostgreSQL's [microseconds]."""

DAY_SHIFT = 10_957
"""From 1970 to 2000 [days]."""

DAY_ZERO = date(2000, 1, 1)
"""PostgreSQL's first day."""

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"


def fetch(
    connection: Connection, query: LiteralString, parameters: Mapping[str, object], **columns: str
) -> NDArray[Any]:
    """Answer of a query as one structured array, native byte order.

    Parameters
    ----------
    query
        A SELECT whose columns are of fixed width and never null.
    columns
        Name and numpy type of each column in order: `i2`, `i4`, `i8` or `f8`.

    Raises
    ------
    ValueError
        if the answer is not of the width that `columns` declares: the query has a null or another type.
    """
    native = np.dtype([(name, f"={kind}") for name, kind in columns.items()])
    wire = _wire(native)
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)", parameters) as copy:
        content = b"".join(copy)
    body = len(content) - len(_HEADER) - len(_TRAILER)
    if body % wire.itemsize:
        raise ValueError(
            f"answer of {body} bytes is not made of rows of {wire.itemsize} bytes: a null or another type?"
        )
    rows = np.frombuffer(content, dtype=wire, count=body // wire.itemsize, offset=len(_HEADER))
    widths = [np.dtype(kind).itemsize for kind in columns.values()]
    if any((rows[f"{name}_width"] != width).any() for name, width in zip(columns, widths, strict=True)):
        raise ValueError("a column of the answer is null or of another width than declared")
    answer = np.empty(len(rows), dtype=native)
    for name in columns:
        answer[name] = rows[name]
    return answer


def send(connection: Connection, copy_in: LiteralString, rows: NDArray[Any]) -> None:
    """Write a structured array by binary COPY.

    Parameters
    ----------
    copy_in
        `COPY table (columns) FROM STDIN (FORMAT BINARY)`, columns in the order of the array's fields.
    rows
        One-dimensional structured array whose fields have the widths of the columns.
    """
    send_packed(connection, copy_in, pack(rows))


def pack(rows: NDArray[Any], *names: str) -> memoryview:
    """Rows as binary COPY has them between its header and its trailer.

    Parameters
    ----------
    rows
        One-dimensional structured array.
    names
        Fields in the order of the columns; all of them where none is named.
    """
    names = names or rows.dtype.names or ()
    wire = np.empty(len(rows), dtype=_wire(np.dtype([(name, rows.dtype[name]) for name in names])))
    wire["fields"] = len(names)
    for name in names:
        wire[f"{name}_width"] = rows.dtype[name].itemsize
        wire[name] = rows[name]
    return wire.view(np.uint8).data


def send_packed(connection: Connection, copy_in: LiteralString, packed: memoryview) -> None:
    """Write rows that :func:`pack` has made ready."""
    with connection.cursor() as cursor, cursor.copy(copy_in) as copy:
        copy.write(_HEADER)
        copy.write(packed)
        copy.write(_TRAILER)


def _wire(native: np.dtype[Any]) -> np.dtype[Any]:
    """Layout of one row on the wire: number of fields, then width and big-endian value of each."""
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for name in native.names or ():
        fields += [(f"{name}_width", ">i4"), (name, native[name].newbyteorder(">").str)]
    return np.dtype(fields)
