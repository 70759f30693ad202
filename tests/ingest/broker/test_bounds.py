"""One source can neither fill nats-server nor shut others out of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import paho.mqtt.client as mqtt
import pytest

from ingest.broker import bounds, room
from ingest.broker.bounds import Held
from ingest.broker.room import RoomKeeper
from standalone.port import LOOPBACK, free_port
from tests.services.half_answer import half_answer
from tests.services.mqtt_client import Listener
from tests.services.nats import Nats
from tests.services.processes import wait_for

MEBIBYTE = 2**20
BOUND = 8 * MEBIBYTE
GREEDY, MODEST = "greedy", "modest"
RETAINED, RETAINED_SIZE = 300, 16 * 2**10
"""Together less than the bound for messages, that waiting for ingest cuts nobody off."""
LARGE = b"\0" * (MEBIBYTE // 8)
"""A hundred of these are more than the bound."""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Nats]:
    """nats-server with little room, that has its bounds."""
    with Nats(tmp_path / "nats", disk=BOUND) as made:
        for code in (GREEDY, MODEST):
            made.ensure_source(code)
        with ingest_of(made):
            pass
        assert look(made).messages == 0
        yield made


def ingest_of(broker: Nats) -> Listener:
    return Listener(broker.url(), "ingest", subscribe="telemetry/#")


def source_of(broker: Nats, code: str) -> Listener:
    return Listener(broker.url(code), f"{code}-client")


def look(broker: Nats) -> Held:
    held = broker.look_after_room(print)
    assert held is not None
    return held


def stored(broker: Nats) -> int:
    """What nats-server has stored of every sort [bytes]."""
    with urlopen(f"{broker.monitor}/jsz") as answer:  # noqa: S310 - our own broker's address
        return int(json.load(answer)["storage"])


def comes_in(broker: Nats, name: str) -> bool:
    """Whether a session of a new name is taken."""
    address = urlsplit(broker.url(GREEDY))
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=name, clean_session=False)
    client.username_pw_set(address.username, address.password)
    client.connect(LOOPBACK, address.port or 0)
    while not client.is_connected() and client.loop(5) == mqtt.MQTT_ERR_SUCCESS:
        continue
    came = client.is_connected()
    client.disconnect()
    return came


def fill(broker: Nats) -> int:
    """Publish until the broker takes no more; how many messages it holds."""
    with source_of(broker, GREEDY) as greedy:
        sent = [greedy.publish(f"telemetry/{GREEDY}/native", LARGE) for _ in range(2 * BOUND // len(LARGE))]
        assert greedy.wait(lambda: greedy.connections > 1)
    held = look(broker).messages
    # The last ones may have been taken and their acknowledgement lost with the connection.
    assert held >= sum(message.is_published() for message in sent) > 0
    return held


def test_what_a_source_wants_retained_is_delivered_once_and_kept_nowhere(broker: Nats) -> None:
    before = stored(broker)
    with ingest_of(broker) as ingest, source_of(broker, GREEDY) as greedy:
        for number in range(RETAINED):
            topic, body = f"telemetry/{GREEDY}/native/{number}", b"\0" * RETAINED_SIZE
            greedy.client.publish(topic, body, qos=1, retain=True)
        assert ingest.wait(lambda: len(ingest.received) == RETAINED)
        with source_of(broker, MODEST) as modest:
            modest.publish(f"telemetry/{MODEST}/native", b"heard").wait_for_publish(10)
        assert ingest.wait(lambda: b"heard" in ingest.bodies())
        assert (ingest.connections, greedy.connections) == (1, 1)
    wait_for(lambda: stored(broker) < before + RETAINED_SIZE)
    with Listener(broker.url(), "another", subscribe=f"telemetry/{GREEDY}/#") as late:
        assert not late.wait(lambda: bool(late.received), seconds=0.3)


def test_what_was_retained_before_it_was_bounded_is_emptied(tmp_path: Path) -> None:
    with Nats(tmp_path / "nats", disk=BOUND) as broker:
        broker.ensure_source(GREEDY)
        before = stored(broker)
        with source_of(broker, GREEDY) as greedy:
            for number in range(10):
                greedy.client.publish(f"telemetry/{GREEDY}/{number}", LARGE, qos=1, retain=True).wait_for_publish(10)
        assert stored(broker) > before + 10 * len(LARGE)
        look(broker)
        assert stored(broker) < before + len(LARGE)
        # The bound is the broker's own from now on.
        broker.kill()
        broker.restart()
        with source_of(broker, GREEDY) as greedy:
            greedy.client.publish(f"telemetry/{GREEDY}/x", LARGE, qos=1, retain=True).wait_for_publish(10)
        assert stored(broker) < before + len(LARGE)


def test_a_full_broker_lets_everybody_in_and_takes_again_when_ingest_has_drained_it(broker: Nats) -> None:
    kept = fill(broker)
    assert BOUND - 2 * MEBIBYTE < kept * len(LARGE) < BOUND
    with source_of(broker, MODEST) as modest, ingest_of(broker) as ingest:
        assert modest.connections == 1
        assert ingest.wait(lambda: len(ingest.received) >= kept)
        modest.publish(f"telemetry/{MODEST}/native", b"after").wait_for_publish(10)
        assert ingest.wait(lambda: b"after" in ingest.bodies())


def test_a_bound_below_what_is_held_gives_up_nothing(broker: Nats, tmp_path: Path) -> None:
    kept = fill(broker)
    broker.stop()
    with Nats(tmp_path / "nats", disk=BOUND // 4) as smaller:
        assert look(smaller).messages == look(smaller).messages == kept
        with ingest_of(smaller) as ingest:
            assert ingest.wait(lambda: len(ingest.received) == kept)


def test_sessions_without_end_leave_those_in_that_are_known(broker: Nats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_SESSIONS", 20)
    monkeypatch.setattr(room, "MOST_SESSIONS", 20)
    with source_of(broker, MODEST):
        pass
    look(broker)
    assert [comes_in(broker, f"name-{number}") for number in range(19)] == [True] * 18 + [False]
    said: list[str] = []
    held = broker.look_after_room(said.append)
    assert held is not None
    assert held.sessions == 20
    assert ["sessions" in line for line in said] == [True]
    with ingest_of(broker) as ingest, source_of(broker, MODEST) as modest:
        modest.publish(f"telemetry/{MODEST}/native", b"known").wait_for_publish(10)
        assert ingest.wait(lambda: ingest.bodies() == [b"known"])


def test_filling_up_is_said_from_four_fifths_on_and_not_again_at_once(broker: Nats) -> None:
    said: list[str] = []
    with source_of(broker, GREEDY) as greedy:
        for eighth in range(1, 8):
            for _ in range(BOUND // 8 // len(LARGE)):
                greedy.publish(f"telemetry/{GREEDY}/native", LARGE).wait_for_publish(10)
            held = broker.look_after_room(said.append)
            assert held is not None
            assert bool(said) == (held.size >= 0.8 * BOUND), (eighth, held)
    assert len(said) == 1
    assert said[0].startswith("THE BROKER FILLS UP: ")


def test_its_gauges_say_what_it_holds_and_whether_it_answers(broker: Nats, tmp_path: Path) -> None:
    fill(broker)
    held = look(broker)
    keeper = broker.room
    assert keeper is not None
    shown = {family.name: family.samples[0].value for family in keeper.registry.collect()}
    assert shown == {
        "broker_up": 1,
        "broker_held_bytes": held.size,
        "broker_room_bytes": BOUND - held.size,
        "broker_held_messages": held.messages,
        "broker_sessions": held.sessions,
    }
    away = RoomKeeper(f"http://{LOOPBACK}:{free_port()}", BOUND, tmp_path)
    assert away.look() is None
    assert away.registry.get_sample_value("broker_up") == 0


def test_a_broker_that_is_killed_while_it_answers_ends_nobody_else(tmp_path: Path) -> None:
    with half_answer() as monitor:
        keeper = RoomKeeper(monitor, BOUND, tmp_path)
        assert keeper.look() is None
    assert keeper.registry.get_sample_value("broker_up") == 0


def test_a_disk_with_less_room_than_the_bound_counts(broker: Nats, monkeypatch: pytest.MonkeyPatch) -> None:
    with source_of(broker, GREEDY) as greedy:
        greedy.publish(f"telemetry/{GREEDY}/native", LARGE).wait_for_publish(10)
    monkeypatch.setattr("shutil.disk_usage", lambda _path: type("Usage", (), {"free": 1000}))
    said: list[str] = []
    broker.look_after_room(said.append)
    assert len(said) == 1
    assert broker.room is not None
    assert broker.room.registry.get_sample_value("broker_room_bytes") == 1000


def test_nobody_but_the_keeper_may_speak_the_brokers_own_protocol(broker: Nats) -> None:
    with urlopen(f"{broker.monitor}/varz") as answer:  # noqa: S310 - our own broker's address
        port = json.load(answer)["port"]
    password = broker.passwords.known()[GREEDY]
    for user in (GREEDY, "$keeper"):
        with pytest.raises(OSError, match=r"(?i)authorization"):
            bounds.NatsConnection((LOOPBACK, port), user, password)
