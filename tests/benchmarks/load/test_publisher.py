from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.load.fleet import Fleet
from benchmarks.load.link import Link
from benchmarks.load.packets import Refused
from benchmarks.load.publisher import publish
from tests.services.fixtures import Broker
from tests.services.mqtt_client import Listener

FLEET = Fleet("meters", 100, datetime(2026, 11, 1, tzinfo=UTC), registers=3)


def link_to(broker: Broker, messages: int) -> Link:
    broker.ensure_source(FLEET.source)
    return Link(broker.url(FLEET.source), FLEET, messages, window=50, version=broker.mqtt_version)


@pytest.mark.journey
def test_all_that_is_acknowledged_arrived(broker: Broker):
    link = link_to(broker, 700)
    with Listener(broker.url(), "load-listener", subscribe="telemetry/#", version=broker.mqtt_version) as listener:
        took = publish([link], patience=timedelta(seconds=20))
        assert listener.wait(lambda: len(listener.received) == 700)
    link.close()
    assert link.account.exact()
    assert link.account.acknowledged == link.account.sent == 700
    assert len(set(listener.bodies())) == 700
    assert took.seconds > 0


@pytest.mark.journey
def test_the_clock_ends_it_between_two_messages(broker: Broker):
    link = link_to(broker, 1_000_000)
    with Listener(broker.url(), "load-listener", subscribe="telemetry/#", version=broker.mqtt_version) as listener:
        publish([link], rate=500, longest=timedelta(seconds=1), patience=timedelta(seconds=20))
        assert listener.wait(lambda: len(listener.received) == link.account.acknowledged)
    link.close()
    assert 0 < link.account.acknowledged <= 600
    assert link.account.exact()


@pytest.mark.journey
def test_a_stranger_is_not_let_in(broker: Broker):
    url = broker.url().replace("ingest:", "stranger:", 1)
    with pytest.raises((Refused, ConnectionError)):
        Link(url, FLEET, 1, window=1, version=broker.mqtt_version)
