"""Private servers for measurements: the ones that the product ships, and the installed ones that users already run.

All listen on 127.0.0.1, keep their data in a directory of the measurement, and end with the block.
"""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from ingest.broker import mosquitto
from ingest.broker.layout import Layout, Tls, Users
from ingest.broker.private_file import write_changed
from standalone.port import LOOPBACK, free_port
from standalone.postgres import EmbeddedPostgres
from standalone.postgres_program import PostgresProgram
from standalone.server_log import ServerLog
from store.credentials import Credential, Kind
from store.migrate import migrate
from store.passwords import fresh, hashes

INSTALLATIONS = Path("/usr/lib/postgresql")
EXTENSIONS = "/usr/share/postgresql/{major}/extension/timescaledb.control"
START = timedelta(seconds=20)
SBIN = "/usr/sbin:/usr/local/sbin"

TIMESCALE: Mapping[str, str] = {
    "shared_preload_libraries": "timescaledb",
    "timescaledb.telemetry_level": "off",
    "max_locks_per_transaction": "256",
}


class DidNotStart(RuntimeError):
    """A server did not come up; its last words."""


class Broker(Protocol):
    """A broker of the measurement: :class:`standalone.broker.EmbeddedBroker` or :class:`Mosquitto`."""

    mqtt_version: str

    def url(self, user: str = ...) -> str:
        """Address of a user, password included."""
        ...

    def ensure_source(self, code: str) -> str:
        """Let a source in and return its password."""
        ...

    @property
    def process(self) -> "subprocess.Popen[bytes] | None":
        """The running server."""
        ...


class Mosquitto:
    """The installed Mosquitto with the configuration that the product writes for it.

    Parameters
    ----------
    directory
        Holds configuration, users and messages; made when absent.
    saving
        Whether it saves what it holds as often as the product configures it to. Mosquitto saves all of it at once, in
        the loop that serves its clients: with a backlog it then does little else.
    tls, name_refusals, retain
        As :class:`ingest.broker.layout.Layout` has them.
    """

    mqtt_version = "5"

    def __init__(
        self,
        directory: Path,
        *,
        saving: bool = True,
        tls: Tls | None = None,
        name_refusals: bool = False,
        retain: bool = True,
    ) -> None:
        self.directory = directory
        self.log = ServerLog(directory / "mosquitto.log")
        self.process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self._saving = saving
        self._passwords = {"ingest": fresh()}
        self._own = hashes(self._passwords["ingest"])
        self._sources: dict[str, Credential] = {}
        self._layout = Layout(
            directory,
            host=LOOPBACK,
            port=self.port,
            tls=tls,
            name_refusals=name_refusals,
            # Started by root, Mosquitto would change to an account that cannot enter a temporary directory.
            account=pwd.getpwuid(os.geteuid()).pw_name,
            retain=retain,
        )
        self._configure()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def url(self, user: str = "ingest") -> str:
        """Address of a user, password included."""
        return f"mqtt://{quote(user, safe='')}:{self._passwords[user]}@{LOOPBACK}:{self.port}"

    def ensure_source(self, code: str) -> str:
        """Let a source in and return its password; a running broker is started again, nothing being connected yet."""
        if code not in self._passwords:
            self._passwords[code] = fresh()
            self._sources[code] = Credential(code, Kind.PASSWORD, hashes(self._passwords[code]))
            self._configure()
            if self.process is not None:
                self.restart()
        return self._passwords[code]

    def start(self) -> None:
        """Bring it up; return when it listens."""
        program = installed("mosquitto")
        with self.log.open() as log:
            self.process = subprocess.Popen(
                [program or "", "-c", self.directory / mosquitto.FILE],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C ends the measurement, which then ends its servers in order
            )
        self._await(self._listens)

    def stop(self) -> None:
        """Stop it in good order."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def restart(self) -> None:
        """Bring it up again, on the same port."""
        self.stop()
        self.start()

    def _configure(self) -> bool:
        """Write its files; whether they changed."""
        (self.directory / "messages").mkdir(parents=True, exist_ok=True)
        written = mosquitto.files(self._layout, Users(self._own, tuple(self._sources.values())))
        if not self._saving:
            lines = written[mosquitto.FILE].splitlines(keepends=True)
            kept = [line for line in lines if not line.startswith("autosave_")]
            written[mosquitto.FILE] = "".join([*kept, "autosave_interval 1800\n"])
        return write_changed(self.directory, written)

    def _listens(self) -> bool:
        try:
            socket.create_connection((LOOPBACK, self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def _await(self, condition: Callable[[], bool]) -> None:
        until = time.monotonic() + START.total_seconds()
        while not condition():
            if self.process is None or self.process.poll() is not None or time.monotonic() > until:
                raise DidNotStart(self.log.tail())
            time.sleep(0.02)


def installed(program: str) -> str | None:
    """Where a program of the machine lies; None where it is not installed."""
    return shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:{SBIN}")


def mosquitto_is_installed() -> bool:
    """Whether :class:`Mosquitto` can be started."""
    return installed("mosquitto") is not None


def timescale_program() -> PostgresProgram | None:
    """The newest installed PostgreSQL that has TimescaleDB; None where there is none."""
    majors = sorted(int(found.parent.parent.name) for found in INSTALLATIONS.glob("*/bin/postgres"))
    for major in reversed(majors):
        if Path(EXTENSIONS.format(major=major)).exists():
            return PostgresProgram(INSTALLATIONS / str(major) / "bin", major)
    return None


def timescale_server(directory: Path, program: PostgresProgram) -> EmbeddedPostgres:
    """An installed PostgreSQL with TimescaleDB, with the settings of the embedded one."""
    return EmbeddedPostgres(directory, program=program, settings=TIMESCALE)


def migrated(postgres: EmbeddedPostgres, name: str, *, timescale: bool = True) -> str:
    """URL of a new database with the product's schema.

    Parameters
    ----------
    timescale
        Whether its tables of evidence are hypertables where the server offers them.
    """
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    url = postgres.url(name)
    with psycopg.connect(url) as connection:
        migrate(connection, timescale=timescale)
    return url
