"""Lets every enrolled source into the embedded broker, also those enrolled while it runs."""

from collections.abc import Callable

import psycopg

from standalone.broker import EmbeddedBroker
from standalone.errors import UnfitSourceCode
from store import sources
from store.connection import connect
from store.errors import StoreUnreachable

PAGE = 200


class Doorkeeper:
    """Compares the store's sources with the broker's users.

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
        self._seen: set[str] = set()

    def admit(self) -> None:
        """Give each source a password that has none yet."""
        for code in self._enrolled():
            if code in self._seen:
                continue
            self._seen.add(code)
            if code in self._broker.passwords():
                continue
            try:
                self._broker.ensure_source(code)
            except UnfitSourceCode as error:
                self._tell("broker", f"source not let in: {error}")
            else:
                self._tell("broker", f"source {code} may publish now; its password is in {self._broker.users_file}")

    def admit_or_say(self) -> None:
        """Let in as `admit` does, but where the database is away only say so: the next round tries again."""
        try:
            self.admit()
        except (StoreUnreachable, psycopg.Error) as error:
            self._tell("up", f"newly enrolled sources are let in later: {' '.join(str(error).split())}")

    def _enrolled(self) -> list[str]:
        codes: list[str] = []
        with connect(self._database_url, application="hengjian up") as connection:
            while page := sources.page(connection, after=codes[-1] if codes else "", limit=PAGE):
                codes += [source.code for source in page]
        return codes
