"""Since when somebody has been able to hear."""

from datetime import UTC, datetime, timedelta

from store import listening
from tests.services.enrolled import connect_to

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_signs_close_to_one_another_are_one_stretch_and_a_break_begins_another(database: str) -> None:
    with connect_to(database) as connection:
        assert listening.since(connection, now=NOON) is None
        for seconds in (0, 5, 30, 60):
            listening.note(connection, "ingest-1", now=NOON + seconds * SECOND)
        assert listening.since(connection, now=NOON + 90 * SECOND) == NOON
        assert listening.since(connection, now=NOON + 91 * SECOND) is None
        listening.note(connection, "ingest-1", now=NOON + 100 * SECOND)
        assert listening.since(connection, now=NOON + 101 * SECOND) == NOON + 100 * SECOND


def test_one_listener_that_hears_is_enough(database: str) -> None:
    with connect_to(database) as connection:
        for seconds in (0, 20, 40, 60):
            listening.note(connection, "ingest-1", now=NOON + seconds * SECOND)
        listening.note(connection, "ingest-2", now=NOON + 50 * SECOND)
        assert listening.since(connection, now=NOON + 61 * SECOND) == NOON
        assert listening.since(connection, now=NOON + 75 * SECOND) == NOON


def test_a_clock_set_back_begins_anew(database: str) -> None:
    with connect_to(database) as connection:
        listening.note(connection, "ingest-1", now=NOON)
        listening.note(connection, "ingest-1", now=NOON - 3600 * SECOND)
        assert listening.since(connection, now=NOON - 3600 * SECOND) == NOON - 3600 * SECOND


def test_the_databases_own_clock_serves_where_none_is_given(database: str) -> None:
    with connect_to(database) as connection:
        listening.note(connection, "ingest-1")
        assert listening.since(connection) is not None
