"""What processes cost: processor time and memory, as Linux counts them, and who of them holds the others up."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PARENT, _TIMES = 1, slice(11, 15)
"""Fields of /proc/…/stat after the program's name: parent; user and system time, own and of ended children."""

BUSY = 0.85
"""Share of a core from which a process of one thread, or of one interpreter lock, is at its limit."""

FULL = 0.9
"""Share of all cores from which the machine is."""


WAITING = 0.5
"""Share of the time in which somebody waited for the disk, from which it is the disk that holds the others up."""

_PRESSURE = Path("/proc/pressure/io")


@dataclass(frozen=True)
class Spent:
    """What a measurement cost.

    Parameters
    ----------
    processor
        Processor time by part [s].
    waited
        How long some process of the machine waited for the disk [s]; zero where the kernel does not say.
    """

    processor: dict[str, float]
    waited: float = 0.0


class Spending:
    """What some processes cost from now on.

    Parameters
    ----------
    processes
        Process number by part.
    """

    def __init__(self, processes: Mapping[str, int]) -> None:
        self._processes = dict(processes)
        self._before = {part: spent(number) for part, number in self._processes.items()}
        self._waited = waited_for_disk()

    def so_far(self, **others: float) -> Spent:
        """The cost until now, with parts that count their own processor time [s]."""
        processor = {part: spent(number) - self._before[part] for part, number in self._processes.items()}
        return Spent({**processor, **others}, waited_for_disk() - self._waited)


def waited_for_disk() -> float:
    """How long some process of the machine has waited for the disk since its start [s] (Linux's pressure stalls)."""
    try:
        some = _PRESSURE.read_text(encoding="ascii").splitlines()[0]
    except OSError:
        return 0.0
    return int(some.rpartition("total=")[2]) / 1e6


def spent(process: int) -> float:
    """Processor time of a process and all its descendants, those that ended included [s]."""
    parents, times = {}, {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked; its parent's sum holds it
        parents[int(entry.name)] = int(fields[_PARENT])
        times[int(entry.name)] = sum(map(int, fields[_TIMES]))
    family, grown = {process}, True
    while grown:
        more = {child for child, parent in parents.items() if parent in family} - family
        family |= more
        grown = bool(more)
    return sum(times.get(member, 0) for member in family) / _TICKS


def peak_memory(process: int) -> int:
    """Most memory that a process ever held [bytes]."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    [kibibytes] = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(kibibytes) * 1024


def limiting(cost: Spent, seconds: float, *, cores: int, one_core: frozenset[str]) -> str:
    """Which part held the others up, in words.

    Parameters
    ----------
    seconds
        Duration of what was measured.
    cores
        Cores of the machine.
    one_core
        Parts that cannot use more than one core.

    Examples
    --------
    >>> alone = frozenset({"ingest"})
    >>> limiting(Spent({"ingest": 9.5, "database": 4.0}), 10.0, cores=4, one_core=alone)
    'ingest (0.95 of its core)'
    >>> limiting(Spent({"ingest": 1.0, "broker": 1.0}, waited=8.0), 10.0, cores=4, one_core=alone)
    'the disk (waited for in 80 % of the time)'
    >>> limiting(Spent({"ingest": 1.0, "broker": 1.0}), 10.0, cores=4, one_core=alone)
    'none is busy (0.2 of 4 cores): waiting for each other'
    """
    shares = {part: used / seconds for part, used in cost.processor.items()}
    largest = sorted(shares, key=lambda part: -shares[part])
    alone = [part for part in largest if part in one_core and shares[part] >= BUSY]
    if alone:
        return f"{alone[0]} ({shares[alone[0]]:.2f} of its core)"
    total = sum(shares.values())
    if total >= FULL * cores:
        return f"all {cores} cores, most of it {largest[0]} ({shares[largest[0]]:.2f})"
    if cost.waited / seconds >= WAITING:
        return f"the disk (waited for in {min(cost.waited / seconds, 1):.0%} of the time)".replace("%", " %")
    return f"none is busy ({total:.1f} of {cores} cores): waiting for each other"
