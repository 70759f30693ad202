"""Databases for tests: each a fresh copy of a migrated template, on a real server."""

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from standalone.postgres import EmbeddedPostgres
from standalone.postgres_program import PostgresProgram
from store.migrate import migrate
from tests.services.required import absent

TEMPLATE = "migrated"
_INSTALLATIONS = Path("/usr/lib/postgresql")

# The data of a test run is worth nothing after it; everything else is as the product has it.
_QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def debian_program() -> PostgresProgram:
    """The newest PostgreSQL of the distribution."""
    majors = [int(found.parent.parent.name) for found in _INSTALLATIONS.glob("*/bin/postgres")]
    if not majors:
        absent("the distribution's PostgreSQL server is not installed")
    return PostgresProgram(_INSTALLATIONS / str(max(majors)) / "bin", max(majors))


class DatabaseServer:
    """A server that hands out fresh databases.

    Parameters
    ----------
    postgres
        The running server.
    """

    def __init__(self, postgres: EmbeddedPostgres) -> None:
        self.postgres = postgres
        self._numbers = itertools.count(1)
        self._template_made = False

    @contextlib.contextmanager
    def fresh(self, *, migrated: bool) -> Iterator[str]:
        """URL of a database that exists while the block runs.

        Parameters
        ----------
        migrated
            Whether it holds Hengjian's schema already.
        """
        if migrated and not self._template_made:
            self._make_template()
            self._template_made = True
        name = f"test_{next(self._numbers)}"
        template = TEMPLATE if migrated else "template0"  # the scheduler of TimescaleDB looks into template1
        self._execute("create database {} template {}", name, template)
        try:
            yield self.postgres.url(name)
        finally:
            self._execute("drop database {} with (force)", name)

    def _make_template(self) -> None:
        self._execute("create database {}", TEMPLATE)
        with psycopg.connect(self.postgres.url(TEMPLATE)) as connection:
            migrate(connection)
        # TimescaleDB keeps a scheduler connected to each database that takes connections, and a database with
        # connections cannot be copied.
        self._execute("alter database {} with allow_connections false", TEMPLATE)
        with psycopg.connect(self.postgres.url("postgres"), autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = %s", (TEMPLATE,)
            )

    def _execute(self, statement: str, *names: str) -> None:
        composed = sql.SQL(statement).format(*(sql.Identifier(name) for name in names))  # type: ignore[arg-type]  # test-only constants
        with psycopg.connect(self.postgres.url("postgres"), autocommit=True) as connection:
            connection.execute(composed)


@contextlib.contextmanager
def plain_server(directory: Path, *, quick: bool = True) -> Iterator[DatabaseServer]:
    """The embedded PostgreSQL, without TimescaleDB.

    Parameters
    ----------
    quick
        Whether commits may be lost when it is stopped hard; otherwise everything is as the product has it.
    """
    with EmbeddedPostgres(directory, settings=_QUICK if quick else {}) as postgres:
        yield DatabaseServer(postgres)


@contextlib.contextmanager
def timescale_server(directory: Path, *, quick: bool = True) -> Iterator[DatabaseServer]:
    """The distribution's PostgreSQL with TimescaleDB; `quick` as :func:`plain_server` has it."""
    program = debian_program()
    control = Path(f"/usr/share/postgresql/{program.major}/extension/timescaledb.control")
    if not control.exists():
        absent(f"PostgreSQL {program.major} has no TimescaleDB: run deploy/install-timescaledb.sh")
    settings = {
        **(_QUICK if quick else {}),
        "shared_preload_libraries": "timescaledb",
        "timescaledb.telemetry_level": "off",
        "max_locks_per_transaction": "256",
    }
    with EmbeddedPostgres(directory, program=program, settings=settings) as postgres:
        yield DatabaseServer(postgres)
