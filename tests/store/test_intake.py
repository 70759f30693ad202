from datetime import UTC, date, datetime
from uuid import uuid4

import numpy as np
import psycopg
import pytest

from metrology.event import Event, EventCode
from metrology.transaction import Transaction
from store import delivered, due, intake
from store.arrivals import Arrivals, ArrivedEvent, ArrivedTransaction, Held
from store.delivered import Delivered
from store.intake import Tally
from tests.services.enrolled import connect_to
from tests.store import rows

AT = datetime(2026, 11, 22, tzinfo=UTC)
DAY = date(2026, 11, 22)


def _arrivals(**more: object) -> Arrivals:
    return Arrivals(
        sources=["city", "town"],
        messages=[4, 2],
        redelivered=[1, 0],
        readings=np.concatenate(
            [rows.readings((1, 0, 1), (1, 24, 2), (1, 0, 1), (1, 0, 5)), rows.readings((4097, 1, 1), source=1)]
        ),
        transactions=[ArrivedTransaction(0, 2, AT, (DAY,), Transaction(1, AT, AT, 5))] * 2,
        events=[ArrivedEvent(1, 4097, AT, DAY, Event(AT, EventCode.LEAK))],
        held=[Held(1, "telemetry/town/native", b"{", "bad_json", "not JSON", AT, readings=3, events=2)],
        **more,  # type: ignore[arg-type]  # one field only
    )


def test_every_statement_of_a_batch_is_accounted_for_by_source(database: str) -> None:
    with connect_to(database) as connection:
        ledger = intake.append(connection, _arrivals())
        assert ledger == {
            "city": Tally(
                messages=4,
                messages_redelivered=1,
                readings=4,
                readings_stored=2,
                readings_repeated=1,
                readings_conflicting=1,
                transactions=2,
                transactions_stored=1,
                transactions_repeated=1,
            ),
            "town": Tally(
                messages=2,
                messages_quarantined=1,
                readings=4,
                readings_stored=1,
                readings_quarantined=3,
                events=3,
                events_stored=1,
                events_quarantined=2,
            ),
        }
        assert intake.totals(connection) == ledger


def test_marks_what_changed_and_only_that(database: str) -> None:
    with connect_to(database) as connection:
        intake.append(connection, _arrivals())
        marks = "SELECT stage, block, day::text FROM due ORDER BY id"
        expected = [
            ("summarise", 0, "2024-08-22"),
            ("summarise", 0, "2024-08-23"),
            ("summarise", 0, "2026-11-22"),
            ("summarise", 1, "2024-08-22"),
            ("summarise", 1, "2026-11-22"),
        ]
        assert connection.execute(marks).fetchall() == expected
        intake.append(connection, _arrivals())
        assert connection.execute(marks).fetchall() == expected


def test_marks_again_what_is_marked_already(database: str) -> None:
    """A mark that stands may be deleted by a watch that looked before this change was committed."""
    with connect_to(database) as connection:
        for hour in (0, 1):
            batch = Arrivals(["city"], [1], [0], readings=rows.readings((1, hour, 1)))
            intake.append(connection, batch)
        assert connection.execute("SELECT count(*) FROM due").fetchone() == (2,)


def test_rings_when_there_is_something_to_judge(database: str) -> None:
    with connect_to(database) as connection, connect_to(database) as watch:
        due.listen(watch)
        intake.append(connection, Arrivals(["city"], [1], [0], readings=rows.readings((1, 0, 1))))
        assert len(list(watch.notifies(timeout=5, stop_after=1))) == 1
        intake.append(connection, Arrivals(["city"], [1], [0], readings=rows.readings((1, 0, 1))))
        assert list(watch.notifies(timeout=0.2)) == []


def test_a_batch_is_committed_once_however_often_it_is_tried(database: str) -> None:
    batch = Delivered(uuid4(), "ingest-1", bytes(range(64)))
    with connect_to(database) as connection:
        assert intake.append(connection, _arrivals(delivered=batch)) != {}
        before = intake.totals(connection)
        assert intake.append(connection, _arrivals(delivered=batch)) == {}
        assert intake.totals(connection) == before
        assert delivered.recent(connection) == {batch.batch: batch.digests}


def test_a_batch_that_fails_leaves_nothing_behind(database: str) -> None:
    poison = _arrivals()
    poison.held.append(Held(0, "telemetry/city", b"", "bad\0json", "", AT))
    with connect_to(database) as connection:
        with pytest.raises(psycopg.DataError):
            intake.append(connection, poison)
        for table in ("reading", "transaction", "event", "quarantine", "due", "intake"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # type: ignore[call-overload]  # test-only name
