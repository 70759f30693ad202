import hmac
import json
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import numpy as np
import pytest

from bridge.courier import Courier
from bridge.settings import BridgeSettings, Webhook
from store import courier, outbox
from store.connection import Connection, connect
from tests.api.world import enrol, finding, raise_alerts, raise_silence
from tests.bridge.receiver import SECRET, Answer, Receiver, Request


@pytest.fixture
def connection(plain_database: str) -> Iterator[Connection]:
    with connect(plain_database, application="test") as made:
        yield made


def _courier(receiver: Receiver, **settings: object) -> Courier:
    chosen = {"webhook_timeout": timedelta(milliseconds=300), "webhook_first_retry": timedelta(0)} | settings
    webhook = Webhook.model_validate({"url": receiver.url, "secret": SECRET})
    return Courier(webhook, BridgeSettings.model_validate(chosen), np.random.default_rng(1))


def _serve(one: Courier, connection: Connection, attempts: int) -> int:
    """Attempts that were made of so many tries."""
    made = 0
    for _ in range(attempts):
        made += one.deliver_next(connection)
        time.sleep(0.001)
    return made


def _standing(connection: Connection, destination: str) -> tuple[int, int, str | None, bool]:
    row = connection.execute(
        "select delivered, attempts, failure, stopped_at is not null from courier where destination = %s",
        (destination,),
    ).fetchone()
    assert row is not None
    connection.commit()
    return row


def _subjects(receiver: Receiver) -> list[str]:
    return [json.loads(request.body)["subject"] for request in receiver.got]


def _is_signed(request: Request) -> bool:
    key = b64decode(SECRET.removeprefix("whsec_"))
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    expected = b64encode(hmac.new(key, signed, sha256).digest()).decode()
    return request.headers["webhook-signature"] == f"v1,{expected}"


def test_carries_what_happens_from_now_on_in_order_and_signed(connection: Connection) -> None:
    meters = enrol(connection, 4)
    raise_alerts(connection, finding(meters[0]))
    with Receiver() as receiver:
        one = _courier(receiver)
        courier.enter(connection, one.destination)
        numbers = raise_alerts(connection, *(finding(meter) for meter in meters[1:]))
        assert _serve(one, connection, 6) == 3
        assert _subjects(receiver) == [f"alert/{number}" for number in numbers]
    first = receiver.got[0]
    event = json.loads(first.body)
    assert first.headers["content-type"] == "application/cloudevents+json"
    assert abs(int(first.headers["webhook-timestamp"]) - time.time()) < 10
    assert event["id"] == first.headers["webhook-id"]
    assert all(_is_signed(request) for request in receiver.got)
    assert (event["specversion"], event["type"], event["source"]) == ("1.0", "hengjian.alert.opened", "urn:hengjian")
    assert datetime.fromisoformat(event["time"]).tzinfo == UTC
    assert event["data"]["id"] == numbers[0]
    assert event["data"]["statement"]["zh"] == "示值倒退12.3立方米"


def test_carries_an_alert_on_a_source(connection: Connection) -> None:
    enrol(connection, 1)
    with Receiver() as receiver:
        one = _courier(receiver)
        courier.enter(connection, one.destination)
        number = raise_silence(connection)
        assert _serve(one, connection, 2) == 1
        data = json.loads(receiver.got[0].body)["data"]
    assert (data["id"], data["instrument"], data["source"]["code"]) == (number, None, "city-water")


def test_tries_a_failed_one_again_under_the_same_id_before_any_later_one(connection: Connection) -> None:
    meters = enrol(connection, 2)
    answers = [Answer(500), Answer(seconds=1), Answer(302, {"Location": "/elsewhere"}), Answer(404)]
    with Receiver(answers) as receiver:
        one = _courier(receiver)
        courier.enter(connection, one.destination)
        numbers = raise_alerts(connection, *(finding(meter) for meter in meters))
        for failures, reason in enumerate(["answered 500", "no answer in time", "answered 302", "answered 404"], 1):
            assert _serve(one, connection, 1) == 1
            assert _standing(connection, one.destination)[1:] == (failures, reason, False)
        assert _serve(one, connection, 4) == 2
        assert _subjects(receiver) == [f"alert/{numbers[0]}"] * 5 + [f"alert/{numbers[1]}"]
        assert len({request.headers["webhook-id"] for request in receiver.got[:5]}) == 1
        newest = outbox.span(connection).newest
        assert _standing(connection, one.destination) == (newest, 0, None, False)


