"""A private Mosquitto, run with the configuration that the product writes for it."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from ingest.broker import mosquitto
from ingest.broker.layout import Layout, Tls, Users
from ingest.broker.private_file import write_changed
from standalone.port import LOOPBACK, free_port
from standalone.server_log import ServerLog
from store.credentials import Credential, Kind
from store.passwords import fresh, hashes
from tests.services.mqtt_client import Listener
from tests.services.required import absent


class Mosquitto:
    """Mosquitto with the configuration that the product writes.

    Parameters
    ----------
    directory
        Holds configuration, users and messages.
    name_refusals
        Whether its log shall name what it refuses.
    """

    mqtt_version = "5"

    def __init__(self, directory: Path, *, tls: Tls | None = None, name_refusals: bool = False) -> None:
        found = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
        if found is None:
            absent("mosquitto is not installed")
        self.directory = directory
        self._program = found
        self._passwords: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self._sources: dict[str, Credential] = {}
        self._own = hashes(self._passwords.setdefault("ingest", fresh()))
        self._tls = tls
        self._name_refusals = name_refusals
        (directory / "messages").mkdir(parents=True)
        self.log = ServerLog(directory / "mosquitto.log")
        self._configure()

    def url(self, user: str = "ingest") -> str:
        """Broker URL of a user, password included."""
        return f"mqtt://{quote(user, safe='')}:{self._passwords[user]}@{LOOPBACK}:{self.port}"

    def ensure_source(self, code: str) -> str:
        """Let a source in and return its password."""
        if code not in self._passwords:
            self._passwords[code] = fresh()
            self.let_in([*self._sources.values(), Credential(code, Kind.PASSWORD, hashes(self._passwords[code]))])
            if self._process is not None:
                self._await(lambda: self._lets_in(code))
        return self._passwords[code]

    def let_in(self, sources: Iterable[Credential]) -> None:
        """Let these sources in and no others."""
        self._sources = {source.source: source for source in sources}
        if self._configure() and self._process is not None:
            self._process.send_signal(signal.SIGHUP)

    def _configure(self) -> bool:
        layout = Layout(
            self.directory,
            host=LOOPBACK,
            port=self.port,
            tls=self._tls,
            name_refusals=self._name_refusals,
            # Started by root, Mosquitto would change to an account that cannot enter a temporary directory.
            account=pwd.getpwuid(os.geteuid()).pw_name,
        )
        written = mosquitto.files(layout, Users(self._own, tuple(self._sources.values())))
        return write_changed(self.directory, written)

    def start(self) -> None:
        """Bring it up; return when it listens."""
        with self.log.open() as log:
            configuration = self.directory / mosquitto.FILE
            self._process = subprocess.Popen([self._program, "-c", configuration], stdout=log, stderr=log)
        self._await(self._listens)

    def stop(self) -> None:
        """Stop it in good order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    def kill(self) -> None:
        """Stop it as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(30)
        self._process = None

    def restart(self) -> None:
        """Bring it up again, on the same port, after `stop` or `kill`."""
        self.stop()
        self.start()

    def _lets_in(self, user: str) -> bool:
        # Mosquitto takes the signal up in its next round and says nothing of it.
        with Listener(self.url(user), f"probe-{user}", version=self.mqtt_version) as probe:
            return probe.connections > 0

    def _listens(self) -> bool:
        try:
            socket.create_connection((LOOPBACK, self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def _await(self, condition: object) -> None:
        assert callable(condition)
        deadline = time.monotonic() + 20
        while not condition():
            assert self._process is not None
            assert self._process.poll() is None, self.log.tail()
            assert time.monotonic() < deadline, self.log.tail()
            time.sleep(0.02)
