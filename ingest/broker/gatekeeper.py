"""Keeps a broker's configuration as the store has it, and the audit as the broker's log has it."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import psycopg

from ingest.broker.layout import Layout, Users
from ingest.broker.log_tail import LogTail
from ingest.broker.make import Make, files
from ingest.broker.private_file import write_changed
from ingest.broker.refusal import Refusal
from ingest.broker.refusal_book import RefusalBook
from ingest.broker.room import RoomKeeper
from store import credentials
from store.connection import Connection, connect
from store.errors import StoreUnreachable
from store.passwords import Hashes

log = logging.getLogger(__name__)

ROUND = 2.0
"""How often the store and the broker's log are looked at [s]."""

Reader = Callable[[Iterable[str]], Iterator[Refusal]]


@dataclass(frozen=True, slots=True)
class Gatekeeper:
    """One broker's.

    Parameters
    ----------
    directory
        Where the configuration is written.
    ingest
        Hashes of ingest's password; None where it comes by certificate.
    room
        Who bounds what the broker holds; None where nobody does.
    """

    make: Make
    layout: Layout
    directory: Path
    ingest: Hashes | None
    room: RoomKeeper | None = None

    def configure(self, connection: Connection) -> bool:
        """Write what the store has now; whether it is another configuration than before."""
        keeper = None if self.room is None else self.room.hashes
        users = Users(self.ingest, tuple(credentials.current(connection)), keeper)
        let_in = users.let_in(self.layout.tls)
        if not write_changed(self.directory, files(self.make, self.layout, users)):
            return False
        log.info("the broker's configuration in %s lets in %d sources", self.directory, len(let_in))
        left_out = sorted({source.source for source in users.sources} - {source.source for source in let_in})
        if left_out:
            log.warning(
                "not let in, for their credential is not of the sort that this broker asks for: %s", ", ".join(left_out)
            )
        return True

    def follow(self, database_url: str, stopping: Event, refusals: tuple[LogTail, Reader] | None = None) -> None:
        """Go on doing so until told to stop, whatever becomes of the database.

        Parameters
        ----------
        refusals
            The broker's log, and who reads refusals out of it; none are written down where None.
        """
        book = RefusalBook("service:broker")
        while not stopping.is_set():
            try:
                with connect(database_url, application="hengjian broker", autocommit=True) as connection:
                    while not stopping.wait(ROUND):
                        self._look_after_room()
                        self.configure(connection)
                        if refusals is not None:
                            tail, read = refusals
                            book.enter(connection, read(tail.lines()))
            except (StoreUnreachable, psycopg.Error) as error:
                log.warning("the broker stays as it is configured for now: %s", " ".join(str(error).split()))
                self._look_after_room()  # without the database the broker fills up
                stopping.wait(ROUND)

    def _look_after_room(self) -> None:
        if self.room is not None:
            self.room.look()
