"""The bed of a measurement: one database server, a fresh broker for each run, and the product's ingest on both."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.ingest.processes import TookTooLong, await_that, started
from benchmarks.load.enrolment import enrol
from benchmarks.load.fleet import Fleet
from benchmarks.processor import peak_memory
from benchmarks.product import HENGJIAN
from benchmarks.servers import Broker, migrated
from standalone.port import LOOPBACK, free_port
from standalone.postgres import EmbeddedPostgres
from store.connection import Connection, connect

GROUP = "bench"
"""Group of the shared subscription."""

EMPTY = """
    TRUNCATE reading, reading_conflict, transaction, transaction_conflict, event, intake, delivered, quarantine, due"""
COMMITTED = "SELECT coalesce(sum(messages), 0), coalesce(sum(messages_quarantined), 0) FROM intake"
BATCHES = "SELECT count(DISTINCT committed_at) FROM intake"
FIRST = "SELECT extract(epoch FROM min(received_at)) FROM reading"
ASKING = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'hengjian-ingest'"


@dataclass
class Ingest:
    """A running ingest."""

    process: "subprocess.Popen[bytes]"
    metrics_port: int
    log: Path

    def connected(self) -> bool:
        """Whether it is subscribed; ends the measurement where it ended."""
        if self.process.poll() is not None:
            raise TookTooLong(self.log.read_text(encoding="utf-8")[-2000:])
        try:
            said = httpx.get(f"http://{LOOPBACK}:{self.metrics_port}/metrics", timeout=5).text
        except httpx.HTTPError:
            return False
        return "ingest_broker_connected 1.0" in said

    def peak_memory(self) -> int:
        """Most memory that it held [bytes]."""
        return peak_memory(self.process.pid)


@dataclass
class Bed:
    """Servers of one measurement.

    Parameters
    ----------
    name
        What they are, for people.
    database, reference
        URLs of the product's database, and of one just like it into which the raw copies go.
    new_broker
        Makes a broker in a directory.
    directory
        Holds their data.
    shares
        Whether the broker has shared subscriptions.
    """

    name: str
    postgres: EmbeddedPostgres
    new_broker: "Callable[[Path], Any]"
    directory: Path
    shares: bool = False
    database: str = ""
    reference: str = ""
    _runs: int = field(default=0)

    def __post_init__(self) -> None:
        self.database = migrated(self.postgres, f"{self.directory.name}_measured")
        self.reference = migrated(self.postgres, f"{self.directory.name}_reference")

    @contextmanager
    def broker(self, *sources: str, new_broker: "Callable[[Path], Any] | None" = None) -> "Iterator[Broker]":
        """A broker that knows nothing yet, which lets in these sources.

        Parameters
        ----------
        new_broker
            Makes it; the bed's own where absent.
        """
        self._runs += 1
        place = self.directory / f"broker-{self._runs}"
        with (new_broker or self.new_broker)(place) as running:
            for source in sources:
                running.ensure_source(source)
            yield running
        shutil.rmtree(place, ignore_errors=True)

    def enrol(self, fleets: list[Fleet]) -> int:
        """Enter the meters of fleets; return how many were new."""
        return enrol(self.database, fleets)

    def ask(self, query: str, **parameters: object) -> list[tuple[Any, ...]]:
        """Rows that the product's database answers."""
        with self.connection() as connection:
            return connection.execute(query, parameters).fetchall()

    def connection(self) -> Connection:
        """A connection to the product's database."""
        return connect(self.database, application="benchmark", autocommit=True)

    def empty(self) -> None:
        """Forget everything that was ever received, and write out what the server still holds back."""
        with self.connection() as connection:
            connection.execute(EMPTY)
            connection.execute("VACUUM ANALYZE instrument")
        self.empty_reference()

    def empty_reference(self) -> None:
        """The same of the database of the raw copies."""
        with connect(self.reference, application="benchmark", autocommit=True) as connection:
            connection.execute(EMPTY)
            connection.execute("CHECKPOINT")

    @contextmanager
    def ingest(
        self, broker: Broker, *, name: str = "bench-ingest", shared: bool = False, subscribed: bool = True
    ) -> Iterator[Ingest]:
        """The product's ingest, with everything on that is on by default, and its metrics served.

        Parameters
        ----------
        subscribed
            Whether to wait until it is.
        """
        port = free_port()
        log = self.directory / f"{name}.log"
        settings = {
            "HENGJIAN_DATABASE_URL": self.database,
            "HENGJIAN_BROKER_URL": broker.url("ingest"),
            "HENGJIAN_MQTT_VERSION": broker.mqtt_version,
            "HENGJIAN_INGEST_NAME": name,
            "HENGJIAN_SHARED_SUBSCRIPTION": GROUP if shared else "",
        }
        with (
            log.open("wb") as lines,
            started([HENGJIAN, "ingest", "--metrics-port", str(port)], settings, stdout=lines, stderr=lines) as process,
        ):
            running = Ingest(process, port, log)
            if subscribed:
                await_that(running.connected, seconds=60, what="ingest did not subscribe")
            yield running

    def leave_session(self, broker: Broker) -> None:
        """Let ingest make its session and go, so that the broker keeps what comes for it."""
        with self.ingest(broker):
            pass

    def await_committed(self, messages: int, *, seconds: float) -> float:
        """Wait until so many messages are committed; return when that was seen [s since 1970].

        Raises
        ------
        TookTooLong
            if it takes longer.
        """
        with self.connection() as connection:

            def all_committed() -> bool:
                ((committed, _),) = connection.execute(COMMITTED).fetchall()
                return int(committed) >= messages

            await_that(all_committed, seconds=seconds, what=f"{messages} messages were not committed")
            return time.time()

    def await_asking(self) -> None:
        """Wait until ingest has reached the database, which it does just before it connects to the broker."""
        with self.connection() as connection:
            await_that(
                lambda: connection.execute(ASKING).fetchall() != [(0,)],
                seconds=60,
                what="ingest did not reach the database",
            )

    def first_received(self) -> float:
        """When the first reading was received [s since 1970]."""
        ((first,),) = self.ask(FIRST)
        return float(first)

    def database_process(self) -> dict[str, int]:
        """Process number of the database."""
        if self.postgres.process is None:
            raise TookTooLong("the database is down")
        return {"database": self.postgres.process.pid}

    def servers(self, broker: Broker) -> dict[str, int]:
        """Process numbers of broker and database."""
        if broker.process is None:
            raise TookTooLong("the broker is down")
        return {"broker": broker.process.pid, **self.database_process()}
