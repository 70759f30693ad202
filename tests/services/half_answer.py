"""A server that is killed in the middle of its answer."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from standalone.port import LOOPBACK


@contextmanager
def half_answer() -> Iterator[str]:
    """Address of one that answers one request so."""
    with socket.create_server((LOOPBACK, 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"port": 1')

        answering = Thread(target=answer)
        answering.start()
        yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        answering.join()
