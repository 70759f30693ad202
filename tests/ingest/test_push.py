"""What a push keeps to by itself; its way over HTTP is examined in tests/api, that of files in test_import_command."""

from collections.abc import Callable, Iterator
from datetime import datetime
from threading import Event
from typing import Any

import pytest

from ingest import chunk_work, chunks
from ingest.batch import Batch
from ingest.chunks import Medium
from ingest.errors import DecodeError
from ingest.push import Desk, Push, Receipt
from ingest.push_errors import PushStopped, SourceRevoked, TooFast
from store import intake, keys, quarantine
from store.columns import DAY_SHIFT
from store.connection import Connection
from store.keys import Role
from store.pushes import PushName, Way
from tests.services.enrolled import SOURCE, connect_to, enrol

Take = Callable[..., Receipt]


def line(number: int) -> bytes:
    return (
        b'{"instrument":"W-1","readings":[{"taken_at":"2026-11-01T00:%02d:%02dZ","registers":{"volume":"%d.5"}}]}\n'
        % (number // 60, number % 60, number)
    )


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with connect_to(database) as made:
        enrol(made)
        yield made


@pytest.fixture
def stopping() -> Event:
    return Event()


@pytest.fixture
def take(database: str, connection: Connection, stopping: Event, monkeypatch: pytest.MonkeyPatch) -> Iterator[Take]:
    monkeypatch.setattr(chunks, "CHUNK_MESSAGES", 11)
    with connect_to(database) as asked:
        desk = Desk(lambda question: question(asked), stopping)

        def run(
            blocks: Any, receipt: Receipt | None = None, *, key: str | None = None, limited: bool = True
        ) -> Receipt:
            made = receipt or Receipt()
            push = Push(PushName(SOURCE, Way.HTTP, "k"), Medium.NDJSON, blocks, key, limited=limited)
            desk.take(connection, push, made)
            return made

        yield run


def test_finds_the_one_message_that_the_store_refuses_and_stores_the_others_in_the_same_transaction(
    take: Take, connection: Connection, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A defect that lets poison through: an instant that no column holds, in the fifth of eleven messages."""
    poison = line(4).strip()

    class Leaky(Batch):
        def add(self, topic: str, payload: bytes, received_at: datetime) -> DecodeError | None:
            refusal = super().add(topic, payload, received_at)
            if payload == poison:
                self._columns.instants[-1] = 2**63 - 2  # beyond PostgreSQL's last instant
            return refusal

    monkeypatch.setattr(chunk_work, "Batch", Leaky)
    monkeypatch.setattr("ingest.columns.local_days", lambda instants, _zone: instants * 0 + DAY_SHIFT)
    receipt = take([line(number) for number in range(15)])
    assert "the store refuses a chunk" in caplog.text
    assert (receipt.tally.messages, receipt.tally.messages_quarantined, receipt.tally.readings_stored) == (15, 1, 14)
    [refusal] = receipt.refusals
    assert (refusal.line, refusal.cause) == (5, "store_refusal")
    assert refusal.quarantine is not None
    entry = quarantine.entry(connection, refusal.quarantine)
    assert entry is not None
    assert entry.payload == poison
    assert intake.totals(connection)[SOURCE] == receipt.tally
    assert connection.execute("SELECT count(DISTINCT committed_at) FROM intake").fetchone() == (2,)  # chunks


def test_what_was_committed_is_counted_though_the_content_ends_in_an_error(take: Take, connection: Connection) -> None:
    class Lost(Exception):
        pass

    def breaking() -> Iterator[bytes]:
        yield b"".join(line(number) for number in range(25))
        raise Lost

    receipt = Receipt()
    with pytest.raises(Lost):
        take(breaking(), receipt)
    assert (receipt.committed, receipt.tally.messages) == (2, 22)
    assert intake.totals(connection)[SOURCE] == receipt.tally
    whole = take([line(number) for number in range(25)])
    assert (whole.known, whole.committed, whole.tally.messages) == (2, 1, 25)
    assert intake.totals(connection)[SOURCE] == whole.tally


def test_stops_behind_the_chunk_in_hand(take: Take, connection: Connection, stopping: Event) -> None:
    def told_to_stop() -> Iterator[bytes]:
        yield b"".join(line(number) for number in range(11))
        stopping.set()
        yield b"".join(line(number) for number in range(11, 22))

    with pytest.raises(PushStopped):
        take(told_to_stop())
    assert intake.totals(connection)[SOURCE].messages == 11


def test_a_source_or_key_that_is_revoked_meanwhile_ends_what_it_began(
    take: Take, connection: Connection, database: str
) -> None:
    key = keys.create(connection, name="x", role=Role.SOURCE, actor="test", source=SOURCE).split("_")[1]

    def revoked() -> Iterator[bytes]:
        yield b"".join(line(number) for number in range(11))
        yield b"".join(line(number) for number in range(11, 22))
        keys.revoke(administrator, key_id=key, actor="test")
        yield b"".join(line(number) for number in range(22, 33))

    with connect_to(database) as administrator, pytest.raises(SourceRevoked):
        take(revoked(), key=key)
    assert intake.totals(connection)[SOURCE].messages in {11, 22}


def test_rates_hold_for_what_is_pushed_and_not_for_what_an_operator_imports(take: Take, connection: Connection) -> None:
    connection.execute("UPDATE source SET messages_per_second = 0.5")
    content = [line(number) for number in range(33)]
    with pytest.raises(TooFast) as refused:
        take(content)
    assert refused.value.wait.total_seconds() > 10
    assert intake.totals(connection)[SOURCE].messages == 11
    assert take(content, limited=False).tally.messages == 33


def test_the_ledger_says_which_way_it_came(take: Take, connection: Connection) -> None:
    take([line(number) for number in range(22)])
    assert connection.execute("SELECT DISTINCT way FROM intake").fetchall() == [("http",)]
