"""The oracle is itself examined: it must find every way in which a store can be wrong."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from ingest.batch import Batch
from ingest.identity import Identities
from ingest.instants import Instants
from store import intake
from store.connection import Connection
from tests.faults.ledger import Ledger, Message
from tests.faults.recount import sum_up, verify_days
from tests.faults.traffic import BEGIN, METERS, TOPIC, growing, message, said
from tests.services.enrolled import connect_to, enrol

POISON = Message(TOPIC, b"{", cause="bad_json")


def taken(database: str, messages: list[Message]) -> None:
    """Take messages in as ingest does, without a broker."""
    with connect_to(database) as connection:
        enrol(connection, water_meters=METERS)
        _append(connection, messages)


def _append(connection: Connection, messages: list[Message]) -> None:
    batch = Batch(Identities(lambda question: question(connection)), Instants())
    for number, each in enumerate(messages):
        batch.add(each.topic, each.payload, datetime.now(UTC) + timedelta(milliseconds=number))
    intake.append(connection, batch.arrivals())


def known(messages: list[Message]) -> Ledger:
    """A ledger of messages that were all acknowledged at once."""
    ledger = Ledger()
    for each in messages:
        entry = ledger.enter(each)
        entry.sent, entry.acknowledged = 1, True
    return ledger


def published() -> list[Message]:
    """Growth, a repeat, two values that differ from the first, a poisoned message twice."""
    grown = list(growing(7, 400))
    first = grown[3].said[0]
    again = [message(first._replace(value=value)) for value in ("1.000", "2.000", "1.000")]
    return [*grown, grown[5], *again, POISON, POISON]


def test_agrees_with_a_store_that_took_everything(plain_database: str) -> None:
    messages = published()
    taken(plain_database, messages)
    ledger = known(messages)
    ledger.drained(plain_database, quiet=0)
    account = ledger.account(plain_database, in_order_of_publication=True)
    tally = account.tallies["city"]
    assert (tally.messages, tally.messages_quarantined) == (406, 2)
    assert (tally.readings_stored, tally.readings_repeated, tally.readings_conflicting) == (1600, 4 + 1, 2)
    sum_up(plain_database)
    assert verify_days(plain_database) == METERS


BLOWS = {
    "readings are missing": "DELETE FROM reading WHERE value = (SELECT max(value) FROM reading)",
    "readings stand that nobody published": "UPDATE reading SET taken_at = taken_at - interval '1 year' "
    "WHERE value = (SELECT max(value) FROM reading)",
    "readings stand with a value nobody published": "UPDATE reading SET value = value + 1 "
    "WHERE value = (SELECT max(value) FROM reading)",
    "readings whose other values are not exactly their conflicts": "DELETE FROM reading_conflict WHERE value = 2000",
    "readings whose first value did not stay": "UPDATE reading_conflict c SET value = r.value FROM reading r "
    "WHERE c.value = 1000 "
    "AND (r.instrument_id, r.register_id, r.taken_at) = (c.instrument_id, c.register_id, c.taken_at); "
    "UPDATE reading r SET value = 1000 FROM reading_conflict c WHERE c.value = r.value "
    "AND (r.instrument_id, r.register_id, r.taken_at) = (c.instrument_id, c.register_id, c.taken_at)",
    "readings received after a value that differs from them": "UPDATE reading_conflict SET received_at = '2020-01-01Z'",
    "messages taken": "UPDATE intake SET messages = messages - 1",
    "messages quarantined": "UPDATE intake SET messages_quarantined = messages_quarantined - 1",
    "readings stored": "UPDATE intake SET readings = readings + 1, readings_stored = readings_stored + 1",
    "readings repeated": "UPDATE intake SET readings = readings - 1, readings_repeated = readings_repeated - 1",
    "readings conflicting": "UPDATE intake SET readings = readings - 1, "
    "readings_conflicting = readings_conflicting - 1",
    "poisoned messages are not held": "DELETE FROM quarantine",
    "messages are in quarantine that must have been taken": "UPDATE quarantine SET payload = '[]'",
    "poisoned messages are held under another cause": "UPDATE quarantine SET cause = 'too_deep'",
    "poisoned messages are held with a wrong count of receipts": "UPDATE quarantine SET times_received = 1",
    "sources that published nothing": "INSERT INTO intake (source_code, messages) VALUES ('stranger', 1)",
}


@pytest.mark.parametrize("words", BLOWS)
def test_finds_out(plain_database: str, words: str) -> None:
    messages = published()
    taken(plain_database, messages)
    with connect_to(plain_database) as connection:
        for table in ("reading", "reading_conflict", "intake"):
            connection.execute(f"DROP TRIGGER append_only ON {table}")  # type: ignore[arg-type]  # test-only constants
        connection.execute(BLOWS[words])  # type: ignore[arg-type]  # test-only constants
    with pytest.raises(AssertionError, match=words):
        known(messages).account(plain_database, in_order_of_publication=True)


def test_finds_out_that_an_acknowledgement_is_missing(plain_database: str) -> None:
    messages = published()
    taken(plain_database, messages)
    ledger = known(messages)
    ledger.entries[-1].acknowledged = False
    with pytest.raises(AssertionError, match="1 messages were never acknowledged"):
        ledger.account(plain_database)


def test_allows_what_was_sent_again_as_a_repeat_and_no_more(plain_database: str) -> None:
    messages = list(growing(7, 20))
    taken(plain_database, [*messages, messages[2], messages[4]])
    ledger = known(messages)
    ledger.entries[2].sent = 2
    with pytest.raises(AssertionError, match="messages taken: 22, must be 20 to 21"):
        ledger.account(plain_database)
    ledger.entries[4].sent = 2
    assert ledger.account(plain_database).sent_again == 2


@pytest.mark.parametrize(
    "change",
    [
        "consumption = set_bit(consumption, 8, 1 - get_bit(consumption, 8))",
        "hourly = set_bit(hourly, 8, 1 - get_bit(hourly, 8))",
        "night_minimum = set_bit(night_minimum, 8, 1 - get_bit(night_minimum, 8))",
        "maximum_rate = float8send(0.5) || substring(maximum_rate FROM 9)",
        "longest_gap = set_bit(longest_gap, 0, 1 - get_bit(longest_gap, 0))",
        "readings = overlay(readings PLACING int2send(2::smallint) FROM 1)",
        "first_value = set_bit(first_value, 0, 1 - get_bit(first_value, 0))",
        "last_at = first_at",
    ],
)
def test_finds_a_day_that_is_not_what_raw_readings_say(plain_database: str, change: str) -> None:
    taken(plain_database, list(growing(7, 3000, meters=8)))
    sum_up(plain_database)
    assert verify_days(plain_database) == 8 * 5
    with connect_to(plain_database) as connection:
        connection.execute(f"UPDATE day_sheet SET {change} WHERE day = '2024-01-02'")  # type: ignore[arg-type]  # test-only constants
    with pytest.raises(AssertionError, match=change.partition(" ")[0].partition("[")[0]):
        verify_days(plain_database)


def test_finds_a_day_that_was_never_marked_as_due(plain_database: str) -> None:
    taken(plain_database, list(growing(7, 3000, meters=8)))
    with connect_to(plain_database) as connection:
        connection.execute("DELETE FROM due WHERE day = '2024-01-02'")
    sum_up(plain_database)
    with connect_to(plain_database) as connection:
        connection.execute("DELETE FROM day_sheet WHERE day = '2024-01-02'")
    with pytest.raises(AssertionError, match="missing"):
        verify_days(plain_database)


def test_a_statement_is_written_as_the_wire_has_it() -> None:
    made = message(said(3, BEGIN, 1234), said(3, BEGIN, 5, register="flow"))
    assert json.loads(made.payload) == {
        "instrument": "W-3",
        "readings": [{"taken_at": "2024-01-01T00:00:00+00:00", "registers": {"volume": "1.234", "flow": "0.005"}}],
    }
