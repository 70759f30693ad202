import base64
import gzip
import json
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import chunks as room
from ingest.chunks import LONGEST_LINE, Medium, chunks
from ingest.inflation import PIECE, inflated, opened
from ingest.lines import LONGEST_BLANK, lines
from ingest.push_errors import ContentBlank, ContentDamaged, LineTooLong, MessageTooLong, TableUnusable


def cut(content: bytes, places: list[int]) -> list[bytes]:
    """Content in pieces, cut at these places."""
    bounds = [0, *sorted(place % (len(content) + 1) for place in places), len(content)]
    return [content[begin:end] for begin, end in pairwise(bounds)]


CONTENT = st.lists(st.sampled_from([b"a", b"bc", b"\r", b"\n", b"\n", b" "])).map(b"".join)
PLACES = st.lists(st.integers(0, 10_000), max_size=6)


@given(CONTENT, PLACES)
def test_lines_do_not_depend_on_how_the_content_comes(content: bytes, places: list[int]) -> None:
    found = [line for several in lines(cut(content, places), 1000) for line in several]
    expected, blank = [], 0
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.strip(b" \r"):
            expected.append((number, line.removesuffix(b"\r"), blank))
            blank = 0
        else:
            blank += len(line) + 1
    assert found == expected


@given(CONTENT, PLACES)
def test_chunks_do_not_depend_on_how_the_content_comes(content: bytes, places: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(room, "CHUNK_MESSAGES", 3)
        whole = list(chunks(Medium.NDJSON, [content]))
        pieces = list(chunks(Medium.NDJSON, cut(content, places)))
        assert pieces == whole
    assert [chunk.number for chunk in whole] == list(range(len(whole)))
    assert all(len(chunk.payloads) == 3 for chunk in whole[:-1])


def test_a_chunk_ends_by_weight_and_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "CHUNK_BYTES", 100)
    found = [len(chunk.payloads) for chunk in chunks(Medium.NDJSON, [b"x" * 40 + b"\n"] * 7)]
    assert found == [3, 3, 1]


@pytest.mark.parametrize("blank", [b"\n" * 40, b" " * 39 + b"\n", b"\r\n" * 20])
def test_blank_lines_weigh_what_they_are_long(blank: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "CHUNK_BYTES", 100)
    found = [len(chunk.payloads) for chunk in chunks(Medium.NDJSON, [b"x\n", blank] * 7)]
    assert found == [4, 3], "the fourth message has 120 blank bytes before it since the chunk began"
    heading = b"instrument,taken_at,register,value\n"
    table = [len(chunk.payloads) for chunk in chunks(Medium.CSV, [heading, *[b"1,2,3,4\n", blank] * 4])]
    assert table == [2, 2]


@pytest.mark.parametrize("blank", [b"\n", b" " * 1023 + b"\n"])
def test_blank_lines_without_end_are_not_read_to_their_end(blank: bytes) -> None:
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        yield b"a\nb\n"
        while True:
            read += 2**18
            yield blank * (2**18 // len(blank))

    given_out = chunks(Medium.NDJSON, endless())
    assert next(given_out).payloads == [b"a", b"b"]
    with pytest.raises(ContentBlank, match="blank"):
        next(given_out)
    assert read <= LONGEST_BLANK + 2**19


def test_a_line_that_is_gzip_itself_weighs_what_it_may_inflate_to() -> None:
    bomb = gzip.compress(b" " * 2**20).replace(b"\n", b"")
    found = [len(chunk.payloads) for chunk in chunks(Medium.NDJSON, [bomb + b"\n"] * 10)]
    assert found == [4, 4, 2]


@pytest.mark.parametrize("wrapped", [b"e30.%s.c2ln", b'{"payload":"%s"}', b' {"payload": "%s"}'])
def test_a_signed_line_weighs_what_its_content_may_inflate_to(wrapped: bytes) -> None:
    def cut_at(content: bytes) -> list[int]:
        line = wrapped % base64.urlsafe_b64encode(content)
        return [len(chunk.payloads) for chunk in chunks(Medium.JWS, [line + b"\n"] * 10)]

    assert cut_at(gzip.compress(b" " * 2**20)) == [4, 4, 2]
    assert cut_at(b'{"instrument": "C-1"}') == [10]


def test_a_digest_holds_everything_up_to_the_end_of_its_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "CHUNK_MESSAGES", 1)
    digests = {
        tuple(chunk.digest for chunk in chunks(medium, [content]))[-1]
        for medium in (Medium.NDJSON,)
        for content in (b"a\nb\nc", b"b\na\nc", b"x\nb\nc", b"a\nb", b"ab\nc")
    }
    assert len(digests) == 5
    [one], [other] = chunks(Medium.JSON, [b"a"]), chunks(Medium.NDJSON, [b"a"])
    assert one.digest != other.digest