def test_waits_as_long_as_it_is_asked_to(connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    with Receiver([Answer(503, {"Retry-After": "1"})]) as receiver:
        one = _courier(receiver)
        courier.enter(connection, one.destination)
        raise_alerts(connection, finding(meter))
        assert _serve(one, connection, 5) == 1
        time.sleep(1.1)
        assert _serve(one, connection, 5) == 1


def test_stops_when_the_receiver_wants_no_more_until_it_is_resumed(connection: Connection) -> None:
    meters = enrol(connection, 2)
    with Receiver([Answer(410)]) as receiver:
        one = _courier(receiver)
        courier.enter(connection, one.destination)
        numbers = raise_alerts(connection, *(finding(meter) for meter in meters))
        assert _serve(one, connection, 5) == 1
        assert _standing(connection, one.destination)[3]
        assert courier.resume(connection, one.destination)
        assert not courier.resume(connection, one.destination)
        connection.commit()
        assert _serve(one, connection, 5) == 2
        assert _subjects(receiver)[1:] == [f"alert/{number}" for number in numbers]


def test_a_receiver_that_is_not_there_is_a_failure_with_a_reason(connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    with Receiver() as receiver:
        one = _courier(receiver)
    courier.enter(connection, one.destination)
    raise_alerts(connection, finding(meter))
    assert _serve(one, connection, 1) == 1
    assert "ConnectError" in str(_standing(connection, one.destination)[2])


def test_leaves_no_transaction_open_while_the_receiver_is_slow(connection: Connection, plain_database: str) -> None:
    [meter] = enrol(connection, 1)
    with Receiver([Answer(seconds=0.5)]) as receiver, connect(plain_database, application="carrier") as own:
        one = _courier(receiver, webhook_timeout=timedelta(seconds=10))
        courier.enter(connection, one.destination)
        raise_alerts(connection, finding(meter))
        carrier = threading.Thread(target=one.deliver_next, args=(own,))
        carrier.start()
        assert receiver.wait_for(1)
        states = connection.execute("select state from pg_stat_activity where application_name = 'carrier'").fetchall()
        connection.commit()
        assert not one.deliver_next(connection)  # another holds the receiver
        carrier.join()
        assert states == [("idle",)]
        assert _standing(connection, one.destination)[1:] == (0, None, False)
        assert len(receiver.got) == 1


def test_does_not_let_a_receiver_trickle_beyond_the_limit(connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    with Receiver([Answer(trickle=0.1)]) as receiver:
        one = _courier(receiver)
        courier.enter(connection, one.destination)
        raise_alerts(connection, finding(meter))
        began = time.monotonic()
        assert _serve(one, connection, 1) == 1
        assert time.monotonic() - began < 2
        assert _standing(connection, one.destination)[1:] == (1, "no answer in time", False)


def test_a_late_courier_does_not_move_a_receiver_back(connection: Connection) -> None:
    courier.enter(connection, "somewhere")
    before = courier.position(connection, "somewhere")
    assert before is not None
    courier.delivered(connection, "somewhere", 7, after=before)
    courier.delivered(connection, "somewhere", 5, after=before)
    courier.failed(connection, "somewhere", wait=timedelta(hours=1), failure="too late", after=before)
    assert _standing(connection, "somewhere") == (7, 0, None, False)


def test_two_couriers_to_one_receiver_never_carry_the_same_event(connection: Connection, plain_database: str) -> None:
    meters = enrol(connection, 30)
    with Receiver() as receiver:
        couriers = [_courier(receiver), _courier(receiver)]
        courier.enter(connection, couriers[0].destination)
        numbers = raise_alerts(connection, *(finding(meter) for meter in meters))

        def carry(one: Courier) -> None:
            with connect(plain_database, application="test") as own:
                while len(receiver.got) < 30:
                    one.deliver_next(own)

        threads = [threading.Thread(target=carry, args=(one,)) for one in couriers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert _subjects(receiver) == [f"alert/{number}" for number in numbers]


def test_pauses_double_up_to_a_bound_and_are_spread() -> None:
    with Receiver() as receiver:
        one = _courier(receiver, webhook_first_retry=timedelta(seconds=2), webhook_longest_retry=timedelta(hours=1))
    for attempts in (0, 1, 5, 10, 500):
        middle = min(2 * 2**attempts, 3600)
        pauses = [one.pause(attempts).total_seconds() for _ in range(200)]
        assert middle * 0.5 <= min(pauses) < middle * 0.7
        assert middle * 1.3 < max(pauses) <= middle * 1.5
