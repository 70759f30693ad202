import socket
import time
from datetime import timedelta
from typing import Never

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api import feed
from api.application import create
from api.settings import ApiSettings
from store import outbox, sql
from store.connection import Connection
from tests.api.serving import serving
from tests.api.world import enrol, finding, intake, raise_alerts
from tests.services.databases import DatabaseServer


def _figures(client: httpx.Client) -> dict[tuple[str, str], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, ",".join(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_lives_and_is_ready(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = {"status": "ready", "database": "ok", "feed": "ok", "missing_migrations": []}
    assert client.get("/readyz").json() == ready


def test_is_not_ready_while_the_feed_fails_for_long_and_is_again_when_it_is_read(
    client: httpx.Client,
    connection: Connection,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_arguments: object, **_named: object) -> Never:
        raise KeyError("an alert that nobody foresaw")

    monkeypatch.setattr(feed, "_RETRY", 0.05)
    monkeypatch.setattr(feed, "_PATIENCE", 0.5)
    monkeypatch.setattr(outbox, "after", broken)
    deadline = time.monotonic() + 15
    while (answer := client.get("/readyz")).status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (answer.status_code, answer.json()["status"], answer.json()["feed"]) == (503, "not ready", "failing")
    assert any(record.exc_info and record.exc_info[0] is KeyError for record in caplog.records)
    monkeypatch.undo()
    while client.get("/readyz").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with client.stream("GET", "/v1/alerts/stream") as stream:
        lines = stream.iter_lines()
        raise_alerts(connection, finding(enrol(connection, 1)[0]))
        assert next(line for line in lines if line.startswith("event: ")) == "event: alert.opened"


def test_is_not_ready_before_the_migration(plain_databases: DatabaseServer) -> None:
    with (
        plain_databases.fresh(migrated=False) as empty,
        serving(create(ApiSettings(), empty), wait=False) as address,
    ):
        answer = httpx.get(f"{address}/readyz")
    assert (answer.status_code, answer.json()["missing_migrations"]) == (503, [name for name, _ in sql.migrations()])


def test_lives_but_is_not_ready_without_a_database() -> None:
    settings = ApiSettings(api_patience=timedelta(milliseconds=300))
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with serving(create(settings, f"postgresql://nobody@127.0.0.1:{port}/none"), wait=False) as address:
        assert httpx.get(f"{address}/healthz").status_code == 200
        ready = httpx.get(f"{address}/readyz", timeout=30)
        assert (ready.status_code, ready.json()["code"]) == (503, "store_unavailable")
        stream = httpx.get(f"{address}/v1/alerts/stream", headers={"Authorization": "Bearer hj_a_b"}, timeout=30)
        assert stream.status_code == 503
        assert "store_up 0.0" in httpx.get(f"{address}/metrics", timeout=30).text


def test_counts_in_the_store_and_in_the_process(client: httpx.Client, connection: Connection) -> None:
    meters = enrol(connection, 3)
    raise_alerts(connection, finding(meters[0]), finding(meters[1]))
    intake(connection, readings=5, stored=3, repeated=2)
    connection.execute("insert into due (stage, block, day) values ('detect', 0, '2024-05-01')")
    connection.execute("insert into courier (destination) values ('a')")
    connection.execute("update outbox set at = at - interval '1 hour'")
    connection.commit()
    client.get("/v1/alerts/999")
    client.get("/v1/never/heard/of")
    figures = _figures(client)
    assert figures["alerts_open", "major"] == 2
    assert figures["alerts_open", "critical"] == 0
    assert figures["instruments_total", ""] == 3
    assert figures["ingest_readings_total", "stored"] == 3
    assert figures["ingest_readings_total", "repeated"] == 2
    assert figures["due_depth", "detect"] == 1
    assert figures["due_depth", "summarise"] == 0
    assert 3600 <= figures["outbox_oldest_seconds", ""] < 3700
    assert figures["http_request_seconds_count", "GET,/v1/alerts/{number},404"] == 1
    assert figures["http_request_seconds_count", "GET,unmatched,404"] == 1


def test_the_ledger_is_summed_once_and_nothing_late_is_forgotten(client: httpx.Client, connection: Connection) -> None:
    intake(connection, readings=5, stored=5)
    assert _figures(client)["ingest_readings_total", "stored"] == 5
    connection.execute(
        "insert into intake (committed_at, source_code, readings, readings_stored) "
        "values (now() - interval '1 day', 'city-water', 7, 7)"
    )
    connection.commit()
    intake(connection, readings=2, stored=2)
    assert _figures(client)["ingest_readings_total", "stored"] == 14
    assert _figures(client)["ingest_readings_total", "stored"] == 14
