"""Real services for tests, each private to this run: PostgreSQL plain and with TimescaleDB, brokers of two makes."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def open_directory() -> Iterator[Path]:
    """A temporary directory that other accounts may enter: as root, servers run under an account without rights."""
    # pytest's own tmp_path is closed to others; and the path stays short enough for Unix sockets.
    directory = Path(tempfile.mkdtemp(prefix="hengjian-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)
