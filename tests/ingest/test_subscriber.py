"""The subscriber against a broker that follows a script: which acknowledgements go out, and on which connection."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest
from pydantic import SecretStr

from ingest.backlog import Backlog, Delivery, Limits
from ingest.settings import IngestSettings
from ingest.subscriber import Subscriber

CONNECT, PUBACK, SUBSCRIBE, PINGREQ = 1, 4, 8, 12
"""Kinds of MQTT packets (3.1.1, 2.2.1)."""

PATIENCE = 20.0
"""Longest wait for the subscriber [s]."""

LIMITS = Limits(messages=1, payload=2**20, window=timedelta(0))


class _Session:
    """One connection of the subscriber, seen from the broker; MQTT 3.1.1."""

    def __init__(self, listener: socket.socket, *, resumed: bool) -> None:
        self.socket, _ = listener.accept()
        self.socket.settimeout(PATIENCE)
        self.expect(CONNECT)
        self.socket.sendall(bytes([0x20, 2, resumed, 0]))
        self.socket.sendall(b"\x90\x03" + self.expect(SUBSCRIBE)[:2] + b"\x01")

    def expect(self, kind: int) -> bytes:
        """What follows the head of the next packet, which is of this kind."""
        head, length = self._exactly(2)
        assert (head >> 4, length < 128) == (kind, True)
        return self._exactly(length)

    def kind(self) -> int:
        """Kind of the next packet, which has nothing but a head."""
        head, length = self._exactly(2)
        assert length == 0
        return head >> 4

    def _exactly(self, length: int) -> bytes:
        read = b""
        while len(read) < length:
            more = self.socket.recv(length - len(read))
            assert more, "the subscriber closed the connection"
            read += more
        return read

    def publish(self, packet: int, payload: bytes) -> None:
        """Deliver a message with QoS 1."""
        topic = b"telemetry/city/native"
        body = len(topic).to_bytes(2, "big") + topic + packet.to_bytes(2, "big") + payload
        self.socket.sendall(bytes([0x32, len(body)]) + body)

    def acknowledged(self) -> int:
        """Packet number of the next acknowledgement."""
        return int.from_bytes(self.expect(PUBACK), "big")

    def answer(self) -> None:
        """Answer the next question whether we live."""
        self.expect(PINGREQ)
        self.socket.sendall(b"\xd0\x00")


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(PATIENCE)
        yield made


@pytest.fixture
def backlog() -> Backlog:
    return Backlog(2**20)


@pytest.fixture
def subscriber(listener: socket.socket, backlog: Backlog) -> Iterator[Subscriber]:
    with subscribed(listener, backlog, keepalive=60) as made:
        yield made


@contextmanager
def subscribed(
    listener: socket.socket, backlog: Backlog, *, keepalive: float, receive_maximum: int = 8000
) -> Iterator[Subscriber]:
    """A subscriber of this broker that promises to be silent no longer than `keepalive` [s]."""
    address = SecretStr(f"mqtt://127.0.0.1:{listener.getsockname()[1]}")
    settings = IngestSettings(
        broker_url=address,
        mqtt_version="3.1.1",
        broker_keepalive=timedelta(seconds=keepalive),
        receive_maximum=receive_maximum,
    )
    made = Subscriber(settings, backlog)
    made.start()
    try:
        yield made
    finally:
        made.leave()
    assert made.failure is None


def take(backlog: Backlog) -> Delivery:
    (delivery,) = backlog.take(LIMITS, patience=PATIENCE)
    return delivery


def test_acknowledges_only_what_was_committed_and_in_its_order(
    listener: socket.socket, backlog: Backlog, subscriber: Subscriber
) -> None:
    session = _Session(listener, resumed=False)
    with closing(session.socket):
        for packet in (1, 2, 3):
            session.publish(packet, b"message %d" % packet)
        taken = [take(backlog) for _ in range(3)]
        subscriber.acknowledge(taken[1:])
        assert [session.acknowledged() for _ in range(2)] == [2, 3]
        subscriber.acknowledge(taken[:1])
        assert session.acknowledged() == 1


def test_what_came_on_a_lost_connection_is_not_acknowledged_on_the_next(
    listener: socket.socket, backlog: Backlog, subscriber: Subscriber
) -> None:
    lost = _Session(listener, resumed=False)
    with closing(lost.socket):
        lost.publish(1, b"before")
        before = take(backlog)
    session = _Session(listener, resumed=True)
    with closing(session.socket):
        session.publish(1, b"another under the same number")
        session.publish(2, b"behind it")
        same_number, behind = take(backlog), take(backlog)
        assert (before.packet, same_number.packet) == (1, 1)
        subscriber.acknowledge([before, behind])
        assert session.acknowledged() == 2
        subscriber.acknowledge([same_number])
        assert session.acknowledged() == 1


def test_takes_what_comes_under_a_number_that_is_still_in_hand_though_the_broker_sends_far_ahead(
    listener: socket.socket,
) -> None:
    """Mosquitto 2.0 sends ahead all that waits, whatever was agreed: beyond 65,535 messages its numbers come again."""
    backlog, again = Backlog(2**26), 500
    limits = Limits(messages=2000, payload=2**20, window=timedelta(0))
    with subscribed(listener, backlog, keepalive=60, receive_maximum=4) as subscriber:
        session = _Session(listener, resumed=False)
        with closing(session.socket):
            numbers = [*range(1, 65_536), *range(1, again + 1)]
            flood = Thread(target=lambda: [session.publish(number, b"%d" % number) for number in numbers])
            flood.start()
            before, taken = -1, 0
            while before < subscriber.received:  # the database is away for a while
                before = subscriber.received
                sleep(0.3)
            while taken < len(numbers):
                deliveries = backlog.take(limits, patience=1)
                assert deliveries, f"{taken} of {len(numbers)} came"
                taken += len(deliveries)
                subscriber.acknowledge(deliveries)
                backlog.settle(deliveries)
            flood.join()


def test_leaves_a_broker_that_says_nothing_though_it_is_asked(listener: socket.socket, backlog: Backlog) -> None:
    with subscribed(listener, backlog, keepalive=1):
        silent = _Session(listener, resumed=False)
        with closing(silent.socket):
            began = monotonic()
            silent.expect(PINGREQ)
            while silent.kind() == PINGREQ:
                pass
            assert 1.5 < monotonic() - began < 4
        with closing(_Session(listener, resumed=True).socket):
            assert monotonic() - began < 8


def test_whatever_the_broker_says_is_a_sign_of_life(listener: socket.socket, backlog: Backlog) -> None:
    with subscribed(listener, backlog, keepalive=1):
        talkative = _Session(listener, resumed=False)
        with closing(talkative.socket):
            for packet in range(1, 6):  # the answers to its questions wait behind them
                talkative.expect(PINGREQ)
                talkative.publish(packet, b"message %d" % packet)
            assert [take(backlog).packet for _ in range(5)] == [1, 2, 3, 4, 5]


def test_does_not_hear_while_it_drains_what_waited_at_the_broker(listener: socket.socket) -> None:
    backlog = Backlog(2**20)
    with subscribed(listener, backlog, keepalive=60, receive_maximum=4) as subscriber:
        assert not subscriber.hears()
        session = _Session(listener, resumed=False)
        with closing(session.socket):
            for packet in range(1, 4):
                session.publish(packet, b"waited")
            drained = [take(backlog) for _ in range(3)]
            backlog.settle(drained)
            assert not subscriber.hears()
            assert subscriber.hears()
            session.publish(4, b"new")
            backlog.settle([take(backlog)])
            assert subscriber.hears()


def test_silence_proves_nothing_while_the_database_keeps_it_from_listening(listener: socket.socket) -> None:
    backlog = Backlog(8)
    with subscribed(listener, backlog, keepalive=1) as subscriber:
        session = _Session(listener, resumed=False)
        with closing(session.socket):
            session.publish(1, b"fills the backlog")
            taken = take(backlog)
            for _ in range(5):
                session.answer()  # unheard
            session.publish(2, b"behind the answers")
            subscriber.acknowledge([taken])
            backlog.settle([taken])
            assert session.acknowledged() == 1
            assert take(backlog).payload == b"behind the answers"


def test_gives_back_what_it_held_of_the_system(listener: socket.socket, backlog: Backlog) -> None:
    held = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        with subscribed(listener, backlog, keepalive=60):
            _Session(listener, resumed=False).socket.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == held


def test_holds_no_more_of_the_system_after_fifty_connections(
    listener: socket.socket, backlog: Backlog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.subscriber.FIRST_PAUSE", 0.01)
    monkeypatch.setattr("ingest.subscriber.LONGEST_PAUSE", 0.01)
    with subscribed(listener, backlog, keepalive=60):
        held = list[int]()
        for number in range(50):
            session = _Session(listener, resumed=number > 0)
            with closing(session.socket):
                session.publish(1, b"left to the broker")
                assert take(backlog).connection == number
                held.append(len(list(Path("/proc/self/fd").iterdir())))
        assert max(held[1:]) <= held[0]
        with closing(_Session(listener, resumed=True).socket):
            assert backlog.depth == 0
