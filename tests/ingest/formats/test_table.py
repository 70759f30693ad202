import gzip

import pytest

from ingest.errors import BadCompression, BadEncoding, BadStructure, DecodeError, TooLarge
from ingest.formats import format_called
from ingest.formats.table import FORMAT, LONGEST_HEADING, columns_of
from ingest.message import Census, Message, Reading

SENT = (
    b"taken_at,instrument,value,quality,register\r\n"
    b"2026-11-22T08:15:00+08:00,W-1,104.0710,good,volume\r\n"
    b'2026-11-22T08:15:00+08:00,"W-1, ""old""","1,5",,flow\r\n'
)


def test_reads_every_line_as_a_message_of_one_reading_exactly_as_written() -> None:
    expected = [
        Message("W-1", None, [Reading("2026-11-22T08:15:00+08:00", {"volume": "104.0710"})]),
        Message('W-1, "old"', None, [Reading("2026-11-22T08:15:00+08:00", {"flow": "1,5"})]),
    ]
    assert FORMAT.decode(SENT) == expected
    assert FORMAT.decode(gzip.compress(SENT)) == expected
    assert FORMAT.decode(SENT.split(b"\n")[0]) == []
    assert format_called("csv") is FORMAT


@pytest.mark.parametrize(
    "payload,cause",
    [
        (b"", BadStructure),
        (b"instrument,taken_at,register\n", BadStructure),
        (b"instrument,taken_at,register,value,value\n", BadStructure),
        (SENT + b"too,short\n", BadStructure),
        (SENT + b'"W-1"x,1,2,3,4\n', BadStructure),
        (SENT + b'"W-1,1,2,3,4\n', BadStructure),
        (SENT + b"\xff,1,2,3,4\n", BadEncoding),
        (gzip.compress(SENT)[:-3], BadCompression),
        (SENT + b" " * 2**20, TooLarge),
        (gzip.compress(SENT + b" " * 2**21), TooLarge),
        (b"instrument,taken_at,register,value," + b"x" * LONGEST_HEADING, BadStructure),
    ],
)
def test_refuses_what_is_no_table(payload: bytes, cause: type[DecodeError]) -> None:
    with pytest.raises(cause):
        FORMAT.decode(payload)


def test_says_which_column_is_missing_and_counts_the_lines_refused() -> None:
    with pytest.raises(BadStructure, match="column value is missing"):
        columns_of("instrument,taken_at,register")
    with pytest.raises(BadStructure, match="2 fields instead of 5") as refused:
        FORMAT.decode(SENT + b"too,short\n")
    assert refused.value.census == Census(readings=3)
