import gzip
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import DecodeError, DuplicateMember
from ingest.formats import FORMATS, format_called
from ingest.formats.native import FORMAT
from ingest.message import EventStatement, Message, Reading, SignedStatement, TransactionStatement, census

SENT = b"""{
  "instrument": "C-7", "seq": 812,
  "readings": [
    {"taken_at": "2026-11-22T08:15:00+08:00", "registers": {"active_energy_import": "1234.5670", "soc": 21.5}}
  ],
  "transactions": [{"seq": 10231, "started_at": "2026-11-22T07:00:00+08:00", "ended_at": "2026-11-22T08:00:00+08:00",
    "start_indication": "1204.43", "end_indication": 1231, "quantity": "26.57", "attributes": {"soc_start": 21},
    "signed": {"encoding": "OCMF", "data": "OCMF|{}|{}", "public_key": "04"}}],
  "events": [{"at": "2026-11-22T08:00:00+08:00", "code": "cover_open", "detail": {"counter": 3}}],
  "firmware": "2.1"
}"""


def test_reads_a_whole_message_as_it_is_written() -> None:
    [message] = FORMAT.decode(SENT)
    assert message == Message(
        "C-7",
        812,
        [Reading("2026-11-22T08:15:00+08:00", {"active_energy_import": "1234.5670", "soc": "21.5"})],
        [
            TransactionStatement(
                10231,
                "2026-11-22T07:00:00+08:00",
                "2026-11-22T08:00:00+08:00",
                "26.57",
                "1204.43",
                1231,
                attributes=msgspec.Raw(b'{"soc_start": 21}'),
                signed=SignedStatement("OCMF", "OCMF|{}|{}", "04"),
            )
        ],
        [EventStatement("2026-11-22T08:00:00+08:00", "cover_open", msgspec.Raw(b'{"counter": 3}'))],
    )
    assert census([message]) == census(FORMAT.decode(gzip.compress(SENT)))


def test_every_format_stands_under_its_file_name() -> None:
    assert all(format_called(name).name == name for name in FORMATS)


@given(st.binary(max_size=400))
@pytest.mark.parametrize("name", FORMATS)
def test_answers_any_bytes_with_messages_or_a_decode_error(name: str, payload: bytes) -> None:
    for tried in (payload, gzip.compress(payload), b"\x1f\x8b" + payload):
        try:
            assert isinstance(format_called(name).decode(tried), list)
        except DecodeError as error:
            assert error.code  # noqa: PT017 - either answer is right, any other exception fails


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["instrument", "seq", "readings", "taken_at", "registers", "events", "transactions", "at"])
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(_JSON)
def test_answers_any_json_with_messages_or_a_decode_error(value: object) -> None:
    try:
        FORMAT.decode(json.dumps(value).encode())
    except DecodeError as error:
        assert str(error)  # noqa: PT017 - either answer is right, any other exception fails


_WHOLE = {
    "instrument": "a:b",
    "seq": 3,
    "readings": [
        {"taken_at": "2026-11-22T08:15:00+08:00", "registers": {"x:y": "1:2", "z": 3}},
        {"taken_at": "2026-11-22T08:15:00Z", "registers": {}},
    ],
}


def _texts(value: object, repeat: list[int]) -> str:
    """JSON text in which the n-th member is said twice, n from `repeat`; members are numbered as they are written."""
    if isinstance(value, dict):
        members = []
        for name, inner in value.items():
            repeat[0] -= 1
            twice = repeat[0] == 0
            member = f"{json.dumps(name)} : {_texts(inner, repeat)}"
            members += [member, member] if twice else [member]
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_texts(inner, repeat) for inner in value) + "]"
    return json.dumps(value)


@pytest.mark.parametrize("position", range(1, 10))
def test_refuses_any_member_said_twice(position: int) -> None:
    assert len(FORMAT.decode(_texts(_WHOLE, [0]).encode())) == 1
    with pytest.raises(DuplicateMember):
        FORMAT.decode(_texts(_WHOLE, [position]).encode())
