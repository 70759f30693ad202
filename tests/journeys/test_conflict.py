"""A value that differs from the one received first: both are kept, the first stays, and a supervisor is told."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from store import alert_document, alerts
from store.alerts import Filters, Standing
from store.connection import Connection
from tests.journeys.short_way import deliver, watch
from tests.services.enrolled import connect_to, enrol

EIGHT = "2026-03-02T08:00:00+08:00"
NINE = "2026-03-02T09:00:00+08:00"
RECEIVED = datetime(2026, 3, 2, 0, 1, tzinfo=UTC)
AGAIN = datetime(2026, 3, 3, 18, tzinfo=UTC)


@pytest.fixture
def store(database: str) -> Iterator[Connection]:
    with connect_to(database) as connection:
        enrol(connection)
        yield connection


def shown(store: Connection, at: str, value: str, received_at: datetime = RECEIVED, register: str = "volume") -> None:
    deliver(store, "W-1", received_at=received_at, readings=[{"taken_at": at, "registers": {register: value}}])


def sold(store: Connection, received_at: datetime = RECEIVED, **members: Any) -> None:
    stated = {"seq": 7, "started_at": EIGHT, "ended_at": NINE, "quantity": "35.00", "unit_price": "7.85"} | members
    deliver(store, "F-1", received_at=received_at, transactions=[stated])


def open_alerts(store: Connection) -> list[dict[str, Any]]:
    return [
        alert_document.document(alert)
        for alert in alerts.page(store, Filters(standing=Standing.OPEN), before=None, limit=10)
    ]


def test_both_values_are_kept_the_first_stays_and_an_alert_says_so(store: Connection) -> None:
    shown(store, EIGHT, "105.250")
    shown(store, NINE, "105.260", RECEIVED + timedelta(hours=1))
    watch(store)
    assert open_alerts(store) == []
    shown(store, EIGHT, "103.250", AGAIN)
    watch(store)
    (alert,) = open_alerts(store)
    assert (alert["judge"], alert["findings"], alert["condition_present"]) == ("reading_conflict", 1, False)
    assert alert["instrument"] == {
        "id": alert["instrument"]["id"],
        "serial": "W-1",
        "kind": "water_meter",
        "source": "city",
    }
    assert alert["statement"]["en"].startswith(
        "Instrument W-1 reported its volume at 2026-03-02 08:00 with different values: first 105.250 m³ (received "
        "2026-03-02 08:01), later 103.250 m³ (received 2026-03-04 02:00)"
    )
    assert "先为105.250 m³" in alert["statement"]["zh"]
    assert alert["cost"]["amount"] == "10.00"
    assert store.execute("SELECT value FROM reading ORDER BY taken_at").fetchall() == [(105250,), (105260,)]
    assert store.execute("SELECT value FROM reading_conflict").fetchall() == [(103250,)]


def test_the_conflicts_of_an_instrument_gather_under_one_alert(store: Connection) -> None:
    for day in range(2, 5):
        at = f"2026-03-0{day}T08:00:00+08:00"
        first = datetime(2026, 3, day, 0, 1, tzinfo=UTC)
        shown(store, at, "105.250", first)
        shown(store, at, "103.250", first + timedelta(days=1))
        shown(store, at, "103.250", first + timedelta(days=1, hours=1))
    shown(store, EIGHT, "1.5", register="flow")
    shown(store, EIGHT, "0.5", AGAIN, register="flow")
    watch(store)
    assert [(alert["judge"], alert["findings"]) for alert in open_alerts(store)] == [("reading_conflict", 4)]


def test_a_third_value_joins_the_finding_of_its_day(store: Connection) -> None:
    shown(store, EIGHT, "105.250")
    shown(store, EIGHT, "103.250", AGAIN)
    watch(store)
    shown(store, EIGHT, "104.250", AGAIN + timedelta(hours=1))
    watch(store)
    (alert,) = open_alerts(store)
    (finding,) = alerts.findings(store, alert["id"], limit=5)
    assert (finding.evidence["instants"], finding.evidence["values"]) == (1, 2)
    assert [later["value"] for later in finding.evidence["conflicts"][0]["later"]] == ["103.250", "104.250"]


def test_a_transaction_stated_twice_differently_is_told(store: Connection) -> None:
    sold(store, amount="274.75")
    sold(store, AGAIN, amount="235.50", quantity="30.00")
    watch(store)
    (alert,) = open_alerts(store)
    assert alert["judge"] == "transaction_conflict"
    assert "quantity 35.00 L, then 30.00 L, amount 274.75 CNY, then 235.50 CNY" in alert["statement"]["en"]
    assert alert["magnitude"]["value"] == "-39.25"
    assert alert["severity"] == "minor"


def test_what_differs_in_an_attribute_alone_is_told_too(store: Connection) -> None:
    sold(store, amount="274.75", attributes={"grade": "92"})
    sold(store, AGAIN, amount="274.75", attributes={"grade": "95"})
    watch(store)
    (alert,) = open_alerts(store)
    assert "attributes or signature differ" in alert["statement"]["en"]
    assert "示值、附加属性或签名不同" in alert["statement"]["zh"]
