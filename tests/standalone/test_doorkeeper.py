"""Who is let in while the database comes and goes, and what becomes of passwords that hold no longer."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from standalone import doorkeeper
from standalone.broker import EmbeddedBroker
from standalone.doorkeeper import Doorkeeper
from standalone.port import free_port
from store import credentials, sql
from store.connection import Connection, connect
from tests.services.enrolled import SOURCE, connect_to, enrol
from tests.services.mqtt_client import Listener


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(tmp_path / "broker") as running:
        yield running


@pytest.fixture
def connection(plain_database: str) -> Iterator[Connection]:
    with connect_to(plain_database) as made:
        yield made


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def keeper(broker: EmbeddedBroker, plain_database: str, said: list[str]) -> Doorkeeper:
    return Doorkeeper(broker, plain_database, lambda who, line: said.append(f"{who}: {line}"))


def lets_in(broker: EmbeddedBroker, code: str, password: str) -> bool:
    address = broker.address().replace("mqtt://", f"mqtt://{code}:{password}@")
    with Listener(address, f"{code}-asks") as client:
        return client.connections > 0


def test_a_database_that_is_away_is_said_and_asked_again_next_time(
    keeper: Doorkeeper, connection: Connection, said: list[str], broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(connection)
    away = f"postgresql://hengjian@127.0.0.1:{free_port()}/none"
    with monkeypatch.context() as patch:
        patch.setattr(doorkeeper, "connect", lambda _url, **options: connect(away, **options))
        keeper.admit_or_say()
    with monkeypatch.context() as patch:
        patch.setattr(doorkeeper, "connect", _recovering)
        keeper.admit_or_say()
    assert SOURCE not in broker.passwords.known()
    assert [line.partition(":")[0] for line in said] == ["up", "up"]
    assert "no connection to the database" in said[0]
    assert "in recovery mode" in said[1]
    assert "\n" not in "".join(said)
    keeper.admit_or_say()
    assert lets_in(broker, SOURCE, broker.passwords.known()[SOURCE])


def test_a_source_that_its_instruments_made_known_gets_a_password_once(
    keeper: Doorkeeper, connection: Connection, said: list[str], broker: EmbeddedBroker
) -> None:
    enrol(connection)
    keeper.admit()
    password = broker.passwords.known()[SOURCE]
    keeper.admit()
    assert broker.passwords.known()[SOURCE] == password
    assert [line for line in said if SOURCE in line] == said
    assert len(said) == 1
    audited = connection.execute(sql.statements("audit")["of_subject"], {"subject": f"source:{SOURCE}"}).fetchall()
    assert [(actor, action) for _, actor, action, _ in audited] == [("service:up", "source.add")]


def test_a_password_made_by_command_lets_in_and_is_kept_nowhere_else(
    keeper: Doorkeeper, connection: Connection, broker: EmbeddedBroker
) -> None:
    password = credentials.add(connection, "utility", actor="test")
    assert password is not None
    keeper.admit()
    assert lets_in(broker, "utility", password)
    assert "utility" not in broker.passwords.known()
    assert all(
        password not in path.read_text(errors="replace") for path in broker.directory.iterdir() if path.is_file()
    )


def test_what_was_rotated_or_revoked_is_let_in_no_longer_and_forgotten(
    keeper: Doorkeeper, connection: Connection, said: list[str], broker: EmbeddedBroker
) -> None:
    enrol(connection)
    keeper.admit()
    first = broker.passwords.known()[SOURCE]
    second = credentials.rotate(connection, SOURCE, actor="test")
    assert second is not None
    keeper.admit()
    assert (lets_in(broker, SOURCE, first), lets_in(broker, SOURCE, second)) == (False, True)
    assert SOURCE not in broker.passwords.known()
    assert "holds no longer" in said[-1]
    credentials.revoke(connection, SOURCE, actor="test")
    keeper.admit()
    assert not lets_in(broker, SOURCE, second)


def test_a_broker_of_an_earlier_version_keeps_the_passwords_that_its_sources_use(
    keeper: Doorkeeper, connection: Connection, broker: EmbeddedBroker
) -> None:
    password = broker.ensure_source(SOURCE)
    enrol(connection)
    keeper.admit()
    assert broker.passwords.known()[SOURCE] == password
    assert lets_in(broker, SOURCE, password)


def _recovering(_url: str, application: str, *, autocommit: bool) -> contextlib.AbstractContextManager[None]:
    del application, autocommit
    raise psycopg.errors.AdminShutdown("terminating connection;\nthe database system is in recovery mode")
