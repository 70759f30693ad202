"""Whether the broker keeps what it acknowledges, asked of real brokers that do and that do not."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import broker_probe
from ingest.broker import mosquitto
from ingest.broker_check import BrokerUnfit, SessionMemory, before_listening, examine
from ingest.settings import IngestSettings
from standalone.port import free_port
from tests.services.fixtures import Broker
from tests.services.mosquitto import Mosquitto
from tests.services.mqtt_client import Listener


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that runs other tests beside may take longer than a start may."""
    monkeypatch.setattr(broker_probe, "PATIENCE", 20.0)


def settings(broker: Broker, check: str = "warn", **more: str) -> IngestSettings:
    return IngestSettings.model_validate(
        {"broker_url": broker.url(), "mqtt_version": broker.mqtt_version, "broker_check": check, **more}
    )


@pytest.fixture
def forgetful(tmp_path: Path) -> Iterator[Mosquitto]:
    """Mosquitto with the queue that it has unless told otherwise."""
    made = Mosquitto(tmp_path / "forgetful")
    file = made.directory / mosquitto.FILE
    file.write_text(file.read_text(encoding="utf-8").replace("max_queued_messages 0\n", ""), encoding="utf-8")
    made.start()
    yield made
    made.stop()


def test_a_broker_that_keeps_everything_is_found_so(broker: Broker) -> None:
    answer = examine(settings(broker))
    assert (answer.published, answer.kept, answer.undecided, answer.faults()) == (1100, 1100, "", [])
    before_listening(settings(broker, "refuse"))


def test_leaves_nothing_behind_and_hears_no_telemetry(broker: Broker) -> None:
    broker.ensure_source("water")
    asked = settings(broker)
    with (
        Listener(broker.url(), asked.ingest_name, subscribe="telemetry/#", version=broker.mqtt_version) as ingest,
        Listener(broker.url("water"), "water", version=broker.mqtt_version) as water,
    ):
        water.publish("telemetry/water/native", b"one").wait_for_publish(10)
        assert examine(asked).kept == 1100
        assert ingest.wait(lambda: bool(ingest.received))
        assert ingest.bodies() == [b"one"]
        assert ingest.connections == 1
    with Listener(broker.url(), f"{asked.ingest_name}-probe", version=broker.mqtt_version) as after:
        assert not after.wait(lambda: bool(after.received), seconds=0.5)


def test_a_queue_of_a_thousand_is_found_out_and_said(forgetful: Mosquitto, caplog: pytest.LogCaptureFixture) -> None:
    answer = examine(settings(forgetful))
    assert (answer.published, answer.kept) == (1100, 1000)
    assert answer.version.startswith("mosquitto version 2")
    before_listening(settings(forgetful))
    [said] = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert "MESSAGES WILL BE LOST" in said
    assert "max_queued_messages 0" in said
    with pytest.raises(BrokerUnfit, match="kept 1000"):
        before_listening(settings(forgetful, "refuse"))


def test_is_not_asked_where_the_setting_says_so(forgetful: Mosquitto, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    before_listening(settings(forgetful, "off"))
    assert caplog.records == []


def test_a_user_without_the_right_to_ask_finds_nothing_out_and_accuses_nobody(broker: Broker) -> None:
    broker.ensure_source("water")
    answer = examine(settings(broker, broker_url=broker.url("water")))
    assert answer.undecided
    assert answer.faults() == []


def test_takes_two_seconds_at_most_of_a_broker_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    began = time.monotonic()
    answer = examine(IngestSettings.model_validate({"broker_url": f"mqtt://127.0.0.1:{free_port()}"}))
    assert answer.undecided
    assert answer.faults() == []
    assert time.monotonic() - began < 3


def test_a_session_that_is_gone_though_nobody_ended_it_is_said_loudly(caplog: pytest.LogCaptureFixture) -> None:
    memory = SessionMemory()
    for present in (False, True, True):
        memory.connected(session_present=present)
    assert (memory.lost, caplog.records) == (0, [])
    memory.connected(session_present=False)
    SessionMemory(had_one=True).connected(session_present=False)
    assert memory.lost == 1
    assert ["PROBABLY LOST" in record.message for record in caplog.records] == [True, True]
