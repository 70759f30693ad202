"""One reading's whole journey: from a source's publication to a supervisor's note, through every service."""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from store import intake, quarantine
from store.intake import Tally
from tests.services.enrolled import connect_to
from tests.services.feed import Feed
from tests.services.fixtures import Pair
from tests.services.mqtt_client import Listener
from tests.services.processes import wait_for
from tests.services.product import Product, product

pytestmark = pytest.mark.journey

SOURCE = "east-water"
TOPIC = f"telemetry/{SOURCE}/native"
MIDNIGHT = datetime(2026, 3, 2, 16, tzinfo=UTC)  # the third of March begins in Shanghai
SITE = {"code": "DMA-01", "name_zh": "东区一号", "name_en": "East one", "region_code": "330106"}


def instrument(serial: str, kind: str = "water_meter") -> dict[str, object]:
    return {"source": SOURCE, "serial": serial, "kind": kind, "site": SITE, "size": "DN15"}


def reading(hour: float, value: object, register: str = "volume") -> dict[str, object]:
    return {"taken_at": (MIDNIGHT + timedelta(hours=hour)).isoformat(), "registers": {register: value}}


def message(serial: str, *readings: dict[str, object]) -> bytes:
    return json.dumps({"instrument": serial, "readings": readings}).encode()


@pytest.fixture
def whole(pair: Pair, tmp_path: Path) -> Iterator[Product]:
    with product(pair, tmp_path, "ingest", "watch", "api") as made:
        made.broker.ensure_source(SOURCE)
        yield made


@pytest.fixture
def publish(whole: Product) -> Iterator[Callable[..., None]]:
    with Listener(whole.broker.url(SOURCE), "gateway", version=whole.broker.mqtt_version) as gateway:

        def send(*bodies: bytes, topic: str = TOPIC) -> None:
            for info in [gateway.publish(topic, body) for body in bodies]:
                info.wait_for_publish(60)
                assert info.is_published()

        yield send


def ledger(made: Product) -> Tally:
    with connect_to(made.database) as connection:
        return intake.totals(connection).get(SOURCE, Tally())


def settled(made: Product, messages: int) -> Tally:
    """The ledger, once it has heard of so many messages."""
    wait_for(lambda: ledger(made).messages >= messages, why=lambda: ledger(made))
    return ledger(made)


def exact(tally: Tally) -> bool:
    """Whether the ledger accounts for everything received."""
    told = asdict(tally)
    return all(
        told[noun] == sum(count for name, count in told.items() if name.startswith(f"{noun}_"))
        for noun in ("readings", "transactions", "events")
    )


def test_a_backward_register_reaches_the_supervisor_who_takes_note(
    whole: Product, publish: Callable[..., None]
) -> None:
    assert "enrolled 2" in whole.enrol(instrument("W-1"), instrument("W-2"))
    key = whole.key("supervisor")
    with Feed(whole.address, key) as feed, whole.client(key) as client:
        honest = [message("W-2", reading(hour, f"{50 + hour * 0.01:.3f}")) for hour in range(49)]
        rising = [message("W-1", reading(hour, f"{100 + hour * 0.02:.3f}")) for hour in range(30)]
        publish(*honest, *rising, message("W-1", reading(30, "88.000")))
        told = feed.wait_for("alert.opened", "backward_register", "W-1").alert
        for language in ("zh", "en"):
            assert all(shown in told["statement"][language] for shown in ("100.580", "88.000", "2026-03-04 05:00"))
        assert "只增不减" in told["statement"]["zh"]
        assert "only grows" in told["statement"]["en"]
        assert (told["state"], told["grade"], told["register"]) == ("RTNUN", "exact", "volume")
        assert told["site"]["name"] == {"zh": "东区一号", "en": "East one"}
        assert settled(whole, 80).readings_stored == 80
        assert_that_evidence_stands(client, told["id"])
        assert_that_readings_stand(client)
        assert_that_one_takes_note(client, told["id"])
        assert feed.wait_for("alert.acknowledged", "backward_register", "W-1").alert["state"] == "NORM"
    with connect_to(whole.database) as connection:
        found = connection.execute(
            "SELECT actor, action FROM audit WHERE subject = %s ORDER BY id", [f"alert:{told['id']}"]
        ).fetchall()
    assert found == [
        ("the supervisor", "alert.acknowledge"),
        ("the supervisor", "alert.acknowledge_refused"),
    ]


