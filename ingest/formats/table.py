r"""Readings as CSV, one reading a line: instrument, taken_at, register, value, in whatever order the first line says.

UTF-8, comma, quotes as in RFC 4180, but a reading ends with its line even inside quotes. Further columns are ignored.
Optionally gzip.

Examples
--------
>>> [message] = FORMAT.decode(b"instrument,taken_at,register,value\nW-1,2026-11-22T08:15:00+08:00,volume,1.10\n")
>>> message.instrument, message.readings[0].registers
('W-1', {'volume': '1.10'})
"""

import csv
from functools import lru_cache

from ingest.compression import MAGIC, inflate
from ingest.errors import BadEncoding, BadStructure, TooLarge
from ingest.formats.native import LARGEST
from ingest.message import Census, Message, Reading

COLUMNS = ("instrument", "taken_at", "register", "value")
"""Columns that the first line must name."""

LONGEST_HEADING = 1024
"""Longest first line, which is remembered [bytes]."""


class Table:
    """Decoder of CSV."""

    name = "csv"

    def decode(self, payload: bytes) -> list[Message]:
        """One message for each line but the first.

        Raises
        ------
        TooLarge, BadCompression, BadEncoding, BadStructure
        """
        if payload.startswith(MAGIC):
            payload = inflate(payload, LARGEST)
        elif len(payload) > LARGEST:
            raise TooLarge(len(payload), LARGEST)
        try:
            text = payload.decode()
        except UnicodeDecodeError as error:
            raise BadEncoding(str(error)) from error
        heading, *rows = text.split("\n")
        while rows and not rows[-1].strip():
            rows.pop()
        if len(heading) > LONGEST_HEADING:
            raise BadStructure(f"the first line names the columns and may have {LONGEST_HEADING} bytes")
        width, *places = columns_of(heading)
        messages = []
        for row in rows:
            fields = _fields(row.removesuffix("\r"))
            if len(fields) != width:
                raise BadStructure(f"a line has {len(fields)} fields instead of {width}").counted(Census(len(rows)))
            instrument, taken_at, register, value = (fields[place] for place in places)
            messages.append(Message(instrument, None, [Reading(taken_at, {register: value})]))
        return messages


FORMAT = Table()


@lru_cache(maxsize=256)
def columns_of(heading: str) -> tuple[int, int, int, int, int]:
    """How many columns a first line names, and where the four stand that count.

    Raises
    ------
    BadStructure
        if one is missing or stands twice.

    Examples
    --------
    >>> columns_of("value,instrument,taken_at,register")
    (4, 1, 2, 3, 0)
    """
    named = [name.strip() for name in _fields(heading.removesuffix("\r"))]
    for name in COLUMNS:
        if named.count(name) != 1:
            fault = "stands twice" if name in named else "is missing"
            raise BadStructure(f"column {name} {fault}; the first line names the columns: {','.join(COLUMNS)}")
    instrument, taken_at, register, value = (named.index(name) for name in COLUMNS)
    return len(named), instrument, taken_at, register, value


def _fields(row: str) -> list[str]:
    if '"' not in row:
        return row.split(",")
    try:
        [fields] = csv.reader([row], strict=True)
    except (csv.Error, ValueError) as error:
        raise BadStructure(f"a line is not CSV: {error}") from error
    return fields
