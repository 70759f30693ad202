"""Ingest says that it hears while it does, and falls silent itself while it does not."""

from threading import Event
from time import monotonic, sleep

import pytest

from ingest import listening as module
from ingest.listening import Listening
from store import listening
from tests.services.enrolled import connect_to


def eventually(holds: object, seconds: float = 10.0) -> bool:
    until = monotonic() + seconds
    while monotonic() < until:
        if holds():  # type: ignore[operator]  # a callable, as every caller gives
            return True
        sleep(0.02)
    return False


def test_signs_are_noted_while_it_hears_and_none_while_it_does_not(
    plain_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY", 0.02)
    hearing, stopping = Event(), Event()
    Listening(plain_database, "ingest-1", hears=hearing.is_set, stopping=stopping).start()
    with connect_to(plain_database) as connection:
        sleep(0.3)
        assert listening.since(connection) is None
        hearing.set()
        assert eventually(lambda: listening.since(connection) is not None)
        hearing.clear()
        sleep(0.2)
        latest = connection.execute("SELECT until FROM listening").fetchone()
        sleep(0.2)
        assert connection.execute("SELECT until FROM listening").fetchone() == latest
    stopping.set()


def test_a_lost_database_is_waited_for(plain_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY", 0.02)
    stopping = Event()
    Listening(plain_database, "ingest-1", hears=lambda: True, stopping=stopping).start()
    with connect_to(plain_database) as connection:
        assert eventually(lambda: listening.since(connection) is not None)
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%-listening'"
        )
        connection.execute("DELETE FROM listening")
        assert eventually(lambda: listening.since(connection) is not None)
    stopping.set()
