"""A publisher that keeps a ledger: MQTT 3.1.1 at QoS 1 over a plain socket, so that no library hides what was resent.

Nothing is forgotten before its PUBACK. When the connection is lost, whatever has no PUBACK is sent again on the next
one, in order, and the ledger counts it.
"""

import select
import socket
import struct
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic, sleep
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

from tests.faults.ledger import Entry, Ledger, Message

WINDOW = 200
"""Messages on their way without PUBACK, at most."""

SILENCE = 20.0
"""How long a broker that owes a PUBACK may say nothing before the connection counts as lost [s]."""

PATIENCE = 120.0
"""How long the broker may stay away before the test fails [s]."""

_CONNACK, _PUBACK = 0x20, 0x40


class Publisher:
    """A source's connection to the broker while the block runs; leaving it waits for every PUBACK.

    Parameters
    ----------
    url
        Broker URL of the source, with user and password.
    ledger
        Where each message is entered.
    name
        MQTT client id.
    """

    def __init__(
        self, url: str, ledger: Ledger, *, name: str = "publisher", window: int = WINDOW, silence: float = SILENCE
    ) -> None:
        self.connections = 0
        self._parts = urlsplit(url)
        self._ledger = ledger
        self._name = name
        self._window = window
        self._silence = silence
        self._socket: socket.socket | None = None
        self._received = b""
        # Packet number → what waits for its PUBACK, in order of sending.
        self._waiting: dict[int, tuple[Entry, bytes]] = {}
        self._number = 0
        self._heard = monotonic()

    def __enter__(self) -> Self:
        self._reconnect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.settle()
        finally:
            self._close()

    def publish(self, message: Message) -> None:
        """Enter a message and send it as soon as the window has room."""
        while len(self._waiting) >= self._window:
            self._hear(0.5)
        entry = self._ledger.enter(message)
        self._number = self._free_number()
        self._waiting[self._number] = entry, _publish(message, self._number)
        self._send(self._number)
        self._hear(0)

    def run(self, messages: Iterable[Message], *, rate: float | None = None) -> int:
        """Publish messages, at most `rate` of them a second; return how many."""
        began, count = monotonic(), 0
        for count, message in enumerate(messages, 1):
            self.publish(message)
            if rate is not None and (ahead := began + count / rate - monotonic()) > 0.002:
                sleep(ahead)
        return count

    @contextmanager
    def running(self, messages: Iterable[Message], *, rate: float | None = None) -> Iterator[threading.Thread]:
        """Publish in a thread of its own while the block runs; leaving the block waits for its end and its error."""
        failures: list[BaseException] = []

        def publish() -> None:
            try:
                self.run(messages, rate=rate)
                self.settle()
            except BaseException as error:  # noqa: BLE001 - raised again in the test's own thread
                failures.append(error)

        thread = threading.Thread(target=publish, name=self._name, daemon=True)
        thread.start()
        yield thread
        thread.join()
        if failures:
            raise failures[0]

    def settle(self) -> None:
        """Wait until everything has its PUBACK."""
        while self._waiting:
            self._hear(0.5)

    def _free_number(self) -> int:
        number = self._number % 65_535 + 1
        while number in self._waiting:
            number = number % 65_535 + 1
        return number

    def _send(self, number: int) -> None:
        entry, packet = self._waiting[number]
        assert self._socket is not None
        entry.sent += 1
        try:
            self._socket.sendall(packet)
        except OSError:
            self._reconnect()

    def _hear(self, patience: float) -> None:
        """Book the PUBACKs that came within `patience` [s]."""
        assert self._socket is not None
        ready, _, _ = select.select([self._socket], [], [], patience)
        if not ready:
            if self._waiting and monotonic() - self._heard > self._silence:
                self._reconnect()
            elif not self._waiting:
                self._heard = monotonic()
            return
        try:
            arrived = self._socket.recv(65_536)
        except OSError:
            arrived = b""
        if not arrived:
            self._reconnect()
            return
        self._heard = monotonic()
        self._received += arrived
        # Nothing but PUBACK, four bytes each, comes to a client that subscribed to nothing.
        whole = len(self._received) // 4 * 4
        for kind, length, number in struct.iter_unpack(">BBH", self._received[:whole]):
            assert (kind, length) == (_PUBACK, 2), self._received[:whole]
            self._waiting.pop(number)[0].acknowledged = True
        self._received = self._received[whole:]

    def _reconnect(self) -> None:
        """Connect, as often as it takes, and send again what has no PUBACK."""
        deadline = monotonic() + PATIENCE
        while True:
            self._close()
            try:
                self._connect()
                for entry, packet in list(self._waiting.values()):
                    assert self._socket is not None
                    entry.sent += 1
                    self._socket.sendall(packet)
            except OSError:
                assert monotonic() < deadline, "the broker stays away"
                sleep(0.2)
            else:
                self._heard = monotonic()
                return

    def _connect(self) -> None:
        made = socket.create_connection((self._parts.hostname or "", self._parts.port or 1883), timeout=10)
        self._socket = made
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        user, password = unquote(self._parts.username or ""), unquote(self._parts.password or "")
        # Clean session, user and password, no keep-alive.
        body = _text("MQTT") + bytes([4, 0xC2]) + bytes(2) + _text(self._name) + _text(user) + _text(password)
        made.sendall(bytes([0x10]) + _length(len(body)) + body)
        answer = b""
        while len(answer) < 4:
            more = made.recv(4 - len(answer))
            if not more:
                raise ConnectionError("the broker hung up")
            answer += more
        assert answer[0] == _CONNACK
        assert answer[3] == 0, f"the broker refuses {user}: return code {answer[3]}"
        self._received = b""
        self.connections += 1

    def _close(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.sendall(bytes([0xE0, 0]))
            self._socket.close()
            self._socket = None


def _publish(message: Message, number: int) -> bytes:
    body = _text(message.topic) + struct.pack(">H", number) + message.payload
    return bytes([0x32]) + _length(len(body)) + body


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">H", len(encoded)) + encoded


def _length(length: int) -> bytes:
    """Remaining length, MQTT 3.1.1 §2.2.3."""
    encoded = bytearray()
    while True:
        length, seven = divmod(length, 128)
        encoded.append(seven | (0x80 if length else 0))
        if not length:
            return bytes(encoded)
