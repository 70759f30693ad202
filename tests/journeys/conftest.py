"""Ingest as a process of its own, as production runs it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

COMMAND = "import typer; from ingest import command; app = typer.Typer(); command.register(app); app()"


class IngestProcess:
    """`hengjian ingest`, which a test may kill and start again.

    Parameters
    ----------
    settings
        Environment of the process, without its prefix.
    """

    def __init__(self, **settings: str) -> None:
        self._environment = os.environ | {f"HENGJIAN_{name.upper()}": value for name, value in settings.items()}
        self.log = Path(tempfile.mkstemp(prefix="ingest-", suffix=".log")[1])
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()
        self.log.unlink()

    def start(self) -> None:
        """Start it without waiting for it."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", COMMAND, "ingest"], env=self._environment, stdout=log, stderr=log
            )

    def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)

    def kill(self) -> None:
        """Stop it as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(30)

    def said(self, text: str) -> bool:
        """Whether its log holds a text."""
        return text in self.log.read_text(encoding="utf-8")

    def wait_until_said(self, text: str) -> None:
        """Wait for a line of its log."""
        wait_for(lambda: self.said(text), why=lambda: self.log.read_text(encoding="utf-8")[-4000:])


def wait_for(condition: Callable[[], bool], *, seconds: float = 60, why: Callable[[], object] = lambda: "") -> None:
    """Wait until a condition holds; fail with what `why` says if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, why()
        time.sleep(0.05)


@pytest.fixture
def started() -> Iterator[Callable[..., IngestProcess]]:
    """Starts ingest processes with the settings given, and ends them after the test."""
    processes: list[IngestProcess] = []

    def start(**settings: str) -> IngestProcess:
        process = IngestProcess(**settings)
        process.start()
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.__exit__(None, None, None)
