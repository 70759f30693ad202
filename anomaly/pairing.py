"""Which instruments gave a rule anything to compare."""

from typing import Self

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


class Count(int):
    """A number of instruments that remembers which ones.

    Parameters
    ----------
    which
        Shape (instruments,).
    """

    which: NDArray[np.bool_]

    def __new__(cls, which: NDArray[np.bool_]) -> Self:
        """Count of the instruments."""
        count = super().__new__(cls, np.count_nonzero(which))
        count.which = which.copy()
        return count


def counted(code: str, instruments: NDArray[np.bool_]) -> dict[str, int]:
    """Count under its code, with whom it counts; nothing where it is none."""
    count = Count(instruments)
    return {code: count} if count else {}
