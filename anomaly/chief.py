"""The register by which an instrument as a whole is judged: what people pay for, or else what it sends."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from anomaly.evidence import DayPanel, Evidence, ReadingColumns

Seen = TypeVar("Seen")


def chief_readings(evidence: Evidence) -> list[tuple[ReadingColumns, NDArray[np.bool_]]]:
    """Readings of the register by which each instrument is judged.

    The kind's principal register where the instrument sends it, else the first cumulative one that it sends.

    Returns
    -------
    Columns of a register, and which instruments are judged by it, shape (instruments,).
    """
    return _share(evidence, evidence.readings, lambda columns: columns.instrument)


def chief_days(evidence: Evidence) -> list[tuple[DayPanel, NDArray[np.bool_]]]:
    """Days of the register by which each instrument is judged, as :func:`chief_readings`."""
    return _share(evidence, evidence.days, lambda panel: np.flatnonzero(panel.readings.any(axis=0)))


def _share(
    evidence: Evidence, by_register: dict[str, Seen], senders: Callable[[Seen], NDArray[np.int64]]
) -> list[tuple[Seen, NDArray[np.bool_]]]:
    principal = evidence.fleet.kind.principal_register
    free = np.ones(len(evidence.fleet), dtype=np.bool_)
    shared = []
    for name in sorted(by_register, key=lambda name: (name != principal, name)):
        sends = np.zeros(len(free), dtype=np.bool_)
        sends[senders(by_register[name])] = True
        shared.append((by_register[name], sends & free))
        free &= ~sends
    return shared
