"""A broker that forgot the session which kept our messages is noticed, at once and after a restart of ingest."""

import shutil
from pathlib import Path

import pytest

from tests.services.enrolled import SOURCE, connect_to, enrol
from tests.services.fixtures import Pair
from tests.services.mqtt_client import Listener
from tests.services.processes import wait_for
from tests.services.product import product

MESSAGE = b'{"instrument":"W-1","readings":[{"taken_at":"2026-05-01T00:00:00Z","registers":{"volume":"1.000"}}]}'
LOUD = "MESSAGES WERE PROBABLY LOST"


@pytest.mark.journey
def test_a_broker_that_forgot_our_session_is_noticed(pair: Pair, tmp_path: Path) -> None:
    with product(pair, tmp_path / "product", "ingest") as made, connect_to(made.database) as connection:
        broker, ingest = made.broker, made.services["ingest"]
        enrol(connection)
        broker.ensure_source(SOURCE)
        with Listener(broker.url(SOURCE), "city", version=broker.mqtt_version) as city:
            city.publish(f"telemetry/{SOURCE}/native", MESSAGE).wait_for_publish(10)
            wait_for(lambda: connection.execute("SELECT count(*) FROM delivered").fetchone() == (1,))
        assert not ingest.said(LOUD)
        ingest.stop()
        ingest.start()
        ingest.wait_until_said("subscribed to telemetry/#")
        assert not ingest.said(LOUD)
        broker.stop()
        shutil.rmtree(broker.directory / "messages")
        (broker.directory / "messages").mkdir()
        broker.start()
        ingest.wait_until_said(LOUD)
        ingest.stop()
        broker.stop()
        shutil.rmtree(broker.directory / "messages")
        (broker.directory / "messages").mkdir()
        broker.start()
        ingest.start()
        ingest.wait_until_said(LOUD)
