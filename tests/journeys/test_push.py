"""The same messages over MQTT, over HTTP and from a file: the ledger and the store must not tell the ways apart."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store import intake
from store.intake import Tally
from tests.services.enrolled import SOURCE, connect_to, enrol
from tests.services.fixtures import Pair
from tests.services.mqtt_client import Listener
from tests.services.processes import wait_for
from tests.services.product import product

pytestmark = pytest.mark.journey

START = datetime(2026, 11, 1, tzinfo=UTC)
STORED = {
    "reading": "SELECT instrument_id, register_id, taken_at, value FROM reading ORDER BY 1, 2, 3",
    "conflict": "SELECT instrument_id, register_id, taken_at, value FROM reading_conflict ORDER BY 1, 2, 3, 4",
    "transaction": "SELECT instrument_id, started_at, sequence, quantity, amount FROM transaction ORDER BY 1, 2, 3",
    "event": "SELECT instrument_id, occurred_at, code FROM event ORDER BY 1, 2, 3",
    "quarantine": "SELECT cause, detail, payload, times_received, readings FROM quarantine ORDER BY cause, payload",
    "due": "SELECT DISTINCT stage, block, day FROM due ORDER BY 1, 2, 3",
}


def _at(seconds: int) -> str:
    return (START + timedelta(seconds=seconds)).isoformat()


def _reading(number: int, value: str, serial: str = "W-1") -> bytes:
    return json.dumps(
        {"instrument": serial, "readings": [{"taken_at": _at(number), "registers": {"volume": value, "flow": 0.5}}]}
    ).encode()


def _messages() -> list[bytes]:
    """Of everything something: new, repeated, conflicting, malformed, of another source, sold, and told."""
    sold = {"seq": 7, "started_at": _at(0), "ended_at": _at(90), "quantity": "26.72", "amount": "209.75"}
    return [
        *(_reading(number, f"{number}.125") for number in range(40)),
        *(_reading(number, f"{number}.125") for number in range(10, 20)),
        _reading(3, "4.000"),
        _reading(3, "4.000"),
        b"{",
        b"{",
        b"\xff\xfe",
        _reading(50, "0.00001"),
        _reading(51, "1", serial="X-1"),
        b'{"instrument":"W-1","readings":[{"taken_at":"2026-11-01T00:00:00Z","registers":{"volume":1,"volume":2}}]}',
        b'{"instrument":"' + b"x" * 2**20 + b'"}',
        b"[" + _reading(60, "60.5") + b"," + _reading(61, "61.5", serial="W-2") + b"]",
        json.dumps({"instrument": "F-1", "transactions": [sold]}).encode(),
        json.dumps({"instrument": "F-1", "transactions": [sold]}).encode(),
        json.dumps({"instrument": "F-1", "transactions": [sold | {"amount": "1.00"}]}).encode(),
        json.dumps({"instrument": "W-1", "events": [{"at": _at(5), "code": "magnet"}]}).encode(),
    ]


def _seen(database: str) -> tuple[Tally, dict[str, list[tuple[object, ...]]]]:
    with connect_to(database) as connection:
        stored = {name: connection.execute(query).fetchall() for name, query in STORED.items()}
        return intake.totals(connection).get(SOURCE, Tally()), stored


def test_the_ledger_does_not_tell_the_ways_apart(pair: Pair, tmp_path: Path) -> None:
    bodies, ends = _messages(), {}
    for way in ("mqtt", "http", "import"):
        services = {"mqtt": "ingest", "http": "api"}
        running = [services[way]] if way in services else []
        with product(pair, tmp_path / way, *running) as made:
            made.broker.ensure_source(SOURCE)
            with connect_to(made.database) as connection:
                enrol(connection, water_meters=2)
            if way == "mqtt":
                with Listener(made.broker.url(SOURCE), "publisher", version=made.broker.mqtt_version) as publisher:
                    for info in [publisher.publish(f"telemetry/{SOURCE}/native", body) for body in bodies]:
                        info.wait_for_publish(60)
                wait_for(lambda made=made: _seen(made.database)[0].messages >= len(bodies))
            elif way == "http":
                key = made.run("key", "create", "--name", "head-end", "--source", SOURCE).split()[-1]
                headers = {"Idempotency-Key": "all", "Content-Type": "application/x-ndjson"}
                with made.client(key) as client:
                    answer = client.post("/v1/telemetry", content=b"\n".join(bodies), headers=headers)
                assert answer.status_code == 200, answer.text
            else:
                file = made.directory / "all.ndjson"
                file.write_bytes(b"\n".join(bodies))
                made.run("import", str(file), "--source", SOURCE, status=1)
            ends[way] = _seen(made.database)
    tally, _ = ends["mqtt"]
    assert (tally.messages, tally.messages_quarantined) == (len(bodies), 7)
    assert (tally.readings_repeated, tally.readings_conflicting, tally.transactions_conflicting) == (23, 1, 1)
    assert ends["http"] == ends["mqtt"]
    assert ends["import"] == ends["mqtt"]
