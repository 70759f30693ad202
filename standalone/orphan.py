"""Servers and services that outlived the process which started them."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path


@dataclass(frozen=True)
class Orphan:
    """A living process whose starter is gone.

    Parameters
    ----------
    process
        Its process id.
    """

    process: int

    def stop(self, polite: signal.Signals, patience: timedelta = timedelta(seconds=60)) -> None:
        """End it: politely first, then hard.

        Parameters
        ----------
        polite
            The signal on which this program stops in good order.
        patience
            How long it may take over that.
        """
        try:
            os.kill(self.process, polite)
            deadline = time.monotonic() + patience.total_seconds()
            # Asking for the command line, not for the number: a dead process keeps its number until its parent looks.
            while command_of(self.process):
                if time.monotonic() > deadline:
                    os.kill(self.process, signal.SIGKILL)
                time.sleep(0.02)
        except ProcessLookupError:
            return


def command_of(process: int) -> str:
    """The command line of a process, or an empty text when there is no such process."""
    try:
        # A killed child that nobody waited for yet has an empty command line, as if it were gone: it is.
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return ""
    finished = subprocess.run(  # noqa: S603 - a constant command for systems without /proc
        ["/bin/ps", "-o", "command=", "-p", str(process)], capture_output=True, check=False, text=True
    )
    return finished.stdout.strip()


def orphan_of(pid_file: Path, *words: str) -> Orphan | None:
    """The process that a process id file names, if it is indeed that one and not a stranger with its old number.

    Parameters
    ----------
    pid_file
        First line: a process id.
    words
        What its command line must contain, all of it.
    """
    try:
        first = pid_file.read_text(encoding="ascii").split("\n", 1)[0].strip()
    except FileNotFoundError:
        return None
    if not first.isdigit():
        return None
    command = command_of(int(first))
    return Orphan(int(first)) if all(word in command for word in words) else None
