"""Whether the broker at the other end still lives: a connection may be dead for hours without a word (half-open)."""

from collections.abc import Callable
from time import monotonic

SILENCE = 1.5
"""After how many keep-alives without a word from the broker the connection counts as lost; brokers measure us alike
(MQTT 5, 3.1.2.10)."""


class Pulse:
    """Asks now and then, and counts whatever is heard as a sign of life.

    paho would count only the answer to its question, and give up a connection on which that waits behind messages:
    behind many on a slow line, or behind those that are not read while the database is away.

    Parameters
    ----------
    keepalive
        Longest silence that we promise the broker [s].
    ask
        Puts the question (PINGREQ).
    clock
        Seconds that only grow.
    """

    def __init__(self, keepalive: float, ask: Callable[[], object], clock: Callable[[], float] = monotonic) -> None:
        self._keepalive = keepalive
        self._ask = ask
        self._clock = clock
        self.begin()

    def begin(self) -> None:
        """A connection begins."""
        self._heard = self._asked = self._clock()

    def hear(self) -> None:
        """Something was heard; to be called too while we do not listen, for then silence proves nothing."""
        self._heard = self._clock()

    def silence(self) -> float | None:
        """Ask if it is time to; how long nothing was heard [s], if that is too long."""
        now = self._clock()
        if now - self._heard > SILENCE * self._keepalive:
            return now - self._heard
        if now - self._asked >= self._keepalive / 2:
            self._asked = now
            self._ask()
        return None
