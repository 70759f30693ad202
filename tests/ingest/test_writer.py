import json
from datetime import UTC, datetime
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from psycopg import OperationalError
from psycopg.errors import NumericValueOutOfRange

from ingest.backlog import Delivery
from ingest.batch import Batch
from ingest.errors import SourceRevoked
from ingest.identity import Identities
from ingest.instants import Instants
from ingest.patience import PatientConnection, Stopped
from ingest.writer import Counted, Decoded, Writer, enter
from store import delivered, intake, quarantine
from store.columns import DAY_SHIFT
from store.connection import Connection
from store.delivered import WIDTH, Delivered
from tests.services.enrolled import SOURCE, connect_to, enrol

RECEIVED = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


def _deliveries(count: int) -> list[Delivery]:
    payloads = [
        {"instrument": "W-1", "readings": [{"taken_at": f"2026-11-22T08:{minute:02}:00Z", "registers": {"volume": 1}}]}
        for minute in range(count)
    ]
    return [
        Delivery(f"telemetry/{SOURCE}/native", json.dumps(payload).encode(), RECEIVED, False, 0, number, b"")
        for number, payload in enumerate(payloads, 1)
    ]


def test_finds_the_one_message_that_the_store_refuses_and_stores_the_others(
    database: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A defect that lets poison through: an instant that no column holds, in the fifth of eleven messages."""
    deliveries = _deliveries(11)
    with connect_to(database) as connection:
        enrol(connection)
    patient = PatientConnection(database, application="tests", stopping=Event())

    class Leaky(Batch):
        def gather(self, topic: str, payload: bytes, received_at: datetime) -> None:
            super().gather(topic, payload, received_at)
            if payload == deliveries[4].payload:
                self._columns.instants[-1] = 2**63 - 2  # beyond PostgreSQL's last instant

    identities = Identities(patient.ask)
    writer = Writer(patient, "tests", lambda: Leaky(identities, Instants()))
    batch = Leaky(identities, Instants())
    for delivery in deliveries:
        batch.gather(delivery.topic, delivery.payload, delivery.received_at)
    monkeypatch.setattr("ingest.columns.local_days", lambda instants, _zone: instants * 0 + DAY_SHIFT)
    ledgers = writer.write(Decoded(batch.arrivals(), deliveries, [(delivery, None) for delivery in deliveries]))
    patient.close()
    assert sum(ledger[SOURCE].messages for ledger in ledgers) == 11
    assert "the store refuses a batch" in caplog.text
    with connect_to(database) as connection:
        total = intake.totals(connection)[SOURCE]
        assert (total.messages, total.messages_quarantined, total.readings_stored) == (11, 1, 10)
        [number] = quarantine.held(connection, cause="store_refusal")
        entry = quarantine.entry(connection, number)
        assert entry is not None
        assert entry.payload == deliveries[4].payload


def test_what_was_refused_unread_stays_refused_when_a_batch_is_taken_apart(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliveries = _deliveries(4)
    with connect_to(database) as connection:
        enrol(connection)
    patient = PatientConnection(database, application="tests", stopping=Event())
    identities = Identities(patient.ask)
    writer = Writer(patient, "tests", lambda: Batch(identities, Instants()))
    revoked = SourceRevoked(SOURCE, "2026-11-22")
    counted: list[Counted] = [(delivery, revoked if number < 2 else None) for number, delivery in enumerate(deliveries)]
    batch = Batch(identities, Instants())
    for delivery, refused in counted:
        enter(batch, delivery, refused)
    append, attempts = intake.append, 0

    def refusing_once(*arguments: Any, **named: Any) -> Any:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise NumericValueOutOfRange
        return append(*arguments, **named)

    monkeypatch.setattr(intake, "append", refusing_once)
    writer.write(Decoded(batch.arrivals(), deliveries, counted))
    patient.close()
    with connect_to(database) as connection:
        total = intake.totals(connection)[SOURCE]
        assert (total.messages, total.messages_quarantined, total.readings_stored) == (4, 2, 2)
        assert len(quarantine.held(connection, cause="source_revoked")) == 2


def test_counts_a_half_once_whose_commit_was_not_answered(
    plain_database: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    deliveries = [each._replace(digest=bytes([each.packet]) * WIDTH) for each in _deliveries(4)]
    with connect_to(plain_database) as connection:
        enrol(connection)
    patient = PatientConnection(plain_database, application="tests", stopping=Event())
    identities = Identities(patient.ask)
    writer = Writer(patient, "tests", lambda: Batch(identities, Instants()))
    batch, whole = Batch(identities, Instants()), Delivered(uuid4(), "tests", b"".join(d.digest for d in deliveries))
    for delivery in deliveries:
        enter(batch, delivery, None)
    batch.count_redelivered(deliveries[0].topic)
    append, attempts = intake.append, 0

    def refusing_then_lost(*arguments: Any, **named: Any) -> Any:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise NumericValueOutOfRange
        answer = append(*arguments, **named)
        if attempts in (2, 4):
            raise OperationalError("committed, but nobody heard it")
        return answer

    monkeypatch.setattr(intake, "append", refusing_then_lost)
    decoded = Decoded(batch.arrivals(whole), [*deliveries, deliveries[0]], [(each, None) for each in deliveries])
    writer.write(decoded)
    patient.close()
    assert "waiting for the database" in caplog.text
    with connect_to(plain_database) as connection:
        total = intake.totals(connection)[SOURCE]
        assert (total.messages, total.readings_stored, total.messages_redelivered) == (4, 4, 1)
        remembered = delivered.recent(connection)
    assert sorted(remembered.values()) == sorted([b"", whole.digests[: 2 * WIDTH], whole.digests[2 * WIDTH :]])
    assert all(whole.comprises(name) for name in remembered)
    assert whole.batch not in remembered


def test_waits_for_a_database_that_is_away_until_told_to_stop(caplog: pytest.LogCaptureFixture) -> None:
    stopping = Event()
    patient = PatientConnection("postgresql://hengjian@127.0.0.1:9/none", application="tests", stopping=stopping)
    stopping.set()
    with pytest.raises(Stopped):
        patient.ask(lambda connection: connection.execute("SELECT 1").fetchone())
    assert "waiting for the database" in caplog.text


def test_does_a_question_again_whose_connection_was_cut(plain_database: str) -> None:
    patient = PatientConnection(plain_database, application="tests", stopping=Event())
    tries = 0

    def question(connection: Connection) -> object:
        nonlocal tries
        tries += 1
        if tries == 1:
            with connect_to(plain_database) as other:
                other.execute("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
        return connection.execute("SELECT 7").fetchone()

    assert patient.ask(question) == (7,)
    assert tries == 2
    patient.close()
