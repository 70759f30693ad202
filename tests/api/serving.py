"""The application on a real server."""

import contextlib
import threading
import time
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from api.server import Server, listen


@contextlib.contextmanager
def serving(application: FastAPI, *, wait: bool = True) -> Iterator[str]:
    """Address of an application on a real server, in a thread of its own."""
    with listen("127.0.0.1", 0) as listener:
        config = uvicorn.Config(
            application, log_level="error", access_log=False, ws="none", timeout_graceful_shutdown=5
        )
        server = Server(config, application)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        deadline = time.monotonic() + 15
        while not server.started or (wait and application.state.feed.position is None):
            assert time.monotonic() < deadline
            assert thread.is_alive()
            time.sleep(0.01)
        host, port = listener.getsockname()[:2]
        try:
            yield f"http://{host}:{port}"
        finally:
            server.should_exit = True
            thread.join(15)
            assert not thread.is_alive()
