"""A PostgreSQL server of our own, in a directory of our own, for this machine only."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg

from standalone.account import Account, server_account
from standalone.cluster import CLUSTER, PASSWORD, ROLE, full_disk, make_cluster, server_environment
from standalone.directory import DirectoryLock, require_own, require_room
from standalone.errors import DidNotStart, OtherMajor, PortTaken, Unreachable
from standalone.orphan import orphan_of
from standalone.port import LOOPBACK, free_port, require_free
from standalone.postgres_program import PostgresProgram
from standalone.server_log import ServerLog

DATABASE = "hengjian"
SERVICE = "PostgreSQL"
SOCKET_PATH_LIMIT = 107
"""Longest path of a Unix socket [bytes]; a longer one would keep the server from starting."""

PATIENCE = timedelta(minutes=5)
"""How long a start may take: after a hard stop the server first replays its write-ahead log."""

SETTINGS: Mapping[str, str] = {
    # A commit that was answered is on disk: fsync and synchronous_commit stay on, as PostgreSQL has them.
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_connections": "80",
    # Long checkpoints spread the writing of a backfill; two gigabytes of log is what that may cost.
    "checkpoint_timeout": "15min",
    "max_wal_size": "2GB",
    # No replica ever reads this log.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "random_page_cost": "1.1",
    # Our queries are short; compiling them costs more than it saves.
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class EmbeddedPostgres:
    """A private PostgreSQL server; as a context manager it runs while the block runs.

    It listens on 127.0.0.1 and asks everyone for a password that only the owner of `directory` can read. What was
    committed survives a hard stop of the server or of the machine.

    Parameters
    ----------
    directory
        Holds the data, the password and the log; made when absent.
    port
        Port to listen on, or None for any free one.
    program
        The PostgreSQL to run; None is the wheel's.
    settings
        Server settings on top of our own.
    """

    def __init__(
        self,
        directory: Path,
        *,
        port: int | None = None,
        program: PostgresProgram | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.directory = directory.absolute()
        self.cluster = self.directory / CLUSTER
        self.log = ServerLog(self.directory / "postgres.log")
        self._wanted_port = port
        self._program = program or PostgresProgram.of_wheel()
        self._settings = {**SETTINGS, **(settings or {})}
        self._lock = DirectoryLock(self.directory / "lock")
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The running server, for whoever watches over it."""
        return self._process

    def url(self, database: str = DATABASE) -> str:
        """Connection URL of a database, password included."""
        password = (self.directory / PASSWORD).read_text(encoding="ascii").strip()
        return f"postgresql://{ROLE}:{quote(password)}@{LOOPBACK}:{self._port}/{quote(database)}"

    def start(self) -> None:
        """Bring the server up, making its data directory on the first start; return when it answers.

        Raises
        ------
        StandaloneError
            One of its kinds, saying what stands in the way and what to do.
        """
        require_own(self.directory)
        if self._wanted_port is not None:
            require_free(self._wanted_port, SERVICE)
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        require_room(self.directory)
        self._lock.take()
        try:
            account = server_account(self.cluster)
            self._open_to(account)
            program = self._program.reachable_by(account, self.directory / "program")
            self._prepare(account, program)
            self._launch(account, program)
            self._ensure_database(account, program)
            self._wanted_port = self._port  # those who hold the URL find the server there after a restart
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server: running transactions are rolled back, everything committed is kept."""
        if self._process is not None:
            if self._process.poll() is None:
                self._process.send_signal(signal.SIGINT)
                try:
                    self._process.wait(timeout=60)
                except subprocess.TimeoutExpired:
                    self._process.send_signal(signal.SIGQUIT)
                    self._process.wait()
            self._process = None
        self._lock.release()

    def _open_to(self, account: Account) -> None:
        account.own(self.directory)
        self.directory.chmod(0o700)
        if not account.can_enter(self.directory):
            raise Unreachable(self.directory, account.name)

    def _prepare(self, account: Account, program: PostgresProgram) -> None:
        """See to it that the cluster exists, is of our major, and that no forgotten server holds it."""
        version_file = self.cluster / "PG_VERSION"
        if not version_file.exists():
            make_cluster(self.directory, account, program)
        found = version_file.read_text(encoding="ascii").strip()
        if found != str(program.major):
            raise OtherMajor(self.cluster, found, program.major)
        pid_file = self.cluster / "postmaster.pid"
        forgotten = orphan_of(pid_file, "postgres", str(self.cluster))
        if forgotten is not None:
            # We hold the directory's lock, so whoever started this server is gone.
            forgotten.stop(signal.SIGINT)
        elif pid_file.exists():
            # Left by a hard stop. PostgreSQL would believe it if the number now belongs to some other program.
            pid_file.unlink()

    def _launch(self, account: Account, program: PostgresProgram) -> None:
        attempts = 1 if self._wanted_port is not None else 5
        for attempt in range(attempts):
            self._port = self._wanted_port or free_port()
            try:
                self._spawn(account, program)
                self._await_answer()
            except PortTaken:
                # A free port was taken between our look and the server's; a given port is the caller's to change.
                if attempt == attempts - 1:
                    raise
            else:
                return

    def _spawn(self, account: Account, program: PostgresProgram) -> None:
        socket_path = self.cluster / f".s.PGSQL.{self._port}"
        fits = len(os.fsencode(socket_path)) <= SOCKET_PATH_LIMIT
        settings = {
            **self._settings,
            "listen_addresses": LOOPBACK,
            "port": str(self._port),
            "unix_socket_directories": str(self.cluster) if fits else "",
            "unix_socket_permissions": "0700",
        }
        with self.log.open() as log:
            self._process = subprocess.Popen(  # noqa: S603 - the installation's own program
                [
                    program.binaries / "postgres",
                    "-D",
                    self.cluster,
                    *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=server_environment(),
                # Ctrl-C goes to the terminal's whole group; the database must outlive those who still write to it.
                start_new_session=True,
                **account.process_options(),
            )

    def _await_answer(self) -> None:
        deadline = time.monotonic() + PATIENCE.total_seconds()
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            try:
                with psycopg.connect(self.url("postgres"), connect_timeout=5):
                    return
            except psycopg.OperationalError:
                time.sleep(0.05)
        tail = self.log.tail()
        if (full := full_disk(self.directory, tail)) is not None:
            raise full
        if "Address already in use" in tail:
            raise PortTaken(SERVICE, self._port)
        raise DidNotStart(SERVICE, self.log.path, tail)

    def _ensure_database(self, account: Account, program: PostgresProgram) -> None:
        try:
            psycopg.connect(self.url(), connect_timeout=5).close()
        except psycopg.OperationalError:
            finished = subprocess.run(  # noqa: S603 - the installation's own program
                [program.binaries / "createdb", f"--maintenance-db={self.url('postgres')}", DATABASE],
                capture_output=True,
                check=False,
                env=server_environment(),
                **account.process_options(),
            )
            if finished.returncode != 0:
                raise DidNotStart("createdb", self.log.path, finished.stderr.decode(errors="replace")) from None
