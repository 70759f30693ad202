"""From a source's publication to the store, through real brokers and real databases."""

import json
import random
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from store import intake, quarantine
from store.intake import Tally
from tests.services.enrolled import SOURCE, connect_to, enrol
from tests.services.fixtures import Broker
from tests.services.mqtt_client import Listener
from tests.services.processes import Process, wait_for

pytestmark = pytest.mark.journey

START = datetime(2026, 11, 1, tzinfo=UTC)
Started = Callable[..., Process]


def _message(number: int) -> bytes:
    readings = [
        {
            "taken_at": (START + timedelta(minutes=number, seconds=second)).isoformat(),
            "registers": {"volume": f"{number}.{second:03d}", "flow": 0.125},
        }
        for second in range(5)
    ]
    return json.dumps({"instrument": f"W-{number % 20 + 1}", "seq": number, "readings": readings}).encode()


def _settings(broker: Broker, database: str) -> dict[str, str]:
    return {"broker_url": broker.url(), "mqtt_version": broker.mqtt_version, "database_url": database}


def _total(database: str) -> Tally:
    with connect_to(database) as connection:
        return intake.totals(connection).get(SOURCE, Tally())


def _publish(broker: Broker, bodies: list[bytes], topic: str = f"telemetry/{SOURCE}/native") -> None:
    with Listener(broker.url(SOURCE), "publisher", version=broker.mqtt_version) as publisher:
        for info in [publisher.publish(topic, body) for body in bodies]:
            info.wait_for_publish(60)
            assert info.is_published()


@pytest.fixture
def ready(broker: Broker, database: str) -> str:
    broker.ensure_source(SOURCE)
    with connect_to(database) as connection:
        enrol(connection, water_meters=20)
    return database


def test_stores_what_is_published_and_accounts_for_every_message(broker: Broker, ready: str, started: Started) -> None:
    process = started(**_settings(broker, ready))
    process.wait_until_said("subscribed to telemetry/#")
    bodies = [_message(number) for number in range(200)]
    conflicting = bodies[3].replace(b'"3.001"', b'"4.001"')
    _publish(broker, [*bodies, bodies[0], conflicting, conflicting, b"{", b"\x00" * 2_000_000])
    wait_for(lambda: _total(ready).messages == 205, why=process.words)
    total = _total(ready)
    assert (total.messages_quarantined, total.messages_redelivered) == (2, 0)
    assert (total.readings, total.readings_stored) == (203 * 10, 2000)
    assert (total.readings_repeated, total.readings_conflicting) == (29, 1)
    with connect_to(ready) as connection:
        assert [count.cause for count in quarantine.counts(connection)] == ["bad_json", "too_large"]
        assert connection.execute("SELECT count(*) FROM reading").fetchone() == (2000,)
        assert connection.execute("SELECT DISTINCT stage, block FROM due").fetchall() == [("summarise", 0)]
    assert process.stop() == 0


def test_counts_every_message_once_though_it_is_killed_again_and_again(
    broker: Broker, ready: str, started: Started
) -> None:
    generator = random.Random(20_261_122)
    process = started(**_settings(broker, ready), batch_messages="7")
    process.wait_until_said("subscribed to telemetry/#")
    with Listener(broker.url(SOURCE), "publisher", version=broker.mqtt_version) as publisher:
        infos = [publisher.publish(f"telemetry/{SOURCE}/native", _message(number)) for number in range(600)]
        for moment in sorted(generator.sample(range(1, 500), 4)):
            wait_for(lambda moment=moment: _total(ready).messages >= moment, why=process.words)
            process.kill()
            process.start()
        for info in infos:
            info.wait_for_publish(60)
    wait_for(lambda: _total(ready).messages >= 600, seconds=90, why=process.words)
    process.stop()
    total = _total(ready)
    assert (total.messages, total.readings, total.readings_stored) == (600, 6000, 6000)
    assert (total.readings_repeated, total.readings_conflicting, total.messages_quarantined) == (0, 0, 0)


def test_finishes_what_it_has_in_hand_when_told_to_stop(broker: Broker, ready: str, started: Started) -> None:
    process = started(**_settings(broker, ready))
    process.wait_until_said("subscribed to telemetry/#")
    _publish(broker, [_message(number) for number in range(300)])
    assert process.stop() == 0
    assert not process.said("Traceback")
    process.start()
    wait_for(lambda: _total(ready).messages == 300, why=process.words)
    assert _total(ready).readings_stored == 3000


def test_waits_for_broker_and_database_with_a_word(plain_database: str, started: Started) -> None:
    process = started(broker_url="mqtt://127.0.0.1:9", database_url=plain_database.replace("/test_", "/no_such_"))
    process.wait_until_said("waiting for the database")
    assert process.stop() == 0
    process = started(broker_url="mqtt://127.0.0.1:9", database_url=plain_database)
    process.wait_until_said("no connection to the broker at 127.0.0.1:9")
    assert process.stop() == 0


def test_says_when_the_broker_does_not_let_it_in(broker: Broker, ready: str, started: Started) -> None:
    wrong = broker.url().replace(broker.url().split(":")[2].split("@")[0], "wrong")
    process = started(**_settings(broker, ready) | {"broker_url": wrong})
    process.wait_until_said("the broker refuses us")
    assert process.stop() == 0


def test_acknowledges_nothing_while_the_database_hangs(broker: Broker, ready: str, started: Started) -> None:
    process = started(**_settings(broker, ready))
    process.wait_until_said("subscribed to telemetry/#")
    with connect_to(ready) as connection, connection.transaction():
        connection.execute("LOCK TABLE reading IN ACCESS EXCLUSIVE MODE")
        _publish(broker, [_message(number) for number in range(50)])
        process.kill()
    assert _total(ready).messages == 0
    process.start()
    wait_for(lambda: _total(ready).messages == 50, why=process.words)
    total = _total(ready)
    assert (total.readings, total.readings_stored) == (500, 500)
    assert process.process is not None
    process.process.send_signal(signal.SIGINT)
    assert process.process.wait(40) == 0