def assert_that_evidence_stands(client: httpx.Client, alert: int) -> None:
    detail = client.get(f"/v1/alerts/{alert}").raise_for_status()
    [finding] = detail.json()["findings"]
    assert finding["magnitude"]["value"] == "-12.58"
    assert (finding["evidence"]["before"], finding["evidence"]["after"]) == ("100.580", "88.000")
    assert detail.json()["judge"]["name"] == "backward_register"
    assert len(detail.json()["judge"]["policy_hash"]) == 64
    assert set(detail.json()["check"]) == {"zh", "en"}


def assert_that_readings_stand(client: httpx.Client) -> None:
    [honest] = client.get("/v1/instruments", params={"q": "W-2"}).json()["items"]

    def shown(step: str) -> list[dict[str, str]]:
        asked = {"step": step, "from": MIDNIGHT.isoformat(), "to": (MIDNIGHT + timedelta(days=2)).isoformat()}
        found = client.get(f"/v1/instruments/{honest['id']}/readings", params=asked).raise_for_status()
        items: list[dict[str, str]] = found.json()["items"]
        return items

    assert [item["value"] for item in shown("raw")] == [f"{50 + hour * 0.01:.3f}" for hour in range(48)]
    assert [item["consumption"] for item in shown("hour")] == ["0.010"] * 48
    assert [item["consumption"] for item in shown("day")] == ["0.240"] * 2


def assert_that_one_takes_note(client: httpx.Client, alert: int) -> None:
    seen = client.get(f"/v1/alerts/{alert}").headers["ETag"]
    path, comment = f"/v1/alerts/{alert}/acknowledge", {"comment": "an inspector is on the way"}
    taken = client.post(path, json=comment, headers={"If-Match": seen})
    assert (taken.status_code, taken.json()["acknowledged"]["by"]) == (200, "the supervisor")
    again = client.post(path, json=comment, headers={"If-Match": seen})
    assert (again.status_code, again.headers["content-type"]) == (409, "application/problem+json")


POISON = [
    ("bad_utf8", b'{"instrument":"W-\xff"}', 0),
    ("bad_json", b'{"instrument":"W-1",', 0),
    ("bad_json", message("W-1", reading(1, math.nan)), 0),
    ("not_a_number", message("W-1", reading(1, "NaN")), 1),
    ("unknown_instrument", message("W-404", reading(1, "1.000")), 1),
    ("unknown_register", message("W-1", reading(1, "1.000", "pressure")), 1),
    ("naive_time", message("W-1", {"taken_at": "2026-03-03T08:00:00", "registers": {"volume": 1}}), 1),
    ("too_fine", message("W-1", reading(1, "1.0001")), 1),
    ("too_early", message("W-1", {"taken_at": "1970-01-01T08:00:00+08:00", "registers": {"volume": 1}}), 1),
    ("too_late", message("W-1", {"taken_at": "2099-01-01T08:00:00+08:00", "registers": {"volume": 1}}), 1),
]
"""Cause, payload, and the readings that can be counted in it."""

WRONG_TOPICS = {"bad_topic": f"telemetry/{SOURCE}", "unknown_format": f"telemetry/{SOURCE}/no-such-format/1"}
"""Topics that the broker lets the source publish on, by the cause for which they are held."""

GIANTS = 50
"""Payloads of 2 MB."""

BOUND = 400 * 2**20
"""Memory that ingest must not exceed [bytes]."""


