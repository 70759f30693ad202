"""What processes cost: processor time and memory, as Linux counts them, and who of them holds the others up."""

import os
from collections.abc import Mapping
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PARENT, _TIMES = 1, slice(11, 15)
"""Fields of /proc/…/stat after the program's name: parent; user and system time, own and of ended children."""

BUSY = 0.85
"""Share of a core from which a process of one thread, or of one interpreter lock, is at its limit."""

FULL = 0.9
"""Share of all cores from which the machine is."""


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


def limiting(processor: Mapping[str, float], seconds: float, *, cores: int, one_core: frozenset[str]) -> str:
    """Which part held the others up, in words.

    Parameters
    ----------
    processor
        Processor time by part [s].
    seconds
        Duration in which it was spent.
    cores
        Cores of the machine.
    one_core
        Parts that cannot use more than one core.

    Examples
    --------
    >>> limiting({"ingest": 9.5, "database": 4.0}, 10.0, cores=4, one_core=frozenset({"ingest"}))
    'ingest (0.95 of its core)'
    >>> limiting({"ingest": 1.0, "broker": 1.0}, 10.0, cores=4, one_core=frozenset({"ingest"}))
    'none is busy: the disk, or waiting for each other (0.2 of 4 cores)'
    """
    shares = {part: used / seconds for part, used in processor.items()}
    largest = sorted(shares, key=lambda part: -shares[part])
    alone = [part for part in largest if part in one_core and shares[part] >= BUSY]
    if alone:
        return f"{alone[0]} ({shares[alone[0]]:.2f} of its core)"
    total = sum(shares.values())
    if total >= FULL * cores:
        return f"all {cores} cores, most of it {largest[0]} ({shares[largest[0]]:.2f})"
    return f"none is busy: the disk, or waiting for each other ({total:.1f} of {cores} cores)"
