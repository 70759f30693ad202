"""Real services for tests, each private to this run: PostgreSQL plain and with TimescaleDB, brokers of two makes."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.services.databases import DatabaseServer, plain_server, timescale_server
from tests.services.mosquitto import Mosquitto
from tests.services.nats import Nats

Broker = Nats | Mosquitto


@pytest.fixture(scope="session")
def open_directory() -> Iterator[Path]:
    """A temporary directory that other accounts may enter: as root, servers run under an account without rights."""
    # pytest's own tmp_path is closed to others; and the path stays short enough for Unix sockets.
    directory = Path(tempfile.mkdtemp(prefix="hengjian-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def plain_databases(open_directory: Path) -> Iterator[DatabaseServer]:
    """The embedded PostgreSQL, running for the whole session."""
    with plain_server(open_directory / "plain") as server:
        yield server


@pytest.fixture(scope="session")
def timescale_databases(open_directory: Path) -> Iterator[DatabaseServer]:
    """The distribution's PostgreSQL with TimescaleDB, running for the whole session."""
    with timescale_server(open_directory / "timescale") as server:
        yield server


@pytest.fixture(params=["plain", "timescale"])
def database_server(request: pytest.FixtureRequest) -> DatabaseServer:
    """Each kind of database server in turn."""
    server: DatabaseServer = request.getfixturevalue(f"{request.param}_databases")
    return server


@pytest.fixture
def database(database_server: DatabaseServer) -> Iterator[str]:
    """URL of a fresh, migrated database, on each kind of server in turn."""
    with database_server.fresh(migrated=True) as url:
        yield url


@pytest.fixture
def empty_database(database_server: DatabaseServer) -> Iterator[str]:
    """URL of a fresh database without a schema, on each kind of server in turn."""
    with database_server.fresh(migrated=False) as url:
        yield url


@pytest.fixture
def plain_database(plain_databases: DatabaseServer) -> Iterator[str]:
    """URL of a fresh, migrated database on plain PostgreSQL alone, where the server makes no difference."""
    with plain_databases.fresh(migrated=True) as url:
        yield url


@pytest.fixture(params=["nats", "mosquitto"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    """A fresh broker of each make in turn: the embedded one and the one of production.

    It has `url(user="ingest")`, `ensure_source(code)`, `kill()`, `restart()` and `mqtt_version`.
    """
    with broker_called(request.param, tmp_path) as made:
        yield made


@contextlib.contextmanager
def broker_called(make: str, directory: Path) -> Iterator[Broker]:
    """A fresh broker, `nats` or `mosquitto`, that runs while the block runs."""
    made: Broker = Nats(directory / make) if make == "nats" else Mosquitto(directory / make)
    made.start()
    try:
        yield made
    finally:
        made.stop()


@dataclass(frozen=True)
class Pair:
    """A broker and a database server as they stand together.

    Parameters
    ----------
    make
        Of the broker.
    """

    make: str
    databases: DatabaseServer


PAIRS = {"mosquitto+timescale": ("mosquitto", "timescale_databases"), "nats+plain": ("nats", "plain_databases")}
"""The pair that many run already, and that of one machine."""


@pytest.fixture(params=PAIRS)
def pair(request: pytest.FixtureRequest) -> Pair:
    """Each pair of broker and database server in turn."""
    make, databases = PAIRS[request.param]
    return Pair(make, request.getfixturevalue(databases))
