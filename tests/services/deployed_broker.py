"""A broker as the composition runs it: configured from the store by one process, run by deploy/broker/run.sh."""

import contextlib
import os
import shutil
import socket
import subprocess
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from standalone.port import LOOPBACK, free_port
from store import passwords
from tests.services.processes import Process, wait_for
from tests.services.required import absent

DEPLOY = Path(__file__).parents[2] / "deploy"
PATH = f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}:/usr/sbin"


@dataclass
class DeployedBroker:
    """A running broker; `versions` are those of MQTT that ingest speaks with it."""

    make: str
    directory: Path
    port: int
    scheme: str
    own: str = field(default_factory=passwords.fresh)

    @property
    def mqtt_version(self) -> str:
        """What it speaks at best."""
        return "3.1.1" if self.make == "nats" else "5"

    @property
    def address(self) -> str:
        """Without a user."""
        return f"{self.scheme}://localhost:{self.port}"

    def url(self, user: str, password: str) -> str:
        """Address of a user."""
        return f"{self.scheme}://{user}:{password}@localhost:{self.port}"

    def configuration(self) -> str:
        """Everything that was written for it."""
        written = ("nats.conf", "mosquitto.conf", "passwords", "acl")
        return "".join(path.read_text(encoding="utf-8") for path in self.directory.iterdir() if path.name in written)


def certificates(directory: Path, *clients: str) -> Path:
    """A folder of certificates, made by the script that deployments make theirs with."""
    script = str(DEPLOY / "certificates.sh")
    for arguments in (("authority",), ("broker", "localhost", LOOPBACK), *(("source", client) for client in clients)):
        subprocess.run(["/bin/sh", script, str(directory), *arguments], check=True, capture_output=True)
    return directory


@contextlib.contextmanager
def deployed_broker(
    make: str, directory: Path, database: str, *options: str, tls: bool = False
) -> Iterator[DeployedBroker]:
    """A broker that runs while the block runs."""
    if shutil.which("nats-server" if make == "nats" else "mosquitto", path=PATH) is None:
        absent(f"{make} is not installed")
    directory.mkdir(parents=True)
    broker = DeployedBroker(make, directory / "broker", free_port(), "mqtts" if tls else "mqtt")
    monitor = ("--monitor", f"http://{LOOPBACK}:{free_port()}") if make == "nats" else ()
    keeper = Process(
        directory,
        *("broker", "configure", "--make", make, "--directory", str(broker.directory), "--follow"),
        *("--host", LOOPBACK, "--port", str(broker.port), "--log", str(broker.directory / "broker.log")),
        *monitor,
        *options,
        database_url=database,
        ingest_password=broker.own,
    )
    with keeper, (directory / "run.log").open("wb") as log:
        running = subprocess.Popen(
            ["/bin/sh", str(DEPLOY / "broker" / "run.sh"), make, str(broker.directory)],
            env=os.environ | {"PATH": PATH},
            stdout=log,
            stderr=log,
        )
        try:
            wait_for(lambda: _listens(broker.port), why=lambda: (directory / "run.log").read_text() + keeper.words())
            yield broker
        finally:
            running.terminate()
            assert running.wait(30) in {0, 143}, (directory / "run.log").read_text()


def _listens(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True
