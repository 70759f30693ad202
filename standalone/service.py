"""One of Hengjian's services as a child process: the same command that production runs."""

import os
import signal
import subprocess
import sysconfig
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from standalone.errors import ServiceFailed

TELLING = 20
"""How many last lines of a service an error message quotes."""


@dataclass(frozen=True)
class Service:
    """A command of `hengjian` that runs until told to stop.

    Parameters
    ----------
    name
        What its lines are prefixed with; a word of its command line.
    arguments
        Those after `hengjian`.
    may_end
        Whether ending by itself with success is part of its work.
    environment
        Settings that differ from those of the others.
    """

    name: str
    arguments: tuple[str, ...]
    may_end: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def command(self) -> tuple[str, ...]:
        """The whole command line."""
        return (str(Path(sysconfig.get_path("scripts")) / "hengjian"), *self.arguments)


class RunningService:
    """A service that was started, its output passed on line by line.

    Parameters
    ----------
    service
        What runs.
    environment
        `HENGJIAN_…` settings on top of our own environment.
    tell
        Takes (service name, line).
    pid_file
        Remembers the process, so that a later start can end it if we are killed.
    """

    def __init__(
        self, service: Service, environment: Mapping[str, str], tell: Callable[[str, str], None], pid_file: Path
    ) -> None:
        self.service = service
        self._tell = tell
        self._pid_file = pid_file
        self._last: list[str] = []
        self._said = threading.Condition()
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            service.command,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            # Ctrl-C goes to the terminal's whole group; the order of stopping is the supervisor's.
            start_new_session=True,
        )
        pid_file.write_text(f"{self._process.pid}\n", encoding="ascii")
        self._reader = threading.Thread(target=self._pass_on, name=service.name, daemon=True)
        self._reader.start()

    @property
    def status(self) -> int | None:
        """Exit status, or None while it runs."""
        return self._process.poll()

    def await_line(self, text: str, patience: timedelta) -> None:
        """Wait until the service says something.

        Raises
        ------
        ServiceFailed
            When it ends before, or does not say it in time.
        """
        deadline = time.monotonic() + patience.total_seconds()
        with self._said:
            while not any(text in line for line in self._last):
                if self.status is not None or time.monotonic() > deadline:
                    raise ServiceFailed(self.service.name, self.status, self.last_words())
                self._said.wait(0.2)

    def await_end(self) -> None:
        """Wait until the service has done its work.

        Raises
        ------
        ServiceFailed
            When it ends with another status than success.
        """
        status = self._process.wait()
        self._reader.join(5)
        self._pid_file.unlink(missing_ok=True)
        if status != 0:
            raise ServiceFailed(self.service.name, status, self.last_words())

    def ask_to_stop(self) -> None:
        """Tell it to finish what it is doing and end."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def stop(self, patience: timedelta = timedelta(seconds=20)) -> None:
        """See to it that it ends, by force if it must be; nothing received is lost by that."""
        self.ask_to_stop()
        try:
            self._process.wait(patience.total_seconds())
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(5)
        self._pid_file.unlink(missing_ok=True)

    def last_words(self) -> str:
        """Its last lines."""
        return "\n".join(self._last)

    def _pass_on(self) -> None:
        if self._process.stdout is None:
            return
        with self._process.stdout as output:
            for line in output:
                with self._said:
                    self._last = [*self._last, line.rstrip()][-TELLING:]
                    self._said.notify_all()
                self._tell(self.service.name, line.rstrip())
