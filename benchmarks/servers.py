"""Private servers for measurements: the ones that the product ships, and the installed ones that users already run.

All listen on 127.0.0.1, keep their data in a directory of the measurement, and end with the block.
"""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from standalone.port import LOOPBACK, free_port
from standalone.postgres import EmbeddedPostgres
from standalone.postgres_program import PostgresProgram
from standalone.server_log import ServerLog
from store.migrate import migrate

DEPLOYED = Path(__file__).parent.parent / "deploy" / "mosquitto"
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
    """The installed Mosquitto with the configuration that production runs with, its paths and port replaced.

    Parameters
    ----------
    directory
        Holds configuration, users and messages; made when absent.
    saving
        Whether it saves what it holds as often as it is configured to. Mosquitto saves all of it at once, in the loop
        that serves its clients: with a backlog it then does little else.
    """

    mqtt_version = "5"

    def __init__(self, directory: Path, *, saving: bool = True) -> None:
        self.directory = directory
        self._saving = saving
        self.log = ServerLog(directory / "mosquitto.log")
        self.process: subprocess.Popen[bytes] | None = None
        self._passwords: dict[str, str] = {}
        self._port = free_port()

    def __enter__(self) -> Self:
        for name in ("config", "users", "data"):
            (self.directory / name).mkdir(parents=True)
        acl = self.directory / "config" / "acl"
        shutil.copy(DEPLOYED / "acl", acl)
        acl.chmod(0o600)
        self._passwords_file.touch(mode=0o600)
        self._write_configuration()
        self._give_password("ingest")
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def url(self, user: str = "ingest") -> str:
        """Address of a user, password included."""
        return f"mqtt://{quote(user, safe='')}:{self._passwords[user]}@{LOOPBACK}:{self._port}"

    def ensure_source(self, code: str) -> str:
        """Let a source in and return its password; a running broker is started again, nothing being connected yet."""
        if code not in self._passwords:
            self._give_password(code)
            if self.process is not None:
                self.stop()
                self._start()
        return self._passwords[code]

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

    @property
    def _passwords_file(self) -> Path:
        return self.directory / "users" / "passwords"

    def _give_password(self, user: str) -> None:
        self._passwords[user] = secrets.token_urlsafe(12)
        program = installed("mosquitto_passwd")
        subprocess.run([program or "", "-b", self._passwords_file, user, self._passwords[user]], check=True)

    def _write_configuration(self) -> None:
        deployed = (DEPLOYED / "mosquitto.conf").read_text(encoding="utf-8")
        listening = "listener 1883\n"
        if listening not in deployed:
            raise DidNotStart(f"{DEPLOYED / 'mosquitto.conf'} has no line '{listening.strip()}'")
        if not self._saving:
            lines = (line for line in deployed.splitlines(keepends=True) if not line.startswith("autosave_"))
            deployed = "".join([*lines, "autosave_interval 1800\n"])
        (self.directory / "config" / "mosquitto.conf").write_text(
            deployed.replace(listening, f"listener {self._port} {LOOPBACK}\n").replace(
                "/mosquitto/", f"{self.directory}/"
            )
            # Started by root, Mosquitto would change to an account that cannot enter a temporary directory.
            + f"user {pwd.getpwuid(os.geteuid()).pw_name}\n",
            encoding="utf-8",
        )

    def _start(self) -> None:
        program = installed("mosquitto")
        with self.log.open() as log:
            self.process = subprocess.Popen(
                [program or "", "-c", self.directory / "config" / "mosquitto.conf"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C ends the measurement, which then ends its servers in order
            )
        until = time.monotonic() + START.total_seconds()
        while time.monotonic() < until and self.process.poll() is None:
            try:
                socket.create_connection((LOOPBACK, self._port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise DidNotStart(self.log.tail())


def installed(program: str) -> str | None:
    """Where a program of the machine lies; None where it is not installed."""
    return shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:{SBIN}")


def mosquitto_is_installed() -> bool:
    """Whether :class:`Mosquitto` can be started."""
    return installed("mosquitto") is not None and installed("mosquitto_passwd") is not None


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
