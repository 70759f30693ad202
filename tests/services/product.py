"""The services together, each the command that production runs, on a broker and a database of a test's own."""

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.services.fixtures import Broker, Pair, broker_called
from tests.services.processes import Process, hengjian


@dataclass
class Product:
    """Ingest and watch, and api where it is wanted.

    Parameters
    ----------
    settings
        Of every service, without their prefix.
    """

    directory: Path
    broker: Broker
    database: str
    settings: dict[str, str]
    services: dict[str, Process] = field(default_factory=dict)

    def run(self, *arguments: str, status: int = 0) -> str:
        """Run one of the product's commands to its end and return what it said."""
        return hengjian(self.settings, *arguments, status=status)

    def enrol(self, *instruments: dict[str, object]) -> str:
        """Enrol instruments by the product's own command."""
        listed = self.directory / "enrolment.ndjson"
        listed.write_text("".join(f"{json.dumps(one)}\n" for one in instruments), encoding="utf-8")
        return self.run("instrument", "enrol", str(listed))

    def key(self, role: str) -> str:
        """A new key to the API; its holder is called after the role."""
        return self.run("key", "create", "--name", f"the {role}", "--role", role).split()[-1]

    @property
    def address(self) -> str:
        """Where the API listens."""
        found = re.search(r"listening on (\S+)/", self.services["api"].words())
        assert found is not None
        return found[1]

    def client(self, key: str) -> httpx.Client:
        """A caller of the API."""
        return httpx.Client(base_url=self.address, headers={"Authorization": f"Bearer {key}"}, timeout=20)


READY = {"ingest": "subscribed to telemetry/#", "watch": "watching with policy", "api": "listening on"}
"""What each service says when it is ready."""


@contextlib.contextmanager
def product(pair: Pair, directory: Path, *services: str, **settings: str) -> Iterator[Product]:
    """The services named, all ready, on a fresh broker and a fresh database; ended in reverse order."""
    directory.mkdir(exist_ok=True)
    with contextlib.ExitStack() as stack:
        broker = stack.enter_context(broker_called(pair.make, directory))
        database = stack.enter_context(pair.databases.fresh(migrated=True))
        made = Product(
            directory,
            broker,
            database,
            {
                "database_url": database,
                "broker_url": broker.url(),
                "mqtt_version": broker.mqtt_version,
                "api_port": "0",
                "api_heartbeat": "PT0.5S",
                **settings,
            },
        )
        for name in services:
            made.services[name] = stack.enter_context(Process(directory, name, **made.settings))
        for name, service in made.services.items():
            service.wait_until_said(READY[name])
        yield made
