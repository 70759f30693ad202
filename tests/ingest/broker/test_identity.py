"""Nobody speaks for another: on real brokers, as the product configures them."""

from collections.abc import Iterator

import pytest

from store.credentials import Credential, Kind
from store.passwords import hashes
from tests.services.fixtures import Broker
from tests.services.mqtt_client import Listener
from tests.services.processes import wait_for

FOREIGN = (
    *("#", "+/#", "telemetry/#", "telemetry/gas/#", "$share/x/telemetry/#", "$share/ingest/#"),
    *("command/gas/#", "probe/#"),
)


@pytest.fixture
def ingest(broker: Broker) -> Iterator[Listener]:
    for code in ("water", "gas"):
        broker.ensure_source(code)
    with Listener(broker.url(), "secret-name", subscribe="telemetry/#", version=broker.mqtt_version) as made:
        yield made


def client(broker: Broker, user: str, *, name: str = "", subscribe: str | None = None) -> Listener:
    return Listener(broker.url(user), name or f"{user}-client", subscribe=subscribe, version=broker.mqtt_version)


def test_a_source_speaks_under_its_own_name_alone(broker: Broker, ingest: Listener) -> None:
    with client(broker, "water") as water:
        for topic in ("telemetry/gas/native", "telemetry/waters/native", "telemetry", "command/gas/W-1", "probe/x"):
            water.publish(topic, b"forged")
        # Mosquitto throws out who oversteps, so this may have to wait for the next connection.
        water.publish("telemetry/water/native", b"own")
        assert ingest.wait(lambda: b"own" in ingest.bodies())
    assert ingest.bodies() == [b"own"]


def test_a_last_will_speaks_under_its_own_name_alone(broker: Broker, ingest: Listener) -> None:
    for topic, will in (("telemetry/gas/native", b"forged"), ("telemetry/water/native", b"own")):
        dying = client(broker, "water", name="dying")
        dying.client.will_set(topic, will, qos=1)
        with dying:
            if not dying.connections:
                continue  # nats-server does not even let such a client in
            connection = dying.client.socket()
            assert connection is not None
            dying.client.loop_stop()
            connection.close()
    assert ingest.wait(lambda: b"own" in ingest.bodies())
    assert ingest.bodies() == [b"own"]


@pytest.mark.parametrize("asked", FOREIGN)
def test_a_source_hears_nothing_but_its_own_commands(broker: Broker, ingest: Listener, asked: str) -> None:
    with client(broker, "water", subscribe=asked) as curious, client(broker, "gas") as gas:
        gas.publish("telemetry/gas/native", b"private").wait_for_publish(10)
        assert ingest.wait(lambda: ingest.bodies() == [b"private"])
        assert not curious.wait(lambda: bool(curious.received), seconds=0.3)


def test_ingest_hears_and_speaks_for_nobody(broker: Broker, ingest: Listener) -> None:
    with client(broker, "ingest", name="other") as other, client(broker, "gas") as gas:
        other.publish("telemetry/gas/native", b"forged")
        gas.publish("telemetry/gas/native", b"own").wait_for_publish(10)
        assert ingest.wait(lambda: b"own" in ingest.bodies())
    assert ingest.bodies() == [b"own"]


def test_a_session_whose_name_is_not_known_cannot_be_taken_over(broker: Broker, ingest: Listener) -> None:
    for guessed in ("ingest", "hengjian-ingest", "hengjian-ingest-0", "secret"):
        with client(broker, "water", name=guessed) as thief, client(broker, "gas") as gas:
            gas.publish("telemetry/gas/native", guessed.encode()).wait_for_publish(10)
            assert ingest.wait(lambda guessed=guessed: guessed.encode() in ingest.bodies())
            assert thief.received == []
    assert ingest.connections == 1


def test_a_session_whose_name_is_known_is_taken_over_though_nothing_is_heard_in_it(
    broker: Broker, ingest: Listener
) -> None:
    """What a name that leaks would do, and why it is secret."""
    with client(broker, "water", name="secret-name") as thief, client(broker, "gas") as gas:
        assert ingest.wait(lambda: ingest.connections > 1 or not ingest.client.is_connected())
        gas.publish("telemetry/gas/native", b"private").wait_for_publish(10)
        assert not any(body == b"private" for body in thief.bodies())


def test_a_revoked_source_is_cut_off_and_another_loses_nothing(broker: Broker, ingest: Listener) -> None:
    kept, lost = (Credential(code, Kind.PASSWORD, hashes("p")) for code in ("gas", "water"))
    broker.let_in([kept, lost])
    wait_for(lambda: _may_enter(broker, "water", "p"))
    with entering(broker, "gas", "p") as gas, entering(broker, "water", "p") as water:
        assert water.client.is_connected()
        for number in range(300):
            gas.publish("telemetry/gas/native", b"%d" % number)
            if number == 150:
                broker.let_in([kept])
        wait_for(lambda: not water.client.is_connected())
        for number in range(300, 400):
            gas.publish("telemetry/gas/native", b"%d" % number).wait_for_publish(10)
        assert ingest.wait(lambda: len(set(ingest.bodies())) == 400)
        assert not _may_enter(broker, "water", "p")
        assert (gas.connections, ingest.connections) == (1, 1)


def test_after_a_rotation_the_new_password_alone_lets_in(broker: Broker, ingest: Listener) -> None:
    broker.let_in([Credential("water", Kind.PASSWORD, hashes("new")), Credential("gas", Kind.PASSWORD, hashes("g"))])
    wait_for(lambda: _may_enter(broker, "water", "new"))
    assert not _may_enter(broker, "water", _password(broker, "water"))
    assert ingest.connections == 1


def _password(broker: Broker, user: str) -> str:
    return broker.url(user).split("@")[0].rsplit(":", 1)[1]


def entering(broker: Broker, user: str, password: str) -> Listener:
    url = broker.url(user).replace(f":{_password(broker, user)}@", f":{password}@")
    return Listener(url, f"{user}-enters", version=broker.mqtt_version)


def _may_enter(broker: Broker, user: str, password: str) -> bool:
    with entering(broker, user, password) as made:
        return made.connections > 0
