"""The whole product on one machine, started as a user starts it, for measurements through every room."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from store.connection import connect

START = timedelta(minutes=4)
"""How long the product may take to get ready."""

HENGJIAN = str(Path(sysconfig.get_path("scripts")) / "hengjian")


class NotReady(RuntimeError):
    """The product did not start, or did not come to rest, in time."""


@dataclass
class Product:
    """A running product.

    Parameters
    ----------
    data
        Its data directory.
    environment
        What other `hengjian` commands need to reach it.
    """

    data: Path
    port: int
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes]
    killed: dict[str, int] = field(default_factory=dict)

    def hengjian(self, *arguments: str) -> None:
        """Run one of its commands to the end.

        Raises
        ------
        subprocess.CalledProcessError
            if it does not succeed; what it said is shown.
        """
        subprocess.run([HENGJIAN, *arguments], env={**os.environ, **self.environment}, check=True)

    def ask(self, query: str, **parameters: object) -> list[tuple[Any, ...]]:
        """Rows that its store answers."""
        with connect(self.environment["HENGJIAN_DATABASE_URL"], application="benchmark", autocommit=True) as connection:
            return connection.execute(query, parameters).fetchall()

    def credentials(self, source: str, patience: timedelta = timedelta(seconds=60)) -> Path:
        """File with the broker's passwords, once the source is let in."""
        path = self.data / "broker" / "users.json"
        until = time.monotonic() + patience.total_seconds()
        while time.monotonic() < until:
            if path.exists() and source in json.loads(path.read_text()):
                return path
            time.sleep(0.5)
        raise NotReady(f"the broker did not let in {source}")

    def pid_of(self, service: str) -> int | None:
        """Process number of a service or server; None while it is down."""
        note = self.data / {"broker": "broker/broker.pid"}.get(service, f"services/{service}.pid")
        try:
            return int(note.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def kill(self, service: str) -> None:
        """Kill a service without warning, as the power would."""
        pid = self.pid_of(service)
        if pid is not None:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                return
            self.killed[service] = self.killed.get(service, 0) + 1

    def rest(self, patience: timedelta) -> None:
        """Wait until nothing is due any more.

        Raises
        ------
        NotReady
            if that takes longer than `patience`.
        """
        until = time.monotonic() + patience.total_seconds()
        while time.monotonic() < until:
            (due,) = self.ask("SELECT count(*) FROM due WHERE stage = 'summarise' OR day < current_date - 1")[0]
            if due == 0:
                return
            time.sleep(1)
        raise NotReady(f"{due} marks are still due")


@contextmanager
def running(data: Path, *arguments: str) -> Iterator[Product]:
    """The product, started in a data directory and stopped afterwards as Ctrl-C stops it.

    Raises
    ------
    NotReady
        if it does not get ready.
    """
    port = _free_port()
    log = data.parent / f"{data.name}.log"
    with log.open("wb") as lines:
        command = [HENGJIAN, "up", "--data", str(data), "--port", str(port), *arguments]
        process = subprocess.Popen(command, stdout=lines, stderr=subprocess.STDOUT)
        try:
            environment = _await_environment(process, data, log)
            yield Product(data, port, environment, process)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await_environment(process: "subprocess.Popen[bytes]", data: Path, log: Path) -> dict[str, str]:
    until = time.monotonic() + START.total_seconds()
    while time.monotonic() < until and process.poll() is None:
        if (data / "environment").exists() and b"Console:" in log.read_bytes():
            lines = [shlex.split(line)[1] for line in (data / "environment").read_text().splitlines()]
            return {name: value for name, _, value in (line.partition("=") for line in lines)}
        time.sleep(0.2)
    raise NotReady(log.read_text()[-2000:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
