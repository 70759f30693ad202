"""Who is let in while the database comes and goes."""

import contextlib
from pathlib import Path

import psycopg
import pytest

from standalone import doorkeeper
from standalone.broker import EmbeddedBroker
from standalone.doorkeeper import Doorkeeper
from standalone.port import free_port
from store.connection import connect
from tests.services.enrolled import SOURCE, connect_to, enrol


class Letting(EmbeddedBroker):
    """A broker that only notes whom it lets in."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.let_in: list[str] = []

    def ensure_source(self, code: str) -> str:
        self.let_in.append(code)
        return "password"


def test_a_database_that_is_away_is_said_and_asked_again_next_time(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker, said = Letting(tmp_path), []
    keeper = Doorkeeper(broker, database, lambda who, line: said.append(f"{who}: {line}"))
    with connect_to(database) as connection:
        enrol(connection)
    away = f"postgresql://hengjian@127.0.0.1:{free_port()}/none"
    with monkeypatch.context() as patch:
        patch.setattr(doorkeeper, "connect", lambda _url, application: connect(away, application=application))
        keeper.admit_or_say()
    with monkeypatch.context() as patch:
        patch.setattr(doorkeeper, "connect", _recovering)
        keeper.admit_or_say()
    assert broker.let_in == []
    assert [line.partition(":")[0] for line in said] == ["up", "up"]
    assert "no connection to the database" in said[0]
    assert "in recovery mode" in said[1]
    assert "\n" not in "".join(said)
    keeper.admit_or_say()
    assert broker.let_in == [SOURCE]


def _recovering(_url: str, application: str) -> contextlib.AbstractContextManager[None]:
    del application
    raise psycopg.errors.AdminShutdown("terminating connection;\nthe database system is in recovery mode")
