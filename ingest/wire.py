"""The socket under the MQTT client, read and written in large pieces.

paho reads a packet by three or four calls of a few bytes each and writes each acknowledgement by one of its own. Beside
busy threads every such call costs the interpreter's lock twice, which is more than the packet costs otherwise.
"""

import ssl
from contextlib import suppress
from typing import Protocol

from ingest.publications import Publication, cut

READ = 2**18
"""Most that is read by one call [bytes]."""


class Socket(Protocol):
    """What is needed of a socket, plain or TLS."""

    def recv(self, size: int, /) -> bytes:
        """Read."""
        ...

    def send(self, data: bytes | bytearray, /) -> int:
        """Write, and say how much."""
        ...

    def close(self) -> None:
        """End."""
        ...

    def fileno(self) -> int:
        """Descriptor for `select`."""
        ...

    def setblocking(self, flag: bool, /) -> None:  # noqa: FBT001 - the socket's own signature
        """Whether calls wait."""
        ...


class Wire:
    """A non-blocking socket that reads ahead, and sends when told to.

    Parameters
    ----------
    inner
        The connected socket, plain or TLS.
    """

    def __init__(self, inner: Socket) -> None:
        self._inner = inner
        self._read = b""
        self._at = 0
        self._unsent = bytearray()

    def recv(self, size: int) -> bytes:
        """Up to `size` bytes; raises what the socket raises where none have come."""
        self._read_ahead()
        piece = self._read[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def publications(self, *, newer: bool) -> list[Publication]:
        """The plain publications that come next, where a packet begins; none where something else does.

        Parameters
        ----------
        newer
            Whether MQTT 5 is spoken.
        """
        with suppress(OSError):  # nothing has come, or the connection is lost: `recv` will say so
            self._read_ahead()
        found, self._at = cut(self._read, self._at, newer=newer)
        return found

    def _read_ahead(self) -> None:
        if self._at == len(self._read):
            self._read, self._at = self._inner.recv(READ), 0

    def pending(self) -> int:
        """Bytes that have been read, and which `select` therefore cannot see."""
        within = getattr(self._inner, "pending", int)()  # TLS holds what it has deciphered
        return len(self._read) - self._at + int(within)

    def send(self, data: bytes | bytearray) -> int:
        """Take all of it, for the next :meth:`flush`."""
        self._unsent += data
        return len(data)

    @property
    def unsent(self) -> bool:
        """Whether something waits to be sent."""
        return bool(self._unsent)

    def flush(self) -> None:
        """Send what the socket takes now.

        Raises
        ------
        OSError
            if the connection is lost.
        """
        with suppress(BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            while self._unsent:
                del self._unsent[: self._inner.send(self._unsent)]

    def close(self) -> None:
        """Send what can still be sent, and close."""
        with suppress(OSError):
            self.flush()
        self._inner.close()

    def fileno(self) -> int:
        """Descriptor, for `select`."""
        return self._inner.fileno()

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001 - the socket's own signature
        """Whether calls wait."""
        self._inner.setblocking(flag)
