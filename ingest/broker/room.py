"""How much room nats-server has left: kept in bounds, shown, and said in time, for a full broker takes nothing more."""

import json
import logging
import shutil
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit
from urllib.request import urlopen

from prometheus_client import CollectorRegistry, Gauge

from ingest.broker import bounds
from ingest.broker.bounds import MOST_SESSIONS, Held, Unbounded
from ingest.broker.layout import KEEPER
from ingest.broker.nats_connection import NatsConnection
from store.passwords import fresh, hashes

log = logging.getLogger(__name__)

ALARM = 0.8
"""Share of its room from which on a broker is said to be filling up."""

AGAIN = 600.0
"""Pause between two such sayings [s]."""

GRACE = 30.0
"""How long a broker may not answer before that is said [s]: it reads our password when it is configured anew."""

MEBIBYTE = 2**20


class RoomKeeper:
    """Keeps one nats-server's bounds, shows what it holds, and says when that becomes much.

    It has a user of its own there, whose password nobody else knows and which lives as long as this object.

    Parameters
    ----------
    monitor
        Address of the broker's monitor, `http://host:port`; there it says at which port it speaks its own protocol.
    disk
        What messages that wait may take [bytes].
    directory
        Where the broker keeps them, or anything else on the same disk.
    """

    def __init__(self, monitor: str, disk: int, directory: Path) -> None:
        self.monitor = monitor
        self._password = fresh()
        self.hashes = hashes(self._password)
        self._disk = disk
        self._directory = directory
        self._said: dict[str, float] = {}
        self._answered = monotonic()
        self.registry = CollectorRegistry()
        self._up = self._gauge("broker_up", "Whether the broker answered when it was last asked what it holds.")
        self._held = self._gauge("broker_held_bytes", "What messages take that wait at the broker.")
        self._room = self._gauge("broker_room_bytes", "What further messages may take there, by bound and by disk.")
        self._messages = self._gauge("broker_held_messages", "Messages that wait at the broker.")
        self._sessions = self._gauge("broker_sessions", f"Sessions that the broker knows, of {MOST_SESSIONS} at most.")

    def look(self, tell: Callable[[str], None] = log.warning) -> Held | None:
        """Set bounds and ask, once; None where the broker does not answer, or nobody has ever spoken MQTT there.

        Parameters
        ----------
        tell
            Takes a sentence that somebody should act on.
        """
        try:
            with urlopen(f"{self.monitor}/varz", timeout=5) as answer:  # noqa: S310 - our own broker's address
                port = int(json.load(answer)["port"])
            with NatsConnection((urlsplit(self.monitor).hostname or "", port), KEEPER, self._password) as connection:
                held = bounds.keep(connection, self._disk)
        except (OSError, HTTPException, ValueError, KeyError) as error:
            self._up.set(0)
            if monotonic() - self._answered > GRACE:
                self._say(tell, "silent", f"what the broker holds is not known, and nothing bounds it newly: {error}")
            return None
        except Unbounded as error:
            self._up.set(0)
            self._say(tell, "unbounded", f"the broker takes no bound for what it holds ({error}): start it again")
            return None
        self._up.set(1)
        self._answered = monotonic()
        if held is not None:
            self._show(held, tell)
        return held

    def _show(self, held: Held, tell: Callable[[str], None]) -> None:
        room = max(0, min(held.most - held.size, shutil.disk_usage(self._directory).free))
        self._held.set(held.size)
        self._room.set(room)
        self._messages.set(held.messages)
        self._sessions.set(held.sessions)
        if held.size + room == 0 or held.size / (held.size + room) >= ALARM:
            self._say(
                tell,
                "full",
                f"THE BROKER FILLS UP: {held.messages} messages of {held.size / MEBIBYTE:.0f} MiB wait in it and it "
                f"has room for {room / MEBIBYTE:.0f} MiB; when that is used up it takes nothing more. Look first "
                "whether ingest runs and keeps up",
            )
        if held.sessions >= ALARM * MOST_SESSIONS:
            self._say(
                tell,
                "sessions",
                f"the broker knows {held.sessions} sessions of the {MOST_SESSIONS} that it takes: somebody comes under "
                "ever new names without asking for a clean session",
            )

    def _say(self, tell: Callable[[str], None], what: str, sentence: str) -> None:
        last = self._said.get(what)
        if last is None or monotonic() - last >= AGAIN:
            self._said[what] = monotonic()
            tell(sentence)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(name, meaning, registry=self.registry)