def test_every_line_of_a_table_carries_its_heading() -> None:
    heading = b"instrument,taken_at,register,value"
    [chunk] = chunks(Medium.CSV, [b"\xef\xbb\xbf\r\n" + heading + b"\r\n1,2,3,4\r\n\r\n5,6,7,8"])
    assert chunk.payloads == [heading + b"\n1,2,3,4", heading + b"\n5,6,7,8"]
    assert chunk.places == [3, 5]


def test_what_stands_before_a_line_too_long_is_given_out_first() -> None:
    given_out = chunks(Medium.NDJSON, [b"a\nb\n", *[b"y" * 2**20] * 9, b"\nc\n"])
    assert next(given_out).payloads == [b"a", b"b"]
    with pytest.raises(LineTooLong, match="line 3 ") as refused:
        next(given_out)
    assert refused.value.line == 3
    [held] = chunks(Medium.NDJSON, [b"y" * LONGEST_LINE])
    assert len(held.payloads[0]) == LONGEST_LINE


def test_a_json_document_is_not_read_beyond_its_limit() -> None:
    read = []

    def endless() -> Iterator[bytes]:
        while True:
            read.append(1)
            yield b" " * 2**18

    with pytest.raises(MessageTooLong, match="x-ndjson"):
        list(chunks(Medium.JSON, endless()))
    assert len(read) < 6


@pytest.mark.parametrize("heading", [b"a,b,c", b"\xff\xfe", b"x" * 2000, b'"instrument'])
def test_a_table_without_its_columns_is_refused(heading: bytes) -> None:
    with pytest.raises(TableUnusable):
        list(chunks(Medium.CSV, [heading + b"\n1,2,3\n"]))


@given(st.binary(max_size=2000), PLACES)
def test_inflates_what_was_compressed_however_it_comes(content: bytes, places: list[int]) -> None:
    half = len(content) // 2
    packed = gzip.compress(content[:half]) + gzip.compress(content[half:])
    assert b"".join(inflated(cut(packed, places))) == content
    assert b"".join(opened(cut(packed, places))) == content


@given(st.binary(max_size=300))
def test_what_is_no_gzip_is_damaged_or_opened_as_it_is(content: bytes) -> None:
    if not content.startswith(b"\x1f\x8b"):
        assert b"".join(opened([content])) == content
        if content:
            with pytest.raises(ContentDamaged):
                list(inflated([content]))


def test_a_bomb_comes_in_small_pieces() -> None:
    bomb = gzip.compress(b"\n" * 50_000_000)
    assert len(bomb) < 60_000
    assert max(map(len, inflated([bomb]))) == PIECE
    with pytest.raises(ContentBlank, match=f"line {LONGEST_BLANK + 1} "):
        list(chunks(Medium.NDJSON, inflated([bomb])))


def test_as_many_blank_bytes_as_are_allowed_are_nothing() -> None:
    content = b"\n" * LONGEST_BLANK + b"a\n" + b"\n" * LONGEST_BLANK + b"b"
    [chunk] = chunks(Medium.NDJSON, [content])
    assert chunk.places == [LONGEST_BLANK + 1, 2 * LONGEST_BLANK + 2]
    with pytest.raises(ContentBlank):
        list(chunks(Medium.NDJSON, [b"a\n" + b"\n" * (LONGEST_BLANK + 1) + b"b"]))


@pytest.mark.parametrize("damage", [1, 8, 20])
def test_a_gzip_cut_short_is_damaged(damage: int) -> None:
    packed = gzip.compress(json.dumps(list(range(1000))).encode())
    with pytest.raises(ContentDamaged, match="cut short"):
        list(opened([packed[:-damage]]))
