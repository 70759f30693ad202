import json
from datetime import UTC, datetime

import pytest

from ingest.batch import Batch
from ingest.errors import ForeignInstrument
from ingest.identity import Identities
from ingest.instants import Instants
from ingest.replay import NotHeld, replay
from store import instruments, intake, quarantine
from store.instruments import Enrolment
from tests.services.enrolled import SITE, SOURCE, connect_to, enrol

RECEIVED = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
PAYLOAD = json.dumps(
    {
        "instrument": "W-9",
        "readings": [{"taken_at": "2026-11-22T08:15:00+08:00", "registers": {"volume": 1, "flow": 2}}],
        "events": [{"at": "2026-11-22T08:15:00+08:00", "code": "leak"}],
    }
).encode()


def test_takes_a_held_message_in_and_the_ledger_still_adds_up(database: str) -> None:
    with connect_to(database) as connection:
        enrol(connection)
        batch = Batch(Identities(lambda question: question(connection)), Instants())
        for _ in range(3):
            batch.add(f"telemetry/{SOURCE}/native", PAYLOAD, RECEIVED)
        intake.append(connection, batch.arrivals())
        [number] = quarantine.held(connection)
        refusal = replay(connection, number, actor="tests")
        assert refusal is not None
        assert refusal.code == "unknown_instrument"
        assert quarantine.held(connection) == [number]

        instruments.enrol(connection, [Enrolment(SOURCE, "W-9", "water_meter", SITE)])
        assert replay(connection, number, actor="tests") is None
        total = intake.totals(connection)[SOURCE]
        assert (total.messages, total.messages_quarantined) == (3, 0)
        assert (total.readings, total.readings_stored, total.readings_repeated) == (6, 2, 4)
        assert (total.events, total.events_stored, total.events_repeated) == (3, 1, 2)
        assert (total.readings_quarantined, total.events_quarantined) == (0, 0)
        assert connection.execute("SELECT DISTINCT received_at FROM reading").fetchall() == [(RECEIVED,)]
        assert connection.execute("SELECT way FROM intake ORDER BY id").fetchall() == [("mqtt",), (None,), (None,)]
        audited = "SELECT actor, action, detail ->> 'readings_stored' FROM audit WHERE subject = %s"
        assert connection.execute(audited, (f"quarantine:{number}",)).fetchall() == [
            ("tests", "quarantine.release", "2")
        ]
        with pytest.raises(NotHeld):
            replay(connection, number, actor="tests")


def test_says_once_that_a_source_spoke_for_an_instrument_of_another_however_often_it_is_replayed(
    plain_database: str,
) -> None:
    with connect_to(plain_database) as connection:
        enrol(connection, water_meters=9)
        instruments.enrol(connection, [Enrolment("other", "O-1", "water_meter", SITE)])
        batch = Batch(Identities(lambda question: question(connection)), Instants())
        batch.add("telemetry/other/native", PAYLOAD, RECEIVED)
        intake.append(connection, batch.arrivals())
        [number] = quarantine.held(connection, cause="foreign_instrument")
        for _ in range(2):
            assert isinstance(replay(connection, number, actor="tests"), ForeignInstrument)
        assert connection.execute("SELECT count(*) FROM audit WHERE action = 'source.refused'").fetchone() == (1,)


def test_what_could_not_be_counted_is_counted_when_it_is_taken(plain_database: str) -> None:
    with connect_to(plain_database) as connection:
        batch = Batch(Identities(lambda question: question(connection)), Instants())
        batch.add(f"telemetry/{SOURCE}/later", PAYLOAD, RECEIVED)
        intake.append(connection, batch.arrivals())
        assert intake.totals(connection)[SOURCE].readings == 0
        connection.execute("UPDATE quarantine SET topic = 'telemetry/city/native'")  # as if the decoder had come
        enrol(connection)
        instruments.enrol(connection, [Enrolment(SOURCE, "W-9", "water_meter", SITE)])
        [number] = quarantine.held(connection)
        assert replay(connection, number, actor="tests") is None
        total = intake.totals(connection)[SOURCE]
        assert (total.messages, total.readings, total.readings_stored, total.events) == (1, 2, 2, 1)
