"""What one source cannot do to a broker, tried on both."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from ingest.broker.layout import LARGEST_MESSAGE
from ingest.broker_check import examine
from ingest.settings import IngestSettings
from tests.services.fixtures import Broker
from tests.services.mosquitto import Mosquitto
from tests.services.mqtt_client import Listener

SOURCE = "city-water"
TOPIC = f"telemetry/{SOURCE}/native"
TOPIC_AND_HEAD = 1024
"""More than what a packet has besides its payload [bytes]: Mosquitto's limit is one of packets."""


@pytest.fixture
def lenient(broker: Broker) -> Broker:
    broker.ensure_source(SOURCE)
    return broker


def test_a_message_of_the_largest_size_passes_and_one_above_ends_the_connection(lenient: Broker) -> None:
    version = lenient.mqtt_version
    with Listener(lenient.url(), "ingest", subscribe="telemetry/#", version=version) as ingest:
        with Listener(lenient.url(SOURCE), SOURCE, version=version) as source:
            source.publish(TOPIC, b"\0" * (LARGEST_MESSAGE - TOPIC_AND_HEAD)).wait_for_publish(20)
            assert source.connections == 1
            large = source.publish(TOPIC, b"\0" * (LARGEST_MESSAGE + 1))
            # It sends again when it is back, and is disconnected again.
            assert source.wait(lambda: source.connections > 2)
            assert not large.is_published()
        with Listener(lenient.url(SOURCE), "another", version=version) as source:
            source.publish(TOPIC, b"after").wait_for_publish(20)
        assert ingest.wait(lambda: b"after" in ingest.bodies())
    assert [len(body) for body in ingest.bodies()] == [LARGEST_MESSAGE - TOPIC_AND_HEAD, len(b"after")]


@pytest.mark.parametrize("broker", ["nats"], indirect=True)
def test_nats_takes_no_message_of_qos_2_that_could_stay_unreleased(lenient: Broker) -> None:
    with Listener(lenient.url(SOURCE), SOURCE) as source:
        sent = source.client.publish(TOPIC, b"never released", qos=2)
        assert source.wait(lambda: source.connections > 2)
        assert not sent.is_published()


def test_mosquitto_told_to_retain_nothing_ends_the_connection_of_who_asks_and_serves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.broker_probe.PATIENCE", 20.0)  # others use this disk too
    broker = Mosquitto(tmp_path / "mosquitto", retain=False)
    broker.start()
    try:
        for code in (SOURCE, "other"):
            broker.ensure_source(code)
        with (
            Listener(broker.url(), "ingest", subscribe="telemetry/#", version="5") as ingest,
            Listener(broker.url(SOURCE), SOURCE, version="5") as source,
            Listener(broker.url("other"), "other", version="5") as other,
        ):
            retained = source.client.publish(TOPIC, b"to be retained", qos=1, retain=True)
            assert source.wait(lambda: source.connections > 1)
            other.publish("telemetry/other/native", b"heard").wait_for_publish(10)
            assert ingest.wait(lambda: ingest.bodies() == [b"heard"])
            assert not retained.is_published()
        answer = examine(IngestSettings(broker_url=SecretStr(broker.url()), mqtt_version="5"))
        assert (answer.faults(), answer.undecided, answer.kept) == ([], "", answer.published)
        assert answer.version == "", "what it is known to cost"
    finally:
        broker.stop()
