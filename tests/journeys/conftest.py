"""Ingest as a process of its own, as production runs it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.services.processes import Process


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Starts ingest processes with the settings given, and ends them after the test."""
    processes: list[Process] = []

    def start(**settings: str) -> Process:
        process = Process(tmp_path, "ingest", **settings)
        process.start()
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.__exit__(None, None, None)
