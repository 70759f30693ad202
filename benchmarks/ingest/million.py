"""A million meters, each of which reports once a minute at a second of its own, for minutes on end."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks.ingest.bed import COMMITTED, Bed
from benchmarks.ingest.processes import TookTooLong, ledger, load
from benchmarks.ingest.runs import Run
from benchmarks.ingest.speed import verify
from benchmarks.load.fleet import Fleet
from benchmarks.processor import Spending

METERS = 1_000_000
SOURCES = tuple(f"city-{part}" for part in ("north", "east", "south", "west"))
RATE = METERS / 60
"""What they send [messages/s]; fewer meters report as much more often."""
STORED = "SELECT count(*) FROM reading"
GOAL = 512 * 2**20
"""Most memory that ingest may take [bytes]."""


@dataclass(frozen=True)
class Minutes:
    """What became of the minutes.

    Parameters
    ----------
    enrolling
        How long it took to enrol the meters [s].
    sent
        Publishing, until the last acknowledgement; ingest at work meanwhile.
    committed
        Messages committed when publishing ended.
    drained
        From the end of publishing until all was committed [s].
    memory
        Most memory of ingest [bytes].
    """

    bed: str
    meters: int
    enrolling: float
    sent: Run
    committed: int
    drained: float
    memory: int

    @property
    def backlog(self) -> int:
        """Messages acknowledged and not committed when publishing ended."""
        return self.sent.messages - self.committed


def report(bed: Bed, length: timedelta, say: Callable[[str], None], *, meters: int = METERS) -> Minutes:
    """Enrol the meters, let them report, and see that everything acknowledged is stored once.

    Raises
    ------
    TookTooLong
        if anything acknowledged is missing in the end.
    """
    start = datetime.now(UTC).replace(second=0, microsecond=0)
    each, slot = meters // len(SOURCES), timedelta(seconds=round(meters / RATE))
    fleets = [Fleet(source, each, start, slot=slot, scattered=True) for source in SOURCES]
    say(f"{bed.name}: enrolling {meters:,} meters")
    began = time.monotonic()
    bed.enrol(fleets)
    enrolling = time.monotonic() - began
    bed.empty()
    seconds = length.total_seconds()
    say(f"{bed.name}: {RATE:,.0f} messages a second for {seconds:.0f} s")
    with bed.broker(*SOURCES) as broker, bed.ingest(broker) as ingest:
        spending = Spending({"ingest": ingest.process.pid, **bed.servers(broker)})
        options = ("--messages", str(round(RATE * seconds)), "--rate", str(RATE), "--longest", str(seconds))
        with load(broker, fleets, *options) as publisher:
            found = ledger(publisher, seconds=seconds + 120)
        ended = found["began"] + found["seconds"]
        ((committed, _),) = bed.ask(COMMITTED)
        used = spending.so_far(publisher=found["processor"])
        acknowledged = found["acknowledged"]
        say(f"{bed.name}: draining {acknowledged - committed:,} messages")
        drained = bed.await_committed(acknowledged, seconds=2 * seconds + 120) - ended
        memory = ingest.peak_memory()
    verify(bed, acknowledged)
    ((stored,),) = bed.ask(STORED)
    if stored != acknowledged:
        raise TookTooLong(f"{acknowledged} readings were acknowledged, {stored} are stored")
    sent = Run(acknowledged, acknowledged, found["seconds"], used)
    return Minutes(bed.name, meters, enrolling, sent, committed, max(drained, 0.0), memory)
