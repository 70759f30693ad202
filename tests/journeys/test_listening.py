"""Ingest says that it listens while the broker is there, and says nothing while it is not."""

from collections.abc import Callable

import pytest

from store import listening
from tests.services.enrolled import SOURCE, connect_to, enrol
from tests.services.fixtures import Broker
from tests.services.processes import Process, wait_for

pytestmark = pytest.mark.journey


def test_ingest_notes_that_it_listens_once_it_is_subscribed(
    broker: Broker, plain_database: str, started: Callable[..., Process]
) -> None:
    broker.ensure_source(SOURCE)
    with connect_to(plain_database) as connection:
        enrol(connection)
        process = started(
            broker_url=broker.url(), mqtt_version=broker.mqtt_version, database_url=plain_database, ingest_name="i-1"
        )
        process.wait_until_said("subscribed to telemetry/#")
        wait_for(lambda: listening.since(connection) is not None, why=process.words)
        assert connection.execute("SELECT listener FROM listening").fetchall() == [("i-1",)]
    assert process.stop() == 0


def test_ingest_without_a_broker_notes_nothing(plain_database: str, started: Callable[..., Process]) -> None:
    process = started(broker_url="mqtt://127.0.0.1:9", database_url=plain_database)
    process.wait_until_said("trying again")
    with connect_to(plain_database) as connection:
        assert listening.since(connection) is None
    assert process.stop() == 0
