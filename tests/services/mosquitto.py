"""A private Mosquitto, run with the configuration that production runs with."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from standalone.port import LOOPBACK, free_port
from standalone.server_log import ServerLog
from tests.services.mqtt_client import Listener
from tests.services.required import absent

DEPLOYED = Path(__file__).parents[2] / "deploy" / "mosquitto"


class Mosquitto:
    """Mosquitto with deploy/mosquitto's configuration, its paths and port replaced.

    Parameters
    ----------
    directory
        Holds configuration, users and messages.
    """

    mqtt_version = "5"

    def __init__(self, directory: Path) -> None:
        found = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
        passwd = shutil.which("mosquitto_passwd")
        if found is None or passwd is None:
            absent("mosquitto is not installed")
        self.directory = directory
        self._program = found
        self._passwd = passwd
        self._passwords: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        for name in ("config", "users", "data"):
            (directory / name).mkdir(parents=True)
        self.log = ServerLog(directory / "mosquitto.log")
        shutil.copy(DEPLOYED / "acl", directory / "config" / "acl")
        (directory / "config" / "acl").chmod(0o600)
        deployed = (DEPLOYED / "mosquitto.conf").read_text(encoding="utf-8")
        listening = "listener 1883\n"
        assert listening in deployed
        (directory / "config" / "mosquitto.conf").write_text(
            deployed.replace(listening, f"listener {self.port} {LOOPBACK}\n").replace("/mosquitto/", f"{directory}/")
            # Started by root, Mosquitto would change to an account that cannot enter a temporary directory.
            + f"user {pwd.getpwuid(os.geteuid()).pw_name}\n",
            encoding="utf-8",
        )
        (directory / "users" / "passwords").touch(mode=0o600)
        self.ensure_source("ingest")

    def url(self, user: str = "ingest") -> str:
        """Broker URL of a user, password included."""
        return f"mqtt://{quote(user, safe='')}:{self._passwords[user]}@{LOOPBACK}:{self.port}"

    def ensure_source(self, code: str) -> str:
        """Let a source in and return its password."""
        if code not in self._passwords:
            self._passwords[code] = secrets.token_urlsafe(12)
            passwords = self.directory / "users" / "passwords"
            subprocess.run([self._passwd, "-b", passwords, code, self._passwords[code]], check=True)
            if self._process is not None:
                self._process.send_signal(signal.SIGHUP)
                self._await(lambda: self._lets_in(code))
        return self._passwords[code]

    def start(self) -> None:
        """Bring it up; return when it listens."""
        with self.log.open() as log:
            configuration = self.directory / "config" / "mosquitto.conf"
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
