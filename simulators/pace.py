"""Time of the simulated or recorded world: as fast as the broker takes it, N times as fast, or as it is."""

import time
from datetime import datetime
from typing import Self

from simulators.civil_day import at_second

_LONGEST_SLEEP = 0.5
"""Between looks at the clock, so that a stop is heard soon [s]."""


class Pace:
    """A clock that starts at an instant and runs `speed` times as fast as ours.

    Parameters
    ----------
    start
        Where it starts [s since 1970].
    speed
        1 is as it was; infinity never waits.
    bounded
        The clock never runs ahead of ours: once it has caught up it keeps our time.
    """

    def __init__(self, start: float, speed: float, *, bounded: bool) -> None:
        self._start = start
        self._speed = speed
        self._bounded = bounded
        self._began = time.monotonic()

    @classmethod
    def real(cls) -> Self:
        """Our own clock: what fell due while something else was done is late, and goes at once."""
        return cls(time.time(), 1.0, bounded=True)

    def now(self) -> float:
        """The clock's instant [s since 1970]."""
        reached = self._start + (time.monotonic() - self._began) * self._speed
        return min(reached, time.time()) if self._bounded else reached

    def await_(self, due: float) -> None:
        """Wait until the clock shows `due` [s since 1970]."""
        if self._speed == float("inf"):
            return
        while (missing := due - self.now()) > 0:
            time.sleep(min(_LONGEST_SLEEP, max(missing / self._speed, 0.001)))

    def instant(self) -> datetime:
        """The clock's instant, in UTC."""
        return at_second(self.now())
