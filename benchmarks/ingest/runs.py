"""What was measured: runs, the shapes of their messages, and how they compare."""

import os
import statistics
from dataclasses import dataclass, field

from benchmarks.processor import Spent, limiting

ONE_CORE = frozenset({"ingest", "bare subscriber", "publisher", "client"})
"""Parts that Python's interpreter lock, or their being one thread, keeps to one core."""


@dataclass(frozen=True)
class Run:
    """One pass of messages through one part.

    Parameters
    ----------
    seconds
        How long it took.
    cost
        Processor time and waiting meanwhile.
    memory
        Most memory of ingest [bytes].
    way
        How it was done, where there are several.
    """

    messages: int
    readings: int
    seconds: float
    cost: Spent
    memory: int = 0
    way: str = ""

    @property
    def messages_per_second(self) -> float:
        """Rate [1/s]."""
        return self.messages / self.seconds

    @property
    def readings_per_second(self) -> float:
        """Rate [1/s]."""
        return self.readings / self.seconds

    @property
    def limit(self) -> str:
        """Which part held the others up."""
        return limiting(self.cost, self.seconds, cores=os.cpu_count() or 1, one_core=ONE_CORE)


@dataclass(frozen=True)
class Shape:
    """Registers and slots of a message, and how many messages are sent.

    Parameters
    ----------
    backlog, live
        Messages of a run that drains a backlog, and of one that keeps up with its publisher; zero for none.
    """

    registers: int
    slots: int
    backlog: int
    live: int = 0

    @property
    def readings(self) -> int:
        """Readings of a message."""
        return self.registers * self.slots


@dataclass
class Compared:
    """Runs of one shape, repeat by repeat."""

    shape: Shape
    ingest: list[Run] = field(default_factory=list)
    bare: list[Run] = field(default_factory=list)
    copy: list[Run] = field(default_factory=list)
    live_ingest: list[Run] = field(default_factory=list)
    live_bare: list[Run] = field(default_factory=list)
    published: list[Run] = field(default_factory=list)


def ratios(mine: list[Run], reference: list[Run]) -> list[float]:
    """Rate of each repeat by the rate of the reference in the same repeat."""
    return [own.messages_per_second / other.messages_per_second for own, other in zip(mine, reference, strict=True)]


def median_and_spread(numbers: list[float]) -> tuple[float, float, float]:
    """Median, smallest and largest."""
    return statistics.median(numbers), min(numbers), max(numbers)
