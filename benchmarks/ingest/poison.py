"""What one message in twenty that cannot be taken costs the others."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.ingest.bed import Bed
from benchmarks.ingest.processes import ledger, load
from benchmarks.ingest.runs import Run, Shape
from benchmarks.ingest.speed import SOURCES, Speed, verify
from benchmarks.processor import Spending


@dataclass(frozen=True)
class Poisoned:
    """The same number of messages, all clean and with poison among them.

    Parameters
    ----------
    spoilt
        Messages that could not be taken; all of them are in quarantine.
    """

    clean: Run
    poisoned: Run
    spoilt: int

    @property
    def loss(self) -> float:
        """Share of the throughput that poison costs."""
        return 1 - self.poisoned.messages_per_second / self.clean.messages_per_second


def compare(bed: Bed, speed: Speed, messages: int, say: Callable[[str], None]) -> Poisoned:
    """Messages of one reading each, published as fast as the broker takes them, first clean, then spoilt."""
    clean, _ = _run(bed, speed, messages, say, spoilt=False)
    poisoned, spoilt = _run(bed, speed, messages, say, spoilt=True)
    return Poisoned(clean, poisoned, spoilt)


def _run(bed: Bed, speed: Speed, messages: int, say: Callable[[str], None], *, spoilt: bool) -> tuple[Run, int]:
    say(f"{bed.name}: {messages:,} messages, {'5 % poison' if spoilt else 'clean'}")
    shape = Shape(1, 1, 0, messages)
    bed.empty()
    with bed.broker(*SOURCES) as broker, bed.ingest(broker) as ingest:
        spending = Spending({"ingest": ingest.process.pid, **bed.servers(broker)})
        with load(broker, speed.fleets(shape, spoilt=spoilt), "--messages", str(messages)) as publisher:
            found = ledger(publisher, seconds=600)
        ended = bed.await_committed(messages, seconds=600)
        used = spending.so_far(publisher=found["processor"])
        memory = ingest.peak_memory()
    verify(bed, messages, found["spoilt"])
    return Run(messages, messages, ended - found["began"], used, memory), found["spoilt"]
