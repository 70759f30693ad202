"""The fixtures are themselves examined: every journey stands on them."""

import psycopg
import pytest

from tests.services.fixtures import Broker
from tests.services.mqtt_client import Listener
from tests.services.required import VARIABLE, absent


@pytest.mark.parametrize("round_number", [1, 2])
def test_each_test_gets_a_migrated_database_of_its_own(database: str, round_number: int) -> None:
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from reading").fetchone() == (0,)
        connection.execute(f"create table seen_in_round_{round_number} ()")
        tables = connection.execute("select count(*) from pg_tables where tablename like 'seen_in_round_%'").fetchone()
    assert tables == (1,)


def test_a_fresh_database_works_like_a_migrated_one(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("select to_regclass('reading')").fetchone() == (None,)


def test_readings_are_a_hypertable_where_timescaledb_is(database: str, request: pytest.FixtureRequest) -> None:
    with psycopg.connect(database) as connection:
        found = connection.execute("select count(*) from pg_extension where extname = 'timescaledb'").fetchone()
    assert found == (1 if "timescale" in request.node.callspec.id else 0,)


def test_carries_messages_and_keeps_sources_apart(broker: Broker) -> None:
    broker.ensure_source("city-water")
    version = broker.mqtt_version
    with Listener(broker.url(), "ingest", subscribe="telemetry/#", version=version) as ingest:
        broker.ensure_source("city-gas")
        with (
            Listener(broker.url("city-water"), "water", version=version) as water,
            Listener(broker.url("city-gas"), "gas", version=version) as gas,
        ):
            gas.publish("telemetry/city-water/native", b"forged")
            gas.publish("telemetry/city-gas/native", b"own")
            water.publish("telemetry/city-water/native", b"\0" * 2**21).wait_for_publish(20)
            assert ingest.wait(lambda: len(ingest.received) == 2)
        assert sorted(topic for topic, _, _ in ingest.received) == [
            "telemetry/city-gas/native",
            "telemetry/city-water/native",
        ]
        assert ingest.connections == 1


@pytest.mark.fault
def test_keeps_waiting_messages_when_killed(broker: Broker) -> None:
    broker.ensure_source("city-water")
    version = broker.mqtt_version
    with Listener(broker.url(), "ingest", subscribe="telemetry/#", version=version):
        pass
    with Listener(broker.url("city-water"), "water", version=version) as water:
        for number in range(20):
            water.publish("telemetry/city-water/native", b"%d" % number).wait_for_publish(10)
        # Mosquitto writes its state down at the end of the round in which it acknowledged.
        water.wait(lambda: False, seconds=0.5)
        broker.kill()
    broker.restart()
    with Listener(broker.url(), "ingest", subscribe="telemetry/#", version=version) as ingest:
        assert ingest.wait(lambda: len(set(ingest.bodies())) == 20)


def test_an_absent_service_skips_on_a_desk_and_fails_where_it_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(pytest.skip.Exception, match="no such service"):
        absent("no such service")
    monkeypatch.setenv(VARIABLE, "1")
    with pytest.raises(pytest.fail.Exception, match="no such service"):
        absent("no such service")
