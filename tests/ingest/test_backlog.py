import threading
import time
from datetime import UTC, datetime, timedelta

from ingest.backlog import Backlog, Delivery, Limits

LIMITS = Limits(messages=10, payload=100, window=timedelta(milliseconds=50))


def _delivery(number: int, size: int = 1) -> Delivery:
    return Delivery("telemetry/city/native", b"x" * size, datetime.now(UTC), False, 0, number, b"")


def test_takes_what_waits_in_order_up_to_the_limit_of_messages() -> None:
    backlog = Backlog(1000)
    for number in range(15):
        backlog.put([_delivery(number)])
    assert [taken.packet for taken in backlog.take(LIMITS, patience=0)] == list(range(10))
    assert [taken.packet for taken in backlog.take(LIMITS, patience=0)] == list(range(10, 15))
    assert backlog.take(LIMITS, patience=0) == []


def test_takes_no_more_payload_than_a_batch_should_have() -> None:
    backlog = Backlog(1000)
    for number in range(5):
        backlog.put([_delivery(number, 60)])
    assert len(backlog.take(LIMITS, patience=0)) == 2


def test_is_full_until_what_was_taken_is_settled() -> None:
    backlog = Backlog(1000)
    backlog.put([_delivery(1, 1000)])
    taken = backlog.take(LIMITS, patience=0)
    assert (backlog.full, backlog.size, backlog.depth) == (True, taken[0].size, 0)
    assert 1000 < backlog.size < 2000
    backlog.settle(taken)
    assert (backlog.full, backlog.size) == (False, 0)


def test_is_full_of_messages_that_say_nothing_and_of_long_topics() -> None:
    # With QoS 0 nothing else bounds how many come.
    backlog = Backlog(2**20)
    backlog.put([_delivery(number, 0) for number in range(5000)])
    assert backlog.full
    backlog = Backlog(2**20)
    backlog.put([_delivery(0)._replace(topic="telemetry/city/native/" + "x" * 2**16) for _ in range(16)])
    assert backlog.full


def test_forgets_what_waits_when_the_connection_is_lost_but_not_what_is_in_hand() -> None:
    backlog = Backlog(100)
    for number in range(3):
        backlog.put([_delivery(number, 60)])
    taken = backlog.take(Limits(1, 1, timedelta(0)), patience=0)
    backlog.forget()
    assert (backlog.depth, backlog.size, backlog.forgotten) == (0, taken[0].size, 2)
    backlog.settle(taken)
    assert backlog.size == 0


def test_knows_what_is_in_hand_and_since_when() -> None:
    backlog = Backlog(1000)
    assert (backlog.in_hand, backlog.oldest) == (0, None)
    deliveries = [_delivery(number) for number in range(4)]
    for delivery in deliveries:
        backlog.put([delivery])
    taken = backlog.take(Limits(2, 100, timedelta(0)), patience=0)
    assert (backlog.in_hand, backlog.oldest) == (4, deliveries[0].received_at)
    backlog.forget()
    assert backlog.in_hand == 2
    backlog.settle(taken[:1])
    assert (backlog.in_hand, backlog.oldest) == (1, deliveries[1].received_at)
    backlog.settle(taken[1:])
    assert (backlog.in_hand, backlog.oldest) == (0, None)


def test_closes_a_batch_when_nothing_more_comes_and_before_its_window_ends() -> None:
    backlog = Backlog(1000)
    backlog.put([_delivery(0)])
    began = time.monotonic()
    assert len(backlog.take(Limits(10, 100, timedelta(seconds=30)), patience=0)) == 1
    assert time.monotonic() - began < 5

    ended = threading.Event()

    def drip() -> None:
        number = 0
        while not ended.wait(0.001):
            backlog.put([_delivery(number)])
            number += 1

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        taken = backlog.take(Limits(10_000, 10_000, timedelta(milliseconds=50)), patience=5)
    finally:
        ended.set()
        dripping.join()
    assert 1 < len(taken) < 1000


def test_calm_tells_the_most_that_was_in_hand_since_it_was_last_asked() -> None:
    backlog = Backlog(1000)
    for number in range(5):
        backlog.put([_delivery(number)])
    backlog.settle(backlog.take(LIMITS, patience=0))
    assert not backlog.calm(4)
    assert backlog.calm(0)
    backlog.put([_delivery(5)])
    assert (backlog.calm(1), backlog.calm(0)) == (True, False)


def test_is_not_calm_if_it_was_full_since_it_was_last_asked_or_still_is() -> None:
    backlog = Backlog(100)
    backlog.put([_delivery(1, 100)])
    assert (backlog.calm(10), backlog.calm(10)) == (False, False)
    backlog.settle(backlog.take(LIMITS, patience=0))
    assert (backlog.calm(10), backlog.calm(10)) == (False, True)
    backlog.put([_delivery(2, 100)])
    backlog.settle(backlog.take(LIMITS, patience=0))
    assert (backlog.calm(10), backlog.calm(10)) == (False, True)
