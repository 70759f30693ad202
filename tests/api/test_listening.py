"""The api says that it hears what is pushed while it serves, and ceases with it."""

import asyncio
import time
from collections.abc import Callable

import pytest
from fastapi import FastAPI

from api import problems
from api.metrics import Metrics
from api.pushes import Pushes
from api.settings import ApiSettings
from ingest import listening as module
from ingest.chunks import Medium
from store import listening
from store.connection import Connection
from store.listening import WayIn
from store.pushes import PushName, Way
from tests.api.serving import serving


def eventually(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.02)
    return False


def test_signs_are_noted_while_it_serves_and_none_afterwards(
    application: FastAPI, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY", 0.02)
    connection.autocommit = True
    latest = "SELECT listener, way, until FROM listening"
    with serving(application):
        assert eventually(lambda: listening.since(connection, WayIn.HTTP) is not None)
        assert listening.since(connection, WayIn.MQTT) is None
    time.sleep(0.2)
    [(listener, way, until)] = connection.execute(latest).fetchall()
    assert (listener, way) == ("api", "http")
    time.sleep(0.2)
    assert connection.execute(latest).fetchall() == [(listener, way, until)]


def test_who_turned_a_push_away_did_not_hear(plain_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never() -> dict[str, object]:
        raise AssertionError("nothing is read of a push that is turned away")

    with Pushes.opened(plain_database, ApiSettings(api_pushes=1), Metrics()) as pushes:
        assert pushes.hears()
        monkeypatch.setattr(pushes, "_in_hand", 1)
        with pytest.raises(problems.PushesBusy):
            asyncio.run(pushes.take(never, PushName("city", Way.HTTP, "k"), Medium.NDJSON, key="", packed=False))
        assert not pushes.hears()
        assert pushes.hears()
        pushes.close()
        assert not pushes.hears()
