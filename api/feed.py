"""The live feed: one reader of the outbox per process, any number of listeners, each at its own position.

The reader hears the doorbell and polls four times a second as the truth. What it reads is rendered once and kept in a
ring that all listeners share; a listener that is further back than the ring reads the outbox itself. A listener holds
nothing but its position, so a slow one costs no memory, and no event is missed or told twice.
"""

import asyncio
import json
import logging
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass

import psycopg
from psycopg_pool import ConnectionPool
from starlette.concurrency import run_in_threadpool

from store import alert_document, alerts, outbox
from store.connection import Connection, connect
from store.errors import StoreUnreachable
from store.outbox import Span

_logger = logging.getLogger(__name__)

_RING = 2000
_BATCH = 200
_POLL = 0.25
_RETRY = 2.0
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the feed as it goes over the wire."""

    id: int
    text: bytes


class Feed:
    """The live feed of one process.

    Parameters
    ----------
    url
        Address of the database; the reader has a connection of its own.
    pool
        Connections for listeners that are further back than the ring.
    heartbeat
        Pause after which an idle listener is told that the feed lives [s].
    """

    def __init__(self, url: str, pool: ConnectionPool[Connection], *, heartbeat: float) -> None:
        self._url = url
        self._pool = pool
        self._heartbeat = heartbeat
        self._ring: deque[Event] = deque(maxlen=_RING)
        self._before_ring = 0
        self._position: int | None = None
        self._changed = asyncio.Event()
        self._closing = threading.Event()
        self._failing_since: float | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reader = threading.Thread(target=self._read_until_closed, name="feed", daemon=True)

    @property
    def position(self) -> int | None:
        """Id of the newest event told; None until the outbox was first reached."""
        return self._position

    @property
    def closed(self) -> bool:
        """Whether the feed is being ended."""
        return self._closing.is_set()

    @property
    def working(self) -> bool:
        """Whether the outbox is being read: the reader runs, and has not failed for more than 30 s."""
        since = self._failing_since
        return self._reader.is_alive() and (since is None or time.monotonic() - since <= _PATIENCE)

    def start(self) -> None:
        """Begin to read; to be called in the event loop that serves the listeners."""
        self._loop = asyncio.get_running_loop()
        self._reader.start()

    def close(self) -> None:
        """End all listeners and the reader; to be called in the event loop."""
        self._closing.set()
        self._wake()

    async def closed_down(self) -> None:
        """Close and wait until the reader has gone."""
        self.close()
        await asyncio.to_thread(self._reader.join, 2 * _POLL + _RETRY)

    def span(self) -> Span:
        """How far back the feed can be resumed, and its newest event; asks the store."""
        with self._pool.connection() as connection:
            return outbox.span(connection)

    async def listen(self, after: int) -> AsyncGenerator[bytes]:
        """Events after id `after`, as bytes of an event stream, until the feed is closed."""
        position = after
        yield f"retry: 2000\nid: {position}\n\n".encode()
        while not self._closing.is_set():
            changed = self._changed
            events = await self._after(position)
            if events:
                position = events[-1].id
                yield b"".join(event.text for event in events)
                continue
            try:
                await asyncio.wait_for(changed.wait(), self._heartbeat)
            except TimeoutError:
                yield b": heartbeat\n\n"

    async def _after(self, position: int) -> Sequence[Event]:
        if self._position is None or position >= self._position:
            return ()
        if position >= self._before_ring:
            fresh: list[Event] = []
            for event in reversed(self._ring):
                if event.id <= position:
                    break
                fresh.append(event)
            return fresh[::-1]
        return await run_in_threadpool(self._catch_up, position)

    def _catch_up(self, position: int) -> list[Event]:
        with self._pool.connection() as connection:
            return _read(connection, position)

    def _read_until_closed(self) -> None:
        position: int | None = None
        while not self._closing.is_set():
            try:
                with connect(self._url, application="hengjian feed", autocommit=True) as connection:
                    outbox.listen(connection)
                    if position is None:
                        position = outbox.span(connection).newest
                        self._tell(self._begin, position)
                    while not self._closing.is_set():
                        events = _read(connection, position)
                        self._failing_since = None
                        if events:
                            position = events[-1].id
                            self._tell(self._publish, events)
                        if len(events) < _BATCH:
                            for _ in connection.notifies(timeout=_POLL, stop_after=1):
                                pass
            except (psycopg.Error, StoreUnreachable) as error:
                _logger.warning("the live feed has lost the database and will try again: %s", error)
                self._pause()
            except CancelledError:
                return
            except Exception:
                # Whatever it is, a feed that ended silently would be worse: the listeners would wait for ever.
                _logger.exception("the live feed failed and will try again")
                self._pause()

    def _pause(self) -> None:
        if self._failing_since is None:
            self._failing_since = time.monotonic()
        self._closing.wait(_RETRY)

    def _tell(self, function: object, argument: object) -> None:
        if self._loop is None or self._loop.is_closed():
            raise CancelledError
        self._loop.call_soon_threadsafe(function, argument)  # type: ignore[arg-type]  # _begin or _publish, with theirs

    def _begin(self, position: int) -> None:
        self._before_ring = self._position = position
        self._wake()

    def _publish(self, events: list[Event]) -> None:
        for event in events:
            if len(self._ring) == _RING:
                self._before_ring = self._ring[0].id
            self._ring.append(event)
        self._position = events[-1].id
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


def _read(connection: Connection, position: int) -> list[Event]:
    rows = outbox.after(connection, position, limit=_BATCH)
    standing = alerts.by_id(connection, {row.alert_id for row in rows}) if rows else {}
    return [Event(row.id, _text(row.id, row.topic, alert_document.document(standing[row.alert_id]))) for row in rows]


def _text(number: int, topic: str, document: dict[str, object]) -> bytes:
    data = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return f"id: {number}\nevent: {topic}\ndata: {data}\n\n".encode()
