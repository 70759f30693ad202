import random
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from ingest.jws import read_jws
from ingest.proof import verify
from store import instrument_keys
from store.connection import Connection
from store.errors import InstrumentUnknown
from store.public_key import Algorithm
from tests.ingest.test_instrument_keys import Intake
from tests.services.enrolled import SOURCE, connect_to, enrol
from tests.services.signing import Signer

SIGNER = Signer(Algorithm.ED25519, "pump")
AT = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)


def said(seq: int, value: str | None = None) -> bytes:
    content = {
        "instrument": "F-1",
        "seq": seq,
        "readings": [
            {
                "taken_at": f"2026-11-22T08:{seq:02}:00+08:00",
                "registers": {"volume_total": value or f"{seq}.25", "amount_total": "7.5"},
            }
        ],
        "transactions": [
            {
                "seq": 100 + seq,
                "started_at": f"2026-11-22T08:{seq:02}:00+08:00",
                "ended_at": f"2026-11-22T08:{seq:02}:30.123456+08:00",
                "quantity": "26.72",
                "unit_price": "7.85",
                "amount": "209.75",
                "attributes": {"grade": "92", "tank": "T1", "temperature": 15.50},
                "signed": {"encoding": "OCMF", "data": "OCMF|{}|{}"},
            }
        ],
        "events": [{"at": f"2026-11-22T08:{seq:02}:00+08:00", "code": "cover_open", "detail": {"counter": seq}}],
    }
    return SIGNER.compact(content)


@pytest.fixture
def connection(plain_database: str) -> Iterator[Connection]:
    """A dispenser that signed three messages."""
    with connect_to(plain_database) as opened:
        enrol(opened)
        number = instrument_keys.number_of(opened, SOURCE, "F-1")
        instrument_keys.add(opened, number, "pump", SIGNER.public_key, actor="test")
        intake = Intake(opened)
        assert intake.take(*map(said, (1, 2, 3))).readings_stored == 6
        assert intake.take(said(2)).readings_repeated == 2
        yield opened


def faults(connection: Connection) -> list[str]:
    return verify(connection, SOURCE, "F-1").faults


def tamper(connection: Connection, statement: str) -> None:
    """Change what nobody may change, as somebody with the database in his hands could."""
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = 'replica'")
        assert connection.execute(statement).rowcount == 1  # type: ignore[arg-type]  # the test's own statements


def test_what_was_signed_and_stored_is_proven(connection: Connection) -> None:
    verdict = verify(connection, SOURCE, "F-1")
    assert (verdict.messages, verdict.proven, verdict.older, verdict.faults) == (3, 12, 0, [])
    part = verify(connection, SOURCE, "F-1", since=AT.replace(minute=2), until=AT.replace(minute=3))
    assert (part.proven, part.faults) == (4, [])


def test_what_differs_from_the_first_is_proven_where_it_is_kept_beside_it(connection: Connection) -> None:
    content = said(1, value="9.99")
    again = SIGNER.compact(content_of(content).replace(b'"seq": 1,', b'"seq": 4,'))
    assert Intake(connection).take(again).readings_conflicting == 1
    assert faults(connection) == []
    tamper(connection, "DELETE FROM reading_conflict")
    assert faults(connection) == [
        "reading volume_total at 2026-11-22T00:01:00+00:00: stored 1.25 L, signed 9.99 L (seq 4)"
    ]


def content_of(payload: bytes) -> bytes:
    return read_jws(payload).content


def test_what_came_before_the_first_key_is_counted_and_not_accused(connection: Connection) -> None:
    tamper(
        connection,
        "INSERT INTO reading SELECT taken_at - interval '1 day', value, now() - interval '1 day', instrument_id, "
        "register_id FROM reading ORDER BY taken_at, register_id LIMIT 1",
    )
    verdict = verify(connection, SOURCE, "F-1")
    assert (verdict.older, verdict.faults) == (1, [])


