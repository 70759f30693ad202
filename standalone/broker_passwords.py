"""Passwords of the embedded broker's users that are known on this machine; the store knows their hashes alone."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from ingest.broker.layout import INGEST
from ingest.broker.private_file import write_private
from store.errors import SourceCodeUnfit
from store.passwords import fresh
from store.sources import CODE


class BrokerPasswords:
    """A file that only its owner can read: a JSON object, password by user name.

    It holds ingest's password, and those of sources that were let in without anybody asking for a password: the
    simulated city's, and those that their instruments made known.

    Parameters
    ----------
    path
        The file; made when absent.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def known(self) -> dict[str, str]:
        """Password by user name."""
        if not self.path.exists():
            return {}
        found: dict[str, str] = json.loads(self.path.read_text(encoding="utf-8"))
        return found

    def of_sources(self) -> dict[str, str]:
        """Password by source code."""
        return {user: password for user, password in self.known().items() if user != INGEST}

    def own(self) -> str:
        """Ingest's password; made when absent."""
        return self._ensure(INGEST)

    def ensure(self, code: str) -> str:
        """A source's password; made when absent.

        Raises
        ------
        SourceCodeUnfit
            When the code cannot be a level of an MQTT topic.
        """
        if not re.fullmatch(CODE, code):
            raise SourceCodeUnfit(code)
        return self._ensure(code)

    def forget(self, codes: Iterable[str]) -> None:
        """Forget passwords that no longer hold."""
        gone = set(codes) - {INGEST}
        if gone:
            self._write({user: password for user, password in self.known().items() if user not in gone})

    def _ensure(self, user: str) -> str:
        known = self.known()
        if user not in known:
            known[user] = fresh()
            self._write(known)
        return known[user]

    def _write(self, known: dict[str, str]) -> None:
        write_private(self.path, json.dumps(known, indent=1, ensure_ascii=False))
