"""How much a source may send over time: what it sends beyond its rate is owed, and waited for."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic

BURST = timedelta(seconds=10)
"""So much of its rate a source may send at once, after it was quiet for as long."""


class Allowance:
    """Token bucket of one rate.

    Parameters
    ----------
    clock
        Seconds of a monotonic clock.

    Examples
    --------
    >>> now = [0.0]
    >>> allowance = Allowance(clock=lambda: now[0])
    >>> allowance.draw(1500, rate=100.0)
    >>> allowance.owed(rate=100.0)
    datetime.timedelta(seconds=5)
    >>> now[0] = 6.0
    >>> allowance.owed(rate=100.0)
    datetime.timedelta(0)
    """

    def __init__(self, *, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._left: float | None = None
        self._looked = clock()

    def draw(self, amount: float, *, rate: float) -> None:
        """Take so much, at once, at a rate [1/s]."""
        self._left = self._fill(rate) - amount

    def owed(self, *, rate: float) -> timedelta:
        """How long nothing more should come."""
        self._left = self._fill(rate)
        return timedelta(seconds=max(0.0, -self._left / rate))

    def _fill(self, rate: float) -> float:
        now = self._clock()
        most = rate * BURST.total_seconds()
        since, self._looked = now - self._looked, now
        return most if self._left is None else min(most, self._left + since * rate)
