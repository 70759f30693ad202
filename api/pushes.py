"""Pushes of telemetry in this process: a bounded number at once, each in a thread of its own that asks for its body.

The body is read only as fast as it is committed: the thread asks for the next piece when it needs one, and the server
stops reading from the line meanwhile. Neither decoding nor the database ever holds up the event loop.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event
from time import monotonic
from typing import TypeVar

import anyio
import anyio.from_thread
import anyio.to_thread
from psycopg_pool import ConnectionPool
from starlette.types import Receive

from api import problems
from api.metrics import Metrics
from api.settings import ApiSettings
from ingest.chunks import Medium
from ingest.inflation import inflated, opened
from ingest.push import Desk, Push, Receipt
from store.connection import Connection, open_pool
from store.pushes import PushName

_STATEMENT = timedelta(minutes=1)
_LOOK = 0.25
"""How often a push that waits for its body looks whether it should stop [s]."""

_Answer = TypeVar("_Answer")


class Pushes:
    """The pushes of one process.

    Parameters
    ----------
    pool
        Connections that commit by themselves: one for each push at once, and one to look identities up with.
    """

    def __init__(self, pool: ConnectionPool[Connection], settings: ApiSettings, metrics: Metrics) -> None:
        self._pool = pool
        self._most = settings.api_pushes
        self._stall = settings.api_push_stall.total_seconds()
        self._metrics = metrics
        self._in_hand = 0
        self._turned_away = False
        self._closing = Event()
        self._desk = Desk(self._ask, self._closing)
        self._threads = anyio.CapacityLimiter(self._most)

    @classmethod
    @contextmanager
    def opened(cls, database_url: str, settings: ApiSettings, metrics: Metrics) -> Iterator["Pushes"]:
        """Pushes on connections of their own, which are closed afterwards."""
        with open_pool(
            database_url,
            application="hengjian push",
            size=settings.api_pushes + 1,
            statement_timeout=_STATEMENT,
            patience=settings.api_patience.total_seconds(),
            autocommit=True,
        ) as pool:
            yield cls(pool, settings, metrics)

    def close(self) -> None:
        """End every push behind the chunk in hand; no further one is begun."""
        self._closing.set()

    def hears(self) -> bool:
        """Whether since this was last asked nobody was turned away for want of room; one thread alone asks."""
        turned_away, self._turned_away = self._turned_away, False
        return not turned_away and not self._closing.is_set()

    async def take(self, receive: Receive, name: PushName, medium: Medium, *, key: str, packed: bool) -> Receipt:
        """Commit a push whole, and say what became of it.

        Parameters
        ----------
        packed
            Whether the body says that it is gzip; otherwise it is looked at.

        Raises
        ------
        problems.Problem
            of the body or of this process.
        ingest.push_errors.PushError, psycopg.Error
        """
        if self._in_hand >= self._most:
            self._turned_away = True
            raise problems.PushesBusy(
                f"{self._most} pushes are being taken in; come again", headers={"Retry-After": "2"}
            )
        self._in_hand += 1
        self._metrics.pushes_in_hand.set(self._in_hand)
        try:
            return await anyio.to_thread.run_sync(self._take, receive, name, medium, key, packed, limiter=self._threads)
        finally:
            self._in_hand -= 1
            self._metrics.pushes_in_hand.set(self._in_hand)

    def _take(self, receive: Receive, name: PushName, medium: Medium, key: str, packed: bool) -> Receipt:  # noqa: FBT001 - a thread's function takes its arguments by position
        unpacked = (inflated if packed else opened)(self._blocks(receive))
        receipt = Receipt()
        with self._pool.connection() as connection:
            self._desk.take(connection, Push(name, medium, unpacked, key), receipt)
        return receipt

    def _blocks(self, receive: Receive) -> Iterator[bytes]:
        more = True
        while more:
            block, more = anyio.from_thread.run(self._next, receive)
            if block:
                yield block

    async def _next(self, receive: Receive) -> tuple[bytes, bool]:
        """Next piece of a body, and whether more follows."""
        given_up = monotonic() + self._stall
        while monotonic() < given_up:
            if self._closing.is_set():
                raise problems.ServerStopping("the service is being stopped; send the same again under the same key")
            with anyio.move_on_after(_LOOK):
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise problems.BodyBroken("the connection ended before the body did")
                return message.get("body", b""), message.get("more_body", False)
        raise problems.BodyStalled(f"nothing came for {self._stall:g} s; send the same again under the same key")

    def _ask(self, question: Callable[[Connection], _Answer], /) -> _Answer:
        with self._pool.connection() as connection:
            return question(connection)
