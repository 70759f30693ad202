"""Publishing through real brokers: everything is acknowledged, and a restart loses nothing."""

import json
from itertools import islice

import pytest

from simulators.broker_address import BrokerAddress
from simulators.encoding import Message
from simulators.line import BrokerRefused, BrokerUnreachable
from simulators.publisher import Publisher
from tests.services.fixtures import Broker
from tests.services.mqtt_client import Listener

pytestmark = pytest.mark.journey


def publisher_for(broker: Broker, *sources: str) -> Publisher:
    credentials = {source: broker.ensure_source(source) for source in sources}
    return Publisher(BrokerAddress.of(broker.url()), credentials, broker.mqtt_version)


def messages(source: str, count: int) -> list[Message]:
    return [
        Message(0.0, source, json.dumps({"instrument": f"{source}-{number}"}).encode(), readings=2, transactions=1)
        for number in range(count)
    ]


def test_counts_what_the_broker_acknowledged_for_every_source(broker: Broker) -> None:
    with (
        publisher_for(broker, "city-water", "city-gas") as publisher,
        Listener(broker.url(), "taker", subscribe="telemetry/#", version=broker.mqtt_version) as taker,
    ):
        sent = messages("city-water", 300) + messages("city-gas", 200)
        for message in sent:
            publisher.publish(message)
        publisher.settle()
        assert publisher.totals.published.messages == publisher.totals.acknowledged.messages == 500
        assert publisher.totals.acknowledged.readings == 1000
        assert publisher.totals.acknowledged.transactions == 500
        assert taker.wait(lambda: len(set(taker.bodies())) == 500)
        topics = {topic for topic, _, _ in taker.received}
        assert topics == {"telemetry/city-water/native", "telemetry/city-gas/native"}


def test_a_broker_restarted_in_the_middle_gets_everything(broker: Broker) -> None:
    with (
        publisher_for(broker, "city-water") as publisher,
        Listener(broker.url(), "taker", subscribe="telemetry/#", version=broker.mqtt_version) as taker,
    ):
        to_send = iter(messages("city-water", 4000))
        for message in islice(to_send, 2000):
            publisher.publish(message)
        broker.restart()
        for message in to_send:
            publisher.publish(message)
        publisher.settle()
        assert publisher.totals.acknowledged.messages == 4000
        assert taker.wait(lambda: len(set(taker.bodies())) == 4000, 60)


def test_a_wrong_password_is_said_at_once(broker: Broker) -> None:
    broker.ensure_source("city-water")
    address = BrokerAddress.of(broker.url())
    with (
        pytest.raises(BrokerRefused, match="the broker refuses city-water"),
        Publisher(address, {"city-water": "wrong"}, broker.mqtt_version) as publisher,
    ):
        publisher.open(["city-water"])


def test_a_missing_broker_is_said_at_once(broker: Broker) -> None:
    address = BrokerAddress.of(broker.url())
    broker.stop()
    with (
        pytest.raises(BrokerUnreachable, match="no broker answers at"),
        Publisher(address, {}, broker.mqtt_version) as publisher,
    ):
        publisher.open(["city-water"])
