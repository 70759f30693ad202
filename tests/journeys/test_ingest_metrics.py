"""What an operator reads at /metrics adds up with what was published and with what is stored."""

import json
import re
from pathlib import Path

import httpx
import pytest

from standalone.port import free_port
from store import intake
from tests.services.enrolled import SOURCE, connect_to, enrol
from tests.services.fixtures import Broker
from tests.services.mqtt_client import Listener
from tests.services.processes import Process, wait_for

pytestmark = pytest.mark.journey

GOOD, BAD = 300, 40


def _read(port: int) -> dict[str, float]:
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
    return {name: float(value) for name, value in re.findall(r"^([a-z_]+(?:\{[^}]*\})?) (\S+)$", text, re.MULTILINE)}


def _body(number: int) -> bytes:
    taken_at = f"2026-11-{1 + number // 1440:02}T{number // 60 % 24:02}:{number % 60:02}:00Z"
    readings = [{"taken_at": taken_at, "registers": {"volume": number, "flow": "0.125"}}]
    return json.dumps({"instrument": "W-1", "readings": readings}).encode()


def test_every_message_received_is_accounted_for(broker: Broker, database: str, tmp_path: Path) -> None:
    broker.ensure_source(SOURCE)
    with connect_to(database) as connection:
        enrol(connection)
    port = free_port()
    settings = {"broker_url": broker.url(), "mqtt_version": broker.mqtt_version, "database_url": database}
    with Process(tmp_path, "ingest", f"--metrics-port={port}", **settings) as process:
        process.wait_until_said("subscribed")
        bodies = [_body(number) for number in range(GOOD)] + [b"nonsense %d" % number for number in range(BAD)]
        with Listener(broker.url(SOURCE), "publisher", version=broker.mqtt_version) as publisher:
            for info in [publisher.publish(f"telemetry/{SOURCE}/native", body) for body in bodies]:
                info.wait_for_publish(60)
        wait_for(lambda: _read(port).get("ingest_received_messages_total") == GOOD + BAD)
        wait_for(lambda: _read(port)["ingest_messages_in_hand"] == 0, why=lambda: _read(port))
        told = _read(port)
    assert told['ingest_messages_total{result="taken"}'] == GOOD
    assert (
        told['ingest_messages_total{result="quarantined"}']
        == told['quarantine_messages_total{cause="bad_json"}']
        == BAD
    )
    assert told["ingest_received_messages_total"] == told["ingest_forgotten_messages_total"] + sum(
        told.get(f'ingest_messages_total{{result="{result}"}}', 0) for result in ("taken", "quarantined", "redelivered")
    )
    assert told['ingest_statements_total{noun="readings",result="stored"}'] == 2 * GOOD
    assert told[f'ingest_source_messages_total{{source="{SOURCE}"}}'] == GOOD + BAD
    assert told["ingest_oldest_in_hand_seconds"] == told["ingest_bytes_in_hand"] == told["ingest_queue_messages"] == 0
    with connect_to(database) as connection:
        total = intake.totals(connection)[SOURCE]
    assert (total.messages, total.messages_quarantined, total.readings_stored) == (GOOD + BAD, BAD, 2 * GOOD)