ONE = "(taken_at, register_id) = (SELECT taken_at, register_id FROM reading ORDER BY 1 DESC, 2 LIMIT 1)"

TAMPERED = {
    "a reading's value": (f"UPDATE reading SET value = value + 1 WHERE {ONE}", "stored 3.26 L, signed 3.25 L (seq 3)"),
    "a reading's instant": (
        f"UPDATE reading SET taken_at = taken_at + interval '1 second' WHERE {ONE}",
        "reading volume_total at 2026-11-22T00:03:01+00:00: stored 3.25 L, never signed",
    ),
    "a reading's receipt": (
        f"UPDATE reading SET received_at = received_at + interval '1 second' WHERE {ONE}",
        "when no message came",
    ),
    "a reading gone": (f"DELETE FROM reading WHERE {ONE}", "missing, signed 3.25 L (seq 3)"),
    "a reading made up": (
        f"INSERT INTO reading SELECT taken_at + '1 h', value, received_at, instrument_id, 1 FROM reading WHERE {ONE}",
        "never signed",
    ),
    "a sale's amount": ("UPDATE transaction SET amount = amount - 1 WHERE sequence = 102", "transaction 102 at"),
    "a sale's end": (
        "UPDATE transaction SET ended_at = ended_at + interval '1 microsecond' WHERE sequence = 102",
        "transaction 102 at",
    ),
    "a sale's attribute": (
        "UPDATE transaction SET attributes = jsonb_set(attributes, '{grade}', '\"95\"') WHERE sequence = 102",
        '"grade": "95"',
    ),
    "a sale gone": ("DELETE FROM transaction WHERE sequence = 103", "transaction 103 at"),
    "an event gone": ("DELETE FROM event WHERE detail = '{\"counter\": 2}'", 'event cover_open {"counter": 2} at'),
    "an event's detail": (
        "UPDATE event SET detail = '{\"counter\": 9}' WHERE detail = '{\"counter\": 2}'",
        'event cover_open {"counter": 9} at 2026-11-22T00:02:00+00:00: stored, never signed',
    ),
    "a message gone": ("DELETE FROM signed_message WHERE sequence = 2", "never signed"),
    "a message's counter": ("UPDATE signed_message SET sequence = 9 WHERE sequence = 2", "its row says otherwise"),
    "a message's digest": ("UPDATE signed_message SET digest = 'x' WHERE sequence = 2", "its row says otherwise"),
    "a message's key": ("UPDATE signed_message SET key_id = 9 WHERE sequence = 2", "its row says otherwise"),
    "a message's receipt": (
        "UPDATE signed_message SET received_at = received_at + interval '1 second' WHERE sequence = 2",
        "when no message came",
    ),
    "a message's receipt, before the key": (
        "UPDATE signed_message SET received_at = received_at - interval '1 day' WHERE sequence = 2",
        "message seq 2: key_not_yet_valid",
    ),
    "the key": (
        "UPDATE instrument_key SET public_key = set_byte(public_key, 20, get_byte(public_key, 20) # 1)",
        "bad_signature",
    ),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_whatever_is_changed_in_the_store_is_named(connection: Connection, case: str) -> None:
    statement, named = TAMPERED[case]
    tamper(connection, statement)
    assert any(named in fault for fault in faults(connection)), faults(connection)


def test_each_changed_byte_of_a_signed_message_is_named(connection: Connection) -> None:
    generator = random.Random(7)
    good = said(2)
    for _ in range(200):
        changed = bytearray(good)
        changed[generator.randrange(len(good))] ^= generator.randrange(1, 256)
        tamper(connection, f"UPDATE signed_message SET jws = '\\x{changed.hex()}' WHERE sequence = 2")
        assert any(fault.startswith("message seq 2: ") for fault in faults(connection))


def test_an_instrument_that_is_not_there_is_said_so(connection: Connection) -> None:
    with pytest.raises(InstrumentUnknown):
        verify(connection, SOURCE, "F-9")
