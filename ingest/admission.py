"""Whether a source that pushes may go on, and how fast."""

from datetime import timedelta
from threading import Event, Lock

from ingest.allowance import Allowance
from ingest.push_errors import PushStopped, SourceRevoked, TooFast
from store import pushes
from store.connection import Connection
from store.pushes import Standing

PATIENCE = timedelta(seconds=10)
"""How far a source may be ahead of its rate before it is sent away; up to there it is only slowed down."""


class Admission:
    """Holds sources to what they may send over time; several threads may ask.

    Parameters
    ----------
    stopping
        Set when nobody should wait any longer.
    """

    def __init__(self, stopping: Event) -> None:
        self._stopping = stopping
        self._lock = Lock()
        self._allowances: dict[str, tuple[Allowance, Allowance]] = {}

    def admit(self, connection: Connection, source: str, key: str | None) -> Standing:
        """How a source stands that may speak.

        Raises
        ------
        SourceRevoked, store.errors.SourceUnknown
        """
        standing = pushes.standing(connection, source, key)
        if not standing.admitted:
            raise SourceRevoked(source)
        return standing

    def pace(self, source: str, standing: Standing) -> None:
        """Wait until a source is within its rates.

        Raises
        ------
        TooFast
            if it would have to wait too long.
        PushStopped
            if there is no time to wait.
        """
        with self._lock:
            owed = [
                allowance.owed(rate=rate)
                for allowance, rate in zip(self._of(source), _rates(standing), strict=True)
                if rate is not None
            ]
        wait = max(owed, default=timedelta(0))
        if wait > PATIENCE:
            raise TooFast(source, wait)
        if wait and self._stopping.wait(wait.total_seconds()):
            raise PushStopped

    def draw(self, source: str, standing: Standing, *, messages: int, payload: int) -> None:
        """Count what a source has sent: messages, and their payload [bytes]."""
        with self._lock:
            for allowance, amount, rate in zip(self._of(source), (messages, payload), _rates(standing), strict=True):
                if rate is not None:
                    allowance.draw(amount, rate=rate)

    def _of(self, source: str) -> tuple[Allowance, Allowance]:
        return self._allowances.setdefault(source, (Allowance(), Allowance()))


def _rates(standing: Standing) -> tuple[float | None, float | None]:
    return standing.messages_per_second, standing.bytes_per_second