def test_poison_costs_itself_alone(whole: Product, publish: Callable[..., None]) -> None:
    whole.enrol(instrument("W-1"))
    good = [message("W-1", reading(hour / 10, f"{100 + hour * 0.001:.3f}")) for hour in range(300)]
    following = iter(good)
    for topic in WRONG_TOPICS.values():
        publish(good[0], topic=topic)
    for _, body, _ in POISON:
        publish(next(following), body, next(following))
    for number in range(GIANTS):
        publish(next(following), f"{number:04}".encode() * 500_000, next(following))
    publish(*following)

    counted = Counter([*WRONG_TOPICS, *(cause for cause, _, _ in POISON), *(["too_large"] * GIANTS)])
    tally = settled(whole, len(good) + counted.total())
    with connect_to(whole.database) as connection:
        assert {held.cause: held.messages for held in quarantine.counts(connection)} == counted
        found = [quarantine.entry(connection, number) for number in quarantine.held(connection)]
    entries = [entry for entry in found if entry is not None]
    assert {entry.payload for entry in entries if len(entry.payload) < 1000} == {
        good[0],
        *(body for _, body, _ in POISON),
    }
    assert all(len(entry.detail) > 20 for entry in entries)
    assert (tally.messages, tally.messages_quarantined) == (len(good) + counted.total(), counted.total())
    assert (tally.readings_stored, tally.readings_repeated) == (len(good), 0)
    assert tally.readings_quarantined == sum(readings for _, _, readings in POISON)
    assert exact(tally)
    assert whole.services["ingest"].peak_memory() < BOUND


def test_an_amount_that_is_not_price_times_volume_becomes_an_alert(
    whole: Product, publish: Callable[..., None]
) -> None:
    whole.enrol(instrument("N-1", "fuel_dispenser") | {"size": None})
    delivered = {
        "started_at": MIDNIGHT.isoformat(),
        "ended_at": (MIDNIGHT + timedelta(minutes=2)).isoformat(),
        "quantity": "26.72",
        "unit_price": "7.85",
    }
    honest, padded = delivered | {"seq": 1, "amount": "209.75"}, delivered | {"seq": 2, "amount": "219.75"}
    key = whole.key("viewer")
    with Feed(whole.address, key) as feed:
        publish(json.dumps({"instrument": "N-1", "transactions": [honest, padded]}).encode())
        told = feed.wait_for("alert.opened", "amount_mismatch", "N-1").alert
    assert told["magnitude"] | {"relative_percent": None} == {
        "value": "10",
        "uncertainty": None,
        "unit": "CNY",
        "relative_percent": None,
        "mpe_multiple": "15.9",
        "mpe_multiple_uncertainty": None,
    }
    assert "219.75" in told["statement"]["zh"]
    assert "219.75" in told["statement"]["en"]
    tally = settled(whole, 1)
    assert (tally.transactions, tally.transactions_stored) == (2, 2)
    assert exact(tally)


def test_what_was_held_for_want_of_enrolment_is_judged_once_it_is_replayed(
    whole: Product, publish: Callable[..., None]
) -> None:
    whole.enrol(instrument("W-1"))
    body = message("W-2", reading(0, "7.000"), reading(1, "7.100"), reading(2, "6.900"))
    publish(body)
    held = settled(whole, 1)
    assert (held.messages_quarantined, held.readings_quarantined) == (1, 3)
    whole.run("quarantine", "replay", "--cause", "unknown_instrument", status=1)
    whole.enrol(instrument("W-2"))
    key = whole.key("viewer")
    with Feed(whole.address, key) as feed:
        assert "released 1, refused 0" in whole.run("quarantine", "replay", "--cause", "unknown_instrument")
        assert feed.wait_for("alert.opened", "backward_register", "W-2").alert["magnitude"]["value"] == "-0.2"
        publish(body)
        tally = settled(whole, 2)
    assert (tally.readings_stored, tally.readings_repeated, tally.readings_quarantined) == (3, 3, 0)
    assert exact(tally)
    with connect_to(whole.database) as connection:
        assert quarantine.counts(connection) == []
