"""What `hengjian up` says: what a visitor needs on the terminal, everything in a log."""

import re
import threading
from pathlib import Path

import typer

from standalone.server_log import ServerLog

_ROUTINE = re.compile(r"\b(INFO|DEBUG)\b")


class Voice:
    """Speaks for all services, whose lines come from threads of their own.

    Parameters
    ----------
    logs
        Folder of one log for each service.
    verbose
        Whether routine lines are said on the terminal too.
    """

    def __init__(self, logs: Path, *, verbose: bool) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self._logs = logs
        self._verbose = verbose
        self._speaking = threading.Lock()

    def tell(self, speaker: str, line: str) -> None:
        """Write one line to the speaker's log; say it unless it is routine."""
        with self._speaking:
            with ServerLog(self._logs / f"{speaker}.log").open() as log:
                log.write(f"{line}\n".encode())
            if self._verbose or not _ROUTINE.search(line):
                typer.echo(f"{speaker:>9} │ {line}")
