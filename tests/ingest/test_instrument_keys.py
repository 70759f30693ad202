import base64
import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingest.batch import Batch
from ingest.identity import Identities
from ingest.instants import Instants
from ingest.instrument_keys import LOOK
from ingest.replay import replay
from store import instrument_keys, quarantine
from store.connection import Connection
from store.intake import Tally, append
from store.public_key import Algorithm
from tests.services.enrolled import SOURCE, connect_to, enrol
from tests.services.signing import Signer, encode

KEYS = {algorithm: Signer(algorithm, f"key-{algorithm.value}") for algorithm in Algorithm}
ED25519, ES256, SM2 = (KEYS[algorithm] for algorithm in (Algorithm.ED25519, Algorithm.ES256, Algorithm.SM2SM3))
SIGNS = {"F-1": ED25519, "C-1": ES256, "E-1": SM2}
REGISTER = {"F-1": "volume_total", "C-1": "active_energy_import", "E-1": "active_energy_import", "W-1": "volume"}
SIGNED, UNSIGNED = f"telemetry/{SOURCE}/native-jws", f"telemetry/{SOURCE}/native"


def said(serial: str = "F-1", seq: int | None = 1, value: str = "1.5", minute: int = 0) -> dict[str, Any]:
    readings = [{"taken_at": f"2026-11-22T08:{minute:02}:00+08:00", "registers": {REGISTER[serial]: value}}]
    return {"instrument": serial, "readings": readings} | ({} if seq is None else {"seq": seq})


@pytest.fixture
def connection(plain_database: str) -> Iterator[Connection]:
    with connect_to(plain_database) as opened:
        enrol(opened)
        enrol(opened, source="town")
        for serial, signer in SIGNS.items():
            number = instrument_keys.number_of(opened, SOURCE, serial)
            instrument_keys.add(opened, number, signer.kid, signer.public_key, actor="test")
        yield opened


class Intake:
    """Takes payloads in as ingest does, with keys remembered from one batch to the next."""

    def __init__(self, connection: Connection) -> None:
        self.now = 0.0
        self._connection = connection
        self._identities = Identities(lambda question: question(connection), clock=lambda: self.now)

    def take(self, *payloads: bytes, topic: str = SIGNED, received_at: datetime | None = None) -> Tally:
        """What became of payloads of one batch."""
        batch = Batch(self._identities, Instants())
        for payload in payloads:
            batch.add(topic, payload, received_at or datetime.now(UTC))
        [tally] = append(self._connection, batch.arrivals()).values()
        return tally

    def causes(self) -> list[str]:
        """Causes of what is held, in order of arrival."""
        return [
            entry.cause
            for number in quarantine.held(self._connection)
            if (entry := quarantine.entry(self._connection, number)) is not None
        ]


@pytest.fixture
def intake(connection: Connection) -> Intake:
    return Intake(connection)


def stored(connection: Connection) -> int:
    row = connection.execute("SELECT count(*) FROM reading").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("serial", SIGNS)
def test_what_an_instrument_signed_is_taken_and_kept_byte_for_byte(
    connection: Connection, intake: Intake, serial: str
) -> None:
    payload = SIGNS[serial].compact(said(serial, seq=812))
    assert intake.take(payload) == Tally(messages=1, readings=1, readings_stored=1)
    row = connection.execute("SELECT sequence, jws FROM signed_message").fetchone()
    assert row == (812, payload)


def test_an_instrument_without_a_key_says_what_it_says_as_before(intake: Intake) -> None:
    payload = json.dumps(said("W-1", seq=None)).encode()
    assert intake.take(payload, topic=UNSIGNED).readings_stored == 1


OTHER = Signer(Algorithm.ED25519, ED25519.kid, seed=2)
GOOD = ED25519.compact(said())

