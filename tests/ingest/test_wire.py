import socket
from collections.abc import Iterator

import pytest

from ingest.wire import Wire


@pytest.fixture
def ends() -> Iterator[tuple[Wire, socket.socket]]:
    near, far = socket.socketpair()
    near.setblocking(False)
    with near, far:
        yield Wire(near), far


def test_reads_ahead_and_says_what_select_cannot_see(ends: tuple[Wire, socket.socket]) -> None:
    wire, far = ends
    far.sendall(b"abcdef")
    assert (wire.pending(), wire.recv(1), wire.recv(2)) == (0, b"a", b"bc")
    assert wire.pending() == 3
    assert wire.recv(100) == b"def"
    assert wire.pending() == 0
    with pytest.raises(BlockingIOError):
        wire.recv(1)


def test_says_that_the_other_end_closed(ends: tuple[Wire, socket.socket]) -> None:
    wire, far = ends
    far.sendall(b"ab")
    far.close()
    assert (wire.recv(2), wire.recv(1)) == (b"ab", b"")


def test_sends_when_told_to_and_no_more_than_the_socket_takes(ends: tuple[Wire, socket.socket]) -> None:
    wire, far = ends
    content = bytes(range(256)) * 8192
    assert wire.send(content) == len(content)
    wire.flush()
    assert wire.unsent
    received = bytearray()
    while wire.unsent:
        received += far.recv(2**16)
        wire.flush()
    while len(received) < len(content):
        received += far.recv(2**16)
    assert bytes(received) == content


def test_sends_what_is_left_when_it_is_closed(ends: tuple[Wire, socket.socket]) -> None:
    wire, far = ends
    wire.send(b"last words")
    wire.close()
    assert (far.recv(100), far.recv(100)) == (b"last words", b"")


def test_says_that_the_connection_is_lost(ends: tuple[Wire, socket.socket]) -> None:
    wire, far = ends
    far.close()
    wire.send(b"anybody there?")
    with pytest.raises(OSError, match="Broken pipe"):
        wire.flush()
