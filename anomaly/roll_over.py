"""Registers that begin again at zero: their indications continued past the roll-over, so that growth stays exact.

A register of five digits goes from 99999.999 to 0.012 and has grown by 0.013. Where its capacity was declared at
enrolment, a decrease is taken for a roll-over if the growth that this implies was possible; any other decrease stays
one, and says so.
"""

from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from metrology.kind import InstrumentKind
from metrology.register import Register

UNDECLARED = 0
"""Stands for the capacity of a register of which none was declared."""

TOLERANCE = 1.1
"""By how much the mean rate across a roll-over may exceed the largest declared one, as `impossible_rate` allows [1]."""

CLOCK_TOLERANCE = timedelta(seconds=60)
"""By how much the time between two stamps may be too short, as `impossible_rate` allows."""

_HOUR = 3_600_000_000


def continued(
    instrument: NDArray[np.int64],
    taken_at: NDArray[np.int64],
    value: NDArray[np.int64],
    capacity: NDArray[np.int64],
    fastest: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Indications as a register without end would show them; the array given where nothing rolled over.

    Parameters
    ----------
    instrument, taken_at, value
        Readings sorted by (instrument, taken_at): index into the fleet; microseconds since 1970 UTC; count.
    capacity
        Count at which each register begins again at zero, UNDECLARED where nobody said, shape (instruments,).
    fastest
        Largest possible rate of each [count/h], infinite where unknown, shape (instruments,). A growth beyond half the
        capacity is never taken for a roll-over: it looks like running backwards.

    Examples
    --------
    >>> owner, hours = np.zeros(3, dtype=np.int64), np.arange(3) * 3_600_000_000
    >>> shown = np.array([99_999_998, 12, 30])
    >>> continued(owner, hours, shown, np.array([100_000_000]), np.array([3_125.0])).tolist()
    [99999998, 100000012, 100000030]
    """
    if not capacity.any() or len(value) == 0:
        return value
    later = np.flatnonzero((instrument[1:] == instrument[:-1]) & (value[1:] < value[:-1])) + 1
    owner = instrument[later]
    room, before, after = capacity[owner], value[later - 1], value[later]
    fits = (room != UNDECLARED) & (before < room) & (after >= 0)
    growth = np.where(fits, room - before + after, 0)
    hours = (taken_at[later] - taken_at[later - 1] + CLOCK_TOLERANCE // timedelta(microseconds=1)) / _HOUR
    possible = fastest[owner] * TOLERANCE * hours
    rolled = fits & (growth <= room // 2) & (growth - 1 <= possible)
    if not rolled.any():
        return value
    added = np.zeros(len(value), dtype=np.int64)
    added[later[rolled]] = room[rolled]
    total = np.cumsum(added)
    first = np.searchsorted(instrument, instrument)  # no register rolls over at its first reading
    return value + total - total[first]


def fastest_rates(kind: InstrumentKind, sizes: tuple[str | None, ...], register: Register) -> NDArray[np.float64]:
    """Largest rate that each instrument's register can show [count/h], infinite where its size tells none."""
    limits = {
        limit.size: float(limit.per_hour) * 10**register.decimals
        for limit in kind.rate_limits
        if limit.register == register.name
    }
    return np.array([np.inf if size is None else limits.get(size, np.inf) for size in sizes], dtype=np.float64)


def looks_like(before: int, after: int) -> int | None:
    """Capacity at which a register of unknown capacity may have rolled over: all nines before, almost nothing after.

    Examples
    --------
    >>> looks_like(99_999_800, 12), looks_like(105_250, 104_050), looks_like(999, 0)
    (100000000, None, None)
    """
    capacity = int(10 ** len(str(before)))
    near = capacity // _NEAR
    if before < _LEAST or capacity - before > near or not 0 <= after <= near:
        return None
    return capacity


_NEAR = 200
"""Share of the capacity on both sides of zero within which indications look like a roll-over: 1/200."""
_LEAST = 100_000
"""Least indication that may look like one: no register of legal metrology has fewer than five digits [count]."""
