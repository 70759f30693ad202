"""Requests to nats-server in its own protocol, as JetStream's management takes them and MQTT has no words for.

Four words of the protocol are enough (https://docs.nats.io/reference/reference-protocols/nats-protocol), so no client
library stands in between.
"""

import json
import socket
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

PATIENCE = 5.0
"""How long the server may take to answer [s]."""

INBOX = "_INBOX.keeper"
"""Where answers come."""


class NatsConnection:
    """One connection, as a context manager.

    Parameters
    ----------
    address
        Host and port where nats-server speaks its own protocol.
    user, password
        Who asks.

    Raises
    ------
    OSError
        Where the server is not there, does not let us in, or does not answer in time.
    """

    def __init__(self, address: tuple[str, int], user: str, password: str) -> None:
        self._socket = socket.create_connection(address, timeout=PATIENCE)
        try:
            self._file = self._socket.makefile("rb")
            self._line()  # INFO
            who = {"user": user, "pass": password, "verbose": False, "pedantic": False, "name": "hengjian"}
            self._socket.sendall(f"CONNECT {json.dumps(who)}\r\nSUB {INBOX} 1\r\nPING\r\n".encode())
            self._await(b"PONG")
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._socket.close()

    def request(self, subject: str, content: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Ask, and return the answer, a JSON object.

        Raises
        ------
        OSError
            Where no answer comes.
        ValueError
            Where it is no JSON.
        """
        body = b"" if content is None else json.dumps(content).encode()
        self._socket.sendall(b"PUB %s %s %d\r\n%s\r\n" % (subject.encode(), INBOX.encode(), len(body), body))
        head = self._await(b"MSG")
        size = int(head.split()[-1])
        answer: dict[str, Any] = json.loads(self._file.read(size + 2)[:size])
        return answer

    def _await(self, word: bytes) -> bytes:
        """The next line that begins with a word; the server's own question whether we live is answered meanwhile."""
        while not (line := self._line()).startswith(word):
            if line.startswith(b"PING"):
                self._socket.sendall(b"PONG\r\n")
            elif line.startswith(b"-ERR"):
                raise OSError(f"nats-server refuses us: {line[5:].decode(errors='replace').strip()}")
        return line

    def _line(self) -> bytes:
        line = self._file.readline()
        if not line.endswith(b"\n"):
            raise OSError("nats-server closed the connection")
        return line
