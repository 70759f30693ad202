"""Members said twice in text whose escapes make up for the colon that gives them away."""

import json

import pytest

from ingest.errors import DuplicateMember
from ingest.formats.native import FORMAT

READING = '{"taken_at": "2026-11-22T08:15:00Z", "registers": {"volume": "1.5"}}'
ONCE = {
    "in the serial": r'{"instrument": "W\u003a1", "seq": 1}',
    "in an instant": r'{"instrument": "W", "readings": [' + READING.replace("08:15", r"08\u003a15") + "]}",
    "in the serial of a neighbour": r'[{"instrument": "W\u003a1"}, {"instrument": "V", "seq": 1}]',
}
"""Messages in which a colon is written as an escape: the text holds one colon less than the message accounts for."""

SAID_TWICE = {
    "in the serial": ('"seq": 1', '"seq": 1, "seq": 2'),
    "in an instant": ('"volume": "1.5"', '"volume": "1.5", "volume": "2.5"'),
    "in the serial of a neighbour": ('"seq": 1', '"seq": 1, "seq": 2'),
}


@pytest.mark.parametrize("case", ONCE)
def test_refuses_a_member_said_twice_behind_a_colon_written_as_an_escape(case: str) -> None:
    once, twice = ONCE[case], ONCE[case].replace(*SAID_TWICE[case])
    assert FORMAT.decode(once.encode()) == FORMAT.decode(json.dumps(json.loads(once)).encode())
    with pytest.raises(DuplicateMember):
        FORMAT.decode(twice.encode())


def test_refuses_a_member_said_twice_in_different_writing() -> None:
    with pytest.raises(DuplicateMember, match="seq"):
        FORMAT.decode(rb'{"instrument": "W\u003a1", "seq": 1, "s\u0065q": 2}')
