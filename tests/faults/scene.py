"""A scene for faults: broker, database, ingest and a city of water meters, with a publisher that keeps a ledger."""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from threading import Event

from tests.faults.ledger import Account, Ledger, Message
from tests.faults.publisher import Publisher
from tests.faults.recount import sum_up, verify_days
from tests.faults.traffic import METERS
from tests.services.enrolled import SOURCE, connect_to, enrol
from tests.services.fixtures import Pair
from tests.services.processes import Process
from tests.services.product import Product, product

LARGEST_MEMORY = 512 * 2**20
"""Most memory that ingest may ever hold [bytes]."""


@dataclass
class Scene:
    """A running product and the ledger of what a source publishes to it."""

    made: Product
    source: str = SOURCE
    ledger: Ledger = field(default_factory=Ledger)

    @property
    def ingest(self) -> Process:
        """The ingest process."""
        return self.made.services["ingest"]

    def publisher(self) -> Publisher:
        """A connection of the source."""
        return Publisher(self.made.broker.url(self.source), self.ledger)

    @contextlib.contextmanager
    def traffic(self, messages: Iterator[Message], *, rate: float | None = None) -> Iterator[None]:
        """Publish while the block runs, and until everything published is acknowledged."""
        over = Event()
        with (
            self.publisher() as publisher,
            publisher.running(takewhile(lambda _: not over.is_set(), messages), rate=rate),
        ):
            try:
                yield
            finally:
                over.set()

    def rest(self, *, seconds: float = 60, in_order: bool = False) -> tuple[Account, float]:
        """Wait for the end of what was published, then hold readings, quarantine, counts and days against it.

        Returns
        -------
        The account, and how long it took until everything was counted [s].
        """
        took = self.ledger.drained(self.made.database, seconds=seconds)
        account = self.ledger.account(self.made.database, in_order_of_publication=in_order)
        sum_up(self.made.database)
        verify_days(self.made.database)
        return account, took


@contextlib.contextmanager
def scene(pair: Pair, directory: Path, **settings: str) -> Iterator[Scene]:
    """Ingest, ready, with the city's meters enrolled."""
    with product(pair, directory, "ingest", **settings) as made:
        made.broker.ensure_source(SOURCE)
        with connect_to(made.database) as connection:
            enrol(connection, water_meters=METERS)
        yield Scene(made)


def dying(scene: Scene, step: str, count: int) -> Process:
    """An ingest that will kill itself in a step, not yet started."""
    process = Process(scene.made.directory, "--step", step, "--count", str(count), **scene.made.settings)
    process.program = (sys.executable, "-m", "tests.faults.dying_ingest")
    process.log = scene.made.directory / "dying.log"
    return process
