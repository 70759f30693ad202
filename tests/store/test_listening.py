"""Since when somebody has been able to hear."""

from datetime import UTC, datetime, timedelta

from store import listening
from store.listening import WayIn
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


def test_all_of_a_group_hear_since_the_last_of_them_does(database: str) -> None:
    with connect_to(database) as connection:
        for seconds in (0, 20, 40, 60):
            listening.note(connection, "ingest-1", now=NOON + seconds * SECOND)
        listening.note(connection, "ingest-2", now=NOON + 50 * SECOND)
        assert listening.since(connection, now=NOON + 61 * SECOND) == NOON + 50 * SECOND
        assert listening.since(connection, now=NOON + 85 * SECOND) == NOON


def test_an_ingest_without_a_sign_is_missed_for_a_day_and_then_counts_as_retired(database: str) -> None:
    day = timedelta(days=1)
    with connect_to(database) as connection:
        assert not listening.somebody_missing(connection, now=NOON)
        listening.note(connection, "ingest-1", now=NOON)
        assert not listening.somebody_missing(connection, now=NOON + 30 * SECOND)
        assert listening.somebody_missing(connection, now=NOON + 31 * SECOND)
        listening.note(connection, "ingest-2", now=NOON + day)
        assert listening.somebody_missing(connection, now=NOON + day)
        assert not listening.somebody_missing(connection, now=NOON + day + SECOND)


def test_each_way_in_has_listeners_of_its_own(database: str) -> None:
    with connect_to(database) as connection:
        listening.note(connection, "ingest-1", now=NOON)
        listening.note(connection, "api", way=WayIn.HTTP, now=NOON + 60 * SECOND)
        listening.note(connection, "api", way=WayIn.MQTT, now=NOON + 61 * SECOND)
        assert listening.since(connection, WayIn.HTTP, now=NOON + 62 * SECOND) == NOON + 60 * SECOND
        assert listening.since(connection, WayIn.MQTT, now=NOON + 62 * SECOND) == NOON + 61 * SECOND
        assert listening.somebody_missing(connection, now=NOON + 62 * SECOND)
        assert not listening.somebody_missing(connection, WayIn.HTTP, now=NOON + 62 * SECOND)


def test_two_that_give_one_sign_together_are_one_stretch_whichever_comes_first(database: str) -> None:
    with connect_to(database) as connection:
        for seconds in (0, 5, 4.9, 10):
            listening.note(connection, "api", way=WayIn.HTTP, now=NOON + seconds * SECOND)
        assert listening.since(connection, WayIn.HTTP, now=NOON + 10 * SECOND) == NOON


def test_a_clock_set_back_begins_anew(database: str) -> None:
    with connect_to(database) as connection:
        listening.note(connection, "ingest-1", now=NOON)
        listening.note(connection, "ingest-1", now=NOON - 3600 * SECOND)
        assert listening.since(connection, now=NOON - 3600 * SECOND) == NOON - 3600 * SECOND


def test_the_databases_own_clock_serves_where_none_is_given(database: str) -> None:
    with connect_to(database) as connection:
        listening.note(connection, "ingest-1")
        assert listening.since(connection) is not None
