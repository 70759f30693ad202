"""Keeps the embedded broker's door: lets in whom the store lets in, and writes down whom the broker refused."""

from collections.abc import Callable, Iterable

import psycopg

from ingest.broker.log_tail import LogTail
from ingest.broker.nats_log import NatsRefusals
from ingest.broker.refusal_book import RefusalBook
from standalone.broker import EmbeddedBroker
from store import credentials
from store.connection import Connection, connect
from store.errors import SourceKnown, StoreUnreachable

ACTOR = "service:up"


class Doorkeeper:
    """Stands between the store's credentials and the broker's users.

    Parameters
    ----------
    broker
        The running broker.
    database_url
        Where sources are enrolled.
    tell
        Takes (who speaks, line).
    """

    def __init__(self, broker: EmbeddedBroker, database_url: str, tell: Callable[[str, str], None]) -> None:
        self._broker = broker
        self._database_url = database_url
        self._tell = tell
        self._log = LogTail(broker.log.path)
        self._refusals = NatsRefusals(broker.monitor)
        self._book = RefusalBook(ACTOR)

    def admit(self) -> None:
        """Let in whom the store lets in, and no one else; sources without a credential get a password first."""
        with connect(self._database_url, application="hengjian up", autocommit=True) as connection:
            for code in credentials.never_issued(connection):
                self._give_password(connection, code)
            current = credentials.current(connection)
            holding = {source.source: source.hashes for source in current}
            self._forget(
                code
                for code, password in self._broker.passwords.of_sources().items()
                if (hashes := holding.get(code)) is None or not hashes.match(password)
            )
            self._broker.let_in(source for source in current if source.hashes is not None)
            self._book.enter(connection, self._refusals.read(self._log.lines()))

    def admit_or_say(self) -> None:
        """Let in as `admit` does, but where the database is away only say so: the next round tries again."""
        try:
            self.admit()
        except (StoreUnreachable, psycopg.Error) as error:
            self._tell("up", f"who may send is looked up later: {' '.join(str(error).split())}")

    def _give_password(self, connection: Connection, code: str) -> None:
        password = self._broker.passwords.ensure(code)
        try:
            credentials.add(connection, code, actor=ACTOR, password=password)
        except SourceKnown:
            return  # somebody let it in since we looked
        self._tell("broker", f"source {code} may publish now; its password is in {self._broker.passwords.path}")

    def _forget(self, gone: Iterable[str]) -> None:
        codes = list(gone)
        self._broker.passwords.forget(codes)
        for code in codes:
            self._tell("broker", f"the password of source {code} in {self._broker.passwords.path} holds no longer")
