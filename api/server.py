"""Serving the application until it is told to stop."""

import logging
import socket

import uvicorn
from fastapi import FastAPI

from api.feed import Feed
from api.pushes import Pushes

_GRACE = 10


class Server(uvicorn.Server):
    """Server that ends live feeds and pushes before it waits for the remaining answers: stopping takes no time."""

    def __init__(self, config: uvicorn.Config, application: FastAPI) -> None:
        super().__init__(config)
        self._application = application

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop taking requests, end the feeds, end pushes behind the chunk in hand, let the rest finish."""
        feed: Feed | None = getattr(self._application.state, "feed", None)
        if feed is not None:  # there is none if the start failed
            feed.close()
        pushes: Pushes | None = getattr(self._application.state, "pushes", None)
        if pushes is not None:
            pushes.close()
        await super().shutdown(sockets)


def serve(application: FastAPI, listener: socket.socket) -> None:
    """Serve on a listening socket until SIGINT or SIGTERM."""
    config = uvicorn.Config(
        application,
        log_level=logging.INFO,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=_GRACE,
    )
    Server(config, application).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """Socket that listens; port 0 lets the system choose.

    Raises
    ------
    OSError
        if the address is not this machine's or the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=512)
    # asyncio does this only for sockets whose protocol number is stated; without it each answer takes 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
