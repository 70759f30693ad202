"""Keeps services running: starts them, brings back the fallen, stops them in good order."""

import signal
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

from standalone.orphan import orphan_of
from standalone.service import RunningService, Service

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(seconds=30)
SETTLED = timedelta(minutes=1)
"""A service that ran for so long had started well: its next fall is a new matter."""


def end_forgotten(notes: Path) -> None:
    """End the services of an earlier start that was killed before it could end them itself.

    Parameters
    ----------
    notes
        Directory that remembers the processes.
    """
    for note in notes.glob("*.pid"):
        forgotten = orphan_of(note, "hengjian", note.stem)
        if forgotten is not None:
            forgotten.stop(signal.SIGTERM)
        note.unlink()


class Supervisor:
    """Watches over services.

    Parameters
    ----------
    environment
        `HENGJIAN_…` settings of every service.
    tell
        Takes (who speaks, line).
    notes
        Directory that remembers the processes.
    """

    def __init__(self, environment: Mapping[str, str], tell: Callable[[str, str], None], notes: Path) -> None:
        self._environment = environment
        self._tell = tell
        self._notes = notes
        self._notes.mkdir(parents=True, exist_ok=True)
        self._running: dict[str, RunningService] = {}
        self._started: dict[str, float] = {}
        self._pauses: dict[str, timedelta] = {}
        self._due: dict[str, float] = {}

    def run(self, service: Service) -> None:
        """Run a command to its end.

        Raises
        ------
        ServiceFailed
            When it does not succeed.
        """
        running = self._begin(service)
        try:
            running.await_end()
        finally:
            running.stop()  # when we were interrupted, it must not go on alone

    def start(self, service: Service) -> RunningService:
        """Start a service and watch over it from now on."""
        self._running[service.name] = self._begin(service)
        self._started[service.name] = time.monotonic()
        return self._running[service.name]

    def look_after(self) -> None:
        """Bring back those that fell, each after a pause that grows while it keeps falling; call this often."""
        for name, running in list(self._running.items()):
            if running.status is None:
                continue
            if running.status == 0 and running.service.may_end:
                running.stop()
                del self._running[name]
            elif name not in self._due:
                settled = time.monotonic() - self._started[name] > SETTLED.total_seconds()
                pause = FIRST_PAUSE if settled else self._pauses.get(name, FIRST_PAUSE)
                self._pauses[name] = min(pause * 2, LONGEST_PAUSE)
                self._due[name] = time.monotonic() + pause.total_seconds()
                self._tell(name, f"ended with status {running.status}; starts again in {pause.total_seconds():.0f} s")
            elif time.monotonic() >= self._due[name]:
                del self._due[name]
                self.start(running.service)

    def stop(self) -> None:
        """Stop all, those started last first: who sends stops before who receives."""
        for running in reversed(self._running.values()):
            running.stop()
        self._running.clear()

    def _begin(self, service: Service) -> RunningService:
        environment = {**self._environment, **service.environment}
        return RunningService(service, environment, self._tell, self._notes / f"{service.name}.pid")
