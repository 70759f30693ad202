"""Which instruments gave a rule anything to compare."""

import numpy as np
from numpy.typing import NDArray

from anomaly.evidence import Evidence

NO_PAIRS = "no_consecutive_readings"
"""Code of an instrument without two consecutive readings of a cumulative register."""


def paired(evidence: Evidence) -> NDArray[np.bool_]:
    """Which instruments have a pair of consecutive readings that ends in the judged period, shape (instruments,)."""
    seen = np.zeros(len(evidence.fleet), dtype=np.bool_)
    for columns in evidence.readings.values():
        seen[columns.instrument[columns.pairs()]] = True
    return seen


def without_pairs(evidence: Evidence) -> dict[str, int]:
    """Count of the instruments that could not be judged by pairs of readings, under its code."""
    return counted(NO_PAIRS, ~paired(evidence))


def counted(code: str, instruments: NDArray[np.bool_]) -> dict[str, int]:
    """Count under its code, and nothing where it is none."""
    number = int(np.count_nonzero(instruments))
    return {code: number} if number else {}
