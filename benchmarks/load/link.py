"""One source's raw connection: so many messages ahead of their acknowledgement, and each of these counted."""

import socket
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import numpy as np
from numpy.typing import NDArray

from benchmarks.load import packets
from benchmarks.load.fleet import Fleet

CHUNK = 1 << 20
"""Packets written at once [bytes]."""

RECEIVED = 1 << 18
"""Most that is read at once [bytes]."""


@dataclass(slots=True)
class Account:
    """What one source sent and what was acknowledged of it.

    Parameters
    ----------
    sent
        Messages handed to the socket, at least in part.
    unheard
        Acknowledged messages that nobody subscribes to, where the broker says so.
    numbers
        How often each packet number was acknowledged.
    """

    sent: int = 0
    acknowledged: int = 0
    unheard: int = 0
    numbers: NDArray[np.int64] = field(default_factory=lambda: np.zeros(65_536, dtype=np.int64))

    def exact(self) -> bool:
        """Whether each message was acknowledged once."""
        expected = np.bincount(np.arange(self.sent) % 65_535 + 1, minlength=65_536)
        return bool((self.numbers == expected).all())


class Link:
    """One source's connection.

    Parameters
    ----------
    url
        Of the broker, with the source's user and password.
    messages
        How many it sends.
    window
        Most messages ahead of their acknowledgement.
    first
        Number of the first message.
    """

    def __init__(self, url: str, fleet: Fleet, messages: int, *, window: int, version: str, first: int = 0) -> None:
        self.account = Account()
        self.source = fleet.source
        self.messages = messages
        self._fleet, self._version = fleet, version
        self._width = fleet.publications(np.arange(1), version).shape[1]
        self._chunks = self._written(first)
        self._ahead: deque[NDArray[np.uint8]] = deque()
        self._view, self._at = memoryview(b""), 0
        self._rest = b""
        self.socket = self._open(url)
        self._window = min(window, self._limit)

    def write_ahead(self, budget: int) -> None:
        """Write packets before they are needed, up to a number of bytes."""
        while budget > 0 and (chunk := next(self._chunks, None)) is not None:
            self._ahead.append(chunk)
            budget -= chunk.nbytes

    @property
    def finished(self) -> bool:
        """Whether everything is acknowledged."""
        return self.account.acknowledged >= self.messages

    def may_send(self, due: int) -> bool:
        """Whether the window and the pace allow another message, or one is sent in part."""
        return self._allowed(due) > 0 or self._at % self._width > 0

    def send(self, due: int) -> None:
        """Send what the window, the pace and the socket take.

        Parameters
        ----------
        due
            Messages that the pace asks for since the start.
        """
        if self._at == len(self._view):
            chunk = self._ahead.popleft() if self._ahead else next(self._chunks)
            self._view, self._at = chunk.reshape(-1).data, 0
        begun = -(-self._at // self._width)
        until = min(len(self._view), (begun + self._allowed(due)) * self._width)
        try:
            self._at += self.socket.send(self._view[self._at : until])
        except BlockingIOError:
            return
        self.account.sent += -(-self._at // self._width) - begun

    def receive(self) -> None:
        """Count what the broker acknowledges.

        Raises
        ------
        packets.Refused
            if it refuses a message or closes the connection.
        """
        try:
            answers = self.socket.recv(RECEIVED)
        except BlockingIOError:
            return
        if not answers:
            raise packets.Refused(f"the broker closed the connection of {self.source}")
        found = packets.acknowledgements(self._rest + answers)
        self._rest = found.rest
        self.account.acknowledged += len(found.numbers)
        self.account.unheard += found.unheard
        self.account.numbers += np.bincount(found.numbers, minlength=65_536)

    def cut_short(self) -> None:
        """Begin no further message; what is begun is sent to its end."""
        self.messages = self.account.sent

    def close(self) -> None:
        """Say goodbye."""
        self.socket.setblocking(True)
        self.socket.sendall(packets.DISCONNECT)
        self.socket.close()

    def _allowed(self, due: int) -> int:
        told = self.account
        return min(self._window - (told.sent - told.acknowledged), min(due, self.messages) - told.sent)

    def _written(self, first: int) -> Iterator[NDArray[np.uint8]]:
        size = max(1, CHUNK // self._width)
        for begin in range(first, first + self.messages, size):
            yield self._fleet.publications(
                np.arange(begin, min(begin + size, first + self.messages), dtype=np.int64), self._version
            )

    def _open(self, url: str) -> socket.socket:
        address = urlsplit(url)
        opened = socket.create_connection((address.hostname or "127.0.0.1", address.port or 1883), timeout=30)
        try:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            user, password = unquote(address.username or ""), unquote(address.password or "")
            opened.sendall(packets.connect(f"load-{self.source}", user, password, self._version))
            self._limit = self._await_welcome(opened)
            opened.setblocking(False)
        except BaseException:
            opened.close()
            raise
        return opened

    def _await_welcome(self, opened: socket.socket) -> int:
        answer = b""
        while (limit := packets.welcome(answer, self._version)) is None:
            more = opened.recv(RECEIVED)
            if not more:
                raise packets.Refused(f"the broker does not let in {self.source}")
            answer += more
        return limit
