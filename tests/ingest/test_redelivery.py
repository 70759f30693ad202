from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from ingest.backlog import Delivery
from ingest.redelivery import Redeliveries, digest_of
from store.delivered import Delivered


class _World:
    """What the store remembers, and a connection to a broker that delivers again."""

    def __init__(self) -> None:
        self.remembered: dict[UUID, bytes] = {}
        self.looks = 0
        self.redeliveries = Redeliveries(self._ask)

    def _ask(self, _question: Callable[[Any], Any]) -> Any:
        self.looks += 1
        return dict(self.remembered)

    def known(
        self, payload: bytes, *, packet: int, connection: int = 0, again: bool = True, resumed: bool = False
    ) -> bool:
        delivery = Delivery(
            "t", payload, datetime.now(UTC), again, connection, packet, digest_of("t", payload), resumed
        )
        return self.redeliveries.known(delivery)

    def commit(self, *payloads: bytes) -> None:
        name, digests = uuid4(), b"".join(_digest(payload) for payload in payloads)
        self.redeliveries.hand_on(name, digests)
        self.remembered[name] = digests


def _digest(payload: bytes) -> bytes:
    return digest_of("t", payload)


def test_knows_what_an_earlier_process_committed() -> None:
    world = _World()
    world.remembered[uuid4()] = _digest(b"a") + _digest(b"b")
    assert world.known(b"a", packet=1)
    assert world.known(b"b", packet=2)
    assert not world.known(b"c", packet=3)


def test_takes_a_first_delivery_for_new_whatever_was_committed() -> None:
    world = _World()
    world.commit(b"a")
    assert not world.known(b"a", packet=1, again=False)


def test_knows_what_a_broker_that_forgot_delivers_as_new_on_a_resumed_session() -> None:
    world = _World()
    world.commit(b"a", b"b")
    for payload, packet, known in ((b"c", 1, False), (b"b", 2, True), (b"d", 3, False), (b"a", 4, True)):
        assert world.known(payload, packet=packet, connection=1, again=False, resumed=True) is known
    world.redeliveries.begin()
    assert not world.known(b"e", packet=5, connection=1, again=False, resumed=True)
    assert world.looks == 1


def test_of_two_equal_messages_of_which_one_was_committed_one_is_new() -> None:
    world = _World()
    world.commit(b"a")
    assert [world.known(b"a", packet=packet) for packet in (1, 2)] == [True, False]


def test_knows_a_message_again_that_is_delivered_a_third_time() -> None:
    world = _World()
    world.commit(b"a")
    assert world.known(b"a", packet=1)
    assert world.known(b"a", packet=1)
    assert world.known(b"a", packet=9, connection=1)


def test_sees_what_was_handed_on_since_it_looked_and_looks_once_a_batch() -> None:
    world = _World()
    assert not world.known(b"a", packet=1)
    for packet in range(2, 50):
        assert not world.known(b"other", packet=packet)
    assert world.looks == 1
    world.commit(b"a")
    world.redeliveries.begin()
    assert world.known(b"a", packet=1)
    assert world.looks == 2


def test_remembers_a_message_once_whose_batch_was_committed_in_parts() -> None:
    world = _World()
    whole = Delivered(uuid4(), "tests", _digest(b"a") + _digest(b"b"))
    world.redeliveries.hand_on(whole.batch, whole.digests)
    for number, payload in enumerate((b"a", b"b"), 1):
        part = whole.part(number, _digest(payload))
        world.remembered[part.batch] = part.digests
    assert [world.known(b"a", packet=packet) for packet in (1, 2)] == [True, False]
    after_a_restart = Redeliveries(world._ask)
    assert after_a_restart.known(Delivery("t", b"b", datetime.now(UTC), True, 0, 3, _digest(b"b")))


def test_does_not_grow_with_what_it_has_seen(monkeypatch: Any) -> None:
    monkeypatch.setattr("ingest.redelivery.REMEMBERED", 100)
    redeliveries = _World().redeliveries
    for _ in range(1000):
        redeliveries.hand_on(uuid4(), bytes(16 * 30))
    assert 4 <= len(redeliveries._handed_on) <= 5