REFUSED: dict[str, tuple[str, bytes, str]] = {
    "unsigned": (UNSIGNED, json.dumps(said()).encode(), "unsigned_required"),
    "unsigned among others": (UNSIGNED, json.dumps([said("W-1"), said()]).encode(), "unsigned_required"),
    "unsigned in the format of signed ones": (SIGNED, json.dumps(said()).encode(), "bad_jws"),
    "a stranger's key under the enrolled name": (SIGNED, OTHER.compact(said()), "bad_signature"),
    "a name that nobody has": (SIGNED, ED25519.compact(said(), kid="key-9"), "unknown_key"),
    "another instrument's key": (SIGNED, ES256.compact(said()), "foreign_key"),
    "a key for an instrument that has none": (SIGNED, ED25519.compact(said("W-1")), "foreign_key"),
    "in another source's name": ("telemetry/town/native-jws", GOOD, "foreign_key"),
    "another instrument's message": (SIGNED, ED25519.compact(said("C-1")), "foreign_key"),
    "another algorithm than the key's": (SIGNED, ED25519.compact(said(), alg="ES256"), "algorithm_mismatch"),
    "no algorithm": (SIGNED, ED25519.compact(said(), alg="none"), "unsupported_algorithm"),
    "no signature": (SIGNED, GOOD.rpartition(b".")[0] + b".", "bad_signature"),
    "a key that comes along": (
        SIGNED,
        OTHER.compact(said(), jwk={"kty": "OKP", "crv": "Ed25519", "x": encode(OTHER.public_key.spki[12:])}),
        "bad_signature",
    ),
    "no counter": (SIGNED, ED25519.compact(said(seq=None)), "sequence_required"),
    "a value too fine": (SIGNED, ED25519.compact(said(value="0.00001")), "too_fine"),
    "a shared secret made of the public key": (SIGNED, ED25519.compact(said(), alg="HS256"), "unsupported_algorithm"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_proven_is_held_with_its_cause_and_never_counted(
    connection: Connection, intake: Intake, case: str
) -> None:
    topic, payload, cause = REFUSED[case]
    tally = intake.take(payload, topic=topic)
    assert (tally.messages_quarantined, tally.readings_stored) == (1, 0)
    assert intake.causes() == [cause]
    assert stored(connection) == 0
    assert connection.execute("SELECT count(*) FROM signed_message").fetchone() == (0,)


@pytest.mark.parametrize("serial", SIGNS)
def test_no_changed_byte_is_ever_counted(connection: Connection, intake: Intake, serial: str) -> None:
    generator = random.Random(20_261_122)
    good = SIGNS[serial].compact(said(serial))
    flipped = []
    for _ in range(250):
        changed = bytearray(good)
        changed[generator.randrange(len(good))] ^= generator.randrange(1, 256)
        flipped.append(bytes(changed))
    tally = intake.take(*flipped)
    assert (tally.messages, tally.messages_quarantined) == (250, 250)
    assert stored(connection) == 0
    assert intake.take(good).readings_stored == 1


def test_what_is_not_signed_of_a_flattened_message_changes_nothing_that_is_said(
    connection: Connection, intake: Intake
) -> None:
    generator = random.Random(20_261_122)
    good = ED25519.flattened(said())
    intake.take(good)
    before = connection.execute("SELECT * FROM reading").fetchall()
    for _ in range(250):
        changed = bytearray(good)
        changed[generator.randrange(len(good))] ^= generator.randrange(1, 256)
        intake.take(bytes(changed))
    assert connection.execute("SELECT * FROM reading").fetchall() == before
    assert connection.execute("SELECT jws FROM signed_message").fetchall() == [(ED25519.compact(said()),)]


def other_root(payload: bytes) -> bytes:
    """The same content with the other ES256 signature that anybody can make of the one."""
    signed, _, last = payload.rpartition(b".")
    raw = base64.urlsafe_b64decode(last + b"==")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    s = (order - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    return signed + b"." + encode(raw[:32] + s).encode()


@pytest.mark.parametrize(
    "again",
    [lambda p: p, other_root, lambda _: ES256.compact(said("C-1")), lambda _: ES256.flattened(said("C-1"))],
    ids=["the same bytes", "the other root", "signed anew", "wrapped otherwise"],
)
def test_the_same_content_again_is_a_repeat_and_the_first_proof_stays(
    connection: Connection, intake: Intake, again: Callable[[bytes], bytes]
) -> None:
    first = ES256.compact(said("C-1"))
    assert intake.take(first, again(first)) == Tally(messages=2, readings=2, readings_stored=1, readings_repeated=1)
    assert intake.take(again(first)) == Tally(messages=1, readings=1, readings_repeated=1)
    assert connection.execute("SELECT jws FROM signed_message").fetchall() == [(first,)]


def test_other_content_under_a_used_counter_is_held_and_the_first_stays(connection: Connection, intake: Intake) -> None:
    event = {"events": [{"at": "2026-11-22T08:15:00+08:00", "code": "cover_open"}]}
    sale = {"seq": 5, "started_at": "2026-11-22T08:00:00Z", "ended_at": "2026-11-22T08:01:00Z", "quantity": "1"}
    first = ED25519.compact(said(seq=7))
    second = ED25519.compact(said(seq=7, value="2.5", minute=1) | event | {"transactions": [sale]})
    third = ED25519.compact(said(seq=8, minute=2))
    tally = intake.take(first, second, third, second)
    assert (tally.messages, tally.messages_quarantined) == (4, 2)
    assert (tally.readings, tally.readings_stored, tally.readings_quarantined) == (4, 2, 2)
    assert (tally.transactions_quarantined, tally.events_quarantined) == (2, 2)
    assert (tally.transactions_stored, tally.events_stored) == (0, 0)
    assert intake.take(second).messages_quarantined == 1
    assert intake.causes() == ["sequence_conflict"]
    [number] = quarantine.held(connection)
    entry = quarantine.entry(connection, number)
    assert entry is not None
    assert (entry.payload, entry.times_received) == (second, 3)
    refusal = replay(connection, number, actor="test")
    assert refusal is not None
    assert refusal.code == "sequence_conflict"
    entry = quarantine.entry(connection, number)
    assert entry is not None
    assert (entry.times_received, entry.released_at) == (3, None)
    assert stored(connection) == 2


def test_a_lower_counter_that_was_never_seen_is_late_and_taken(connection: Connection, intake: Intake) -> None:
    intake.take(ED25519.compact(said(seq=9, minute=9)))
    assert intake.take(ED25519.compact(said(seq=3, minute=3))).readings_stored == 1
    assert stored(connection) == 2


def test_a_revoked_key_proves_nothing_at_once_also_where_ingest_has_not_heard_of_it(
    connection: Connection, intake: Intake
) -> None:
    assert intake.take(ED25519.compact(said(seq=1, minute=1))).readings_stored == 1
    pump = instrument_keys.number_of(connection, SOURCE, "F-1")
    instrument_keys.revoke(connection, pump, ED25519.kid, actor="test")
    unheard = ED25519.compact(said(seq=9, minute=9))
    tally = intake.take(unheard, unheard, ED25519.compact(said(seq=1, minute=1)))
    assert (tally.messages_quarantined, tally.readings_stored, tally.readings_quarantined) == (3, 0, 3)
    assert intake.causes() == ["key_revoked", "key_revoked"]
    assert connection.execute("SELECT sequence FROM signed_message").fetchall() == [(1,)]
    new = Signer(Algorithm.SM2SM3, "key-2", seed=5)
    instrument_keys.add(connection, pump, new.kid, new.public_key, actor="test")
    intake.now += LOOK.total_seconds()
    assert timedelta(seconds=60) > LOOK
    tally = intake.take(ED25519.compact(said(seq=2, minute=2)), new.compact(said(seq=3, minute=3)))
    assert (tally.messages_quarantined, tally.readings_stored) == (1, 1)
    assert intake.take(json.dumps(said(seq=4)).encode(), topic=UNSIGNED).messages_quarantined == 1
    assert intake.causes() == [*["key_revoked"] * 3, "unsigned_required"]


def test_a_key_counts_from_its_valid_from_on_and_what_came_unsigned_before_it_is_taken(
    connection: Connection, intake: Intake
) -> None:
    signer = Signer(Algorithm.ED25519, "w", seed=9)
    since = datetime(2026, 11, 22, 12, tzinfo=UTC)
    meter = instrument_keys.number_of(connection, SOURCE, "W-1")
    instrument_keys.add(connection, meter, "w", signer.public_key, actor="test", valid_from=since)
    before, after = since - timedelta(seconds=1), since + timedelta(seconds=1)
    plain, signed = json.dumps(said("W-1")).encode(), signer.compact(said("W-1", minute=1))
    assert intake.take(plain, topic=UNSIGNED, received_at=before).readings_stored == 1
    assert intake.take(signed, received_at=before).messages_quarantined == 1
    assert intake.take(signed, received_at=after).readings_stored == 1
    assert intake.take(plain, topic=UNSIGNED, received_at=after).messages_quarantined == 1
    assert intake.causes() == ["key_not_yet_valid", "unsigned_required"]


def test_an_instrument_enrolled_with_a_key_is_never_known_without_it(connection: Connection, intake: Intake) -> None:
    assert intake.take(GOOD).readings_stored == 1
    with connection.transaction():
        enrol(connection, water_meters=2)
        meter = instrument_keys.number_of(connection, SOURCE, "W-2")
        instrument_keys.add(connection, meter, "w", Signer(Algorithm.ED25519, "w", seed=4).public_key, actor="test")
    intake.now += 3.0  # instruments are looked for again, and keys not yet
    payload = json.dumps(said("W-1") | {"instrument": "W-2"}).encode()
    assert intake.take(payload, topic=UNSIGNED).messages_quarantined == 1
    assert intake.causes() == ["unsigned_required"]


def test_two_writers_with_one_counter_keep_one_content(plain_database: str, connection: Connection) -> None:
    with connect_to(plain_database) as second:
        one, two = Intake(connection), Intake(second)
        with connection.transaction():
            assert one.take(ED25519.compact(said(seq=1))).readings_stored == 1
            second.execute("SET lock_timeout = '100ms'")
            with pytest.raises(Exception, match="lock timeout"):
                two.take(ED25519.compact(said(seq=1, value="9.9", minute=4)))
        assert two.take(ED25519.compact(said(seq=1, value="9.9", minute=4))).messages_quarantined == 1
        assert stored(connection) == 1


def test_takes_back_the_right_rows_though_others_of_the_batch_are_held_for_their_numbers(
    connection: Connection, intake: Intake
) -> None:
    intake.take(ED25519.compact(said(value="1.5")))
    batch = Batch(Identities(lambda question: question(connection)), Instants())
    for topic, payload in (
        (UNSIGNED, json.dumps(said("W-1", None, value="none")).encode()),
        (UNSIGNED, json.dumps(said("W-1", None, value="2", minute=2)).encode()),
        (SIGNED, ED25519.compact(said(value="3", minute=3))),  # its counter is used
        (UNSIGNED, json.dumps(said("W-1", None, value="4", minute=4)).encode()),
    ):
        batch.gather(topic, payload, datetime.now(UTC))
    append(connection, batch.arrivals())
    assert intake.causes() == ["not_a_number", "sequence_conflict"]
    found = connection.execute("SELECT value FROM reading ORDER BY taken_at").fetchall()
    assert found == [(150,), (2000,), (4000,)]
