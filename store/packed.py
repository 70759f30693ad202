"""Columns of a day sheet: counts of many instruments in as few bytes as the widest of them needs.

Big-endian, so that PostgreSQL can read a single cell (`day_count`); a set of slots as bits, the least of each byte
first, as PostgreSQL's `get_bit` numbers them.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.due import BLOCK_BITS

ABSENT = np.iinfo(np.int64).min
"""Stands for an unknown count in int64 arrays; no register can show it."""

SLOTS = 1 << BLOCK_BITS
"""Instruments that a block has room for."""

_WIDTHS: dict[int, np.dtype[Any]] = {2: np.dtype(">i2"), 4: np.dtype(">i4"), 8: np.dtype(">i8")}
_NARROW = (_WIDTHS[2], _WIDTHS[4])


def pack_counts(counts: NDArray[np.int64]) -> bytes:
    """Counts as a column, :data:`ABSENT` as the smallest number of their width.

    Examples
    --------
    >>> pack_counts(np.array([1, -2, ABSENT])).hex()
    '0001fffe8000'
    >>> len(pack_counts(np.array([40_000, 1]))), len(pack_counts(np.array([1 << 40, 1])))
    (8, 16)
    """
    absent = counts == ABSENT
    known = np.where(absent, 0, counts)
    low, high = (int(known.min()), int(known.max())) if len(known) else (0, 0)
    for width in _NARROW:
        limits = np.iinfo(width)
        if limits.min < low and high <= limits.max:
            return np.where(absent, limits.min, known).astype(width).tobytes()
    return counts.astype(">i8").tobytes()


def unpack_counts(column: bytes, many: int) -> NDArray[np.int64]:
    """Counts of a column that holds so many of them.

    Examples
    --------
    >>> unpack_counts(bytes.fromhex("0001fffe8000"), 3).tolist() == [1, -2, ABSENT]
    True
    """
    if many == 0:
        return np.empty(0, dtype=np.int64)
    width = _WIDTHS[len(column) // many]
    packed = np.frombuffer(column, dtype=width, count=many)
    counts: NDArray[np.int64] = packed.astype(np.int64)
    if width.itemsize < counts.itemsize:
        counts[packed == np.iinfo(width).min] = ABSENT
    return counts


def unpack_growth(column: bytes, many: int) -> NDArray[np.float64]:
    """Growth of a column that holds so many counts [count]: NaN where it is unknown.

    Examples
    --------
    >>> unpack_growth(bytes.fromhex("000180000000"), 3).tolist()
    [1.0, nan, 0.0]
    """
    if many == 0:
        return np.empty(0)
    width = _WIDTHS[len(column) // many]
    packed = np.frombuffer(column, dtype=width, count=many)
    growth: NDArray[np.float64] = packed.astype(np.float64)
    growth[growth < 0] = np.nan  # unknown; growth itself is never below zero
    return growth


def pack_slots(slots: NDArray[np.int64]) -> bytes:
    """Slots of a block as bits.

    Examples
    --------
    >>> pack_slots(np.array([0, 9]))[:2].hex()
    '0102'
    """
    bits = np.zeros(SLOTS, dtype=np.bool_)
    bits[slots] = True
    return np.packbits(bits, bitorder="little").tobytes()


def unpack_slots(bits: bytes) -> NDArray[np.int64]:
    """Slots whose bit is set, ascending."""
    return np.flatnonzero(np.unpackbits(np.frombuffer(bits, dtype=np.uint8), bitorder="little"))
