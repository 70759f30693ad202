"""The log file of a server we start: bounded over many starts, and quotable when a start fails."""

from os import SEEK_END
from pathlib import Path
from typing import IO

KEPT = 8 * 2**20
"""Size above which the log of former runs is put aside at a start [bytes]."""

QUOTED = 4000
"""How much of a run's log an error message quotes at most [bytes]."""


class ServerLog:
    """One server's log.

    Parameters
    ----------
    path
        The file; one former file is kept beside it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._start = 0

    def open(self) -> IO[bytes]:
        """The file to hand to a new run of the server; what follows counts as that run's."""
        if self.path.exists() and self.path.stat().st_size > KEPT:
            self.path.replace(self.path.with_name(self.path.name + ".1"))
        file = self.path.open("ab")
        self._start = file.tell()
        return file

    def mark(self) -> None:
        """From here on: what follows in the log is what `tail` tells."""
        self._start = self.path.stat().st_size

    def tail(self) -> str:
        """The last words since the newest run began, or since the newest mark."""
        with self.path.open("rb") as file:
            # The server may have put its log aside meanwhile.
            file.seek(self._start if self._start <= file.seek(0, SEEK_END) else 0)
            return file.read()[-QUOTED:].decode(errors="replace")
