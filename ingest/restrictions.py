"""Sources that may not send all they like: who was revoked, and who sends too much or too large."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from ingest.errors import DecodeError, RateLimited, SourceRevoked, TooLarge
from ingest.identity import Ask
from store import sources
from store.sources import Restriction

LOOK = timedelta(seconds=10)
"""How often the store is asked for restrictions: how long a revoked source may still be believed."""

BURST = timedelta(seconds=60)
"""So much of its rate a source may send at once."""


CATCH_UP = timedelta(days=7)
"""Longest time on which a source may catch up."""


@dataclass(slots=True)
class _Bucket:
    """What a source may still send of one rate."""

    left: float

    def draw(self, amount: float, rate: float, elapsed: float) -> bool:
        """Take so much after `elapsed` seconds of silence, if it is there.

        A source may catch up on what it did not send: after an hour without a word, an hour's worth may come at once,
        and a week's worth at most. So nothing is refused that waited for us, or behind a broken line.
        """
        saved = min(max(self.left, rate * max(BURST.total_seconds(), elapsed)), rate * CATCH_UP.total_seconds())
        self.left = min(self.left + elapsed * rate, saved)
        if self.left < amount:
            return False
        self.left -= amount
        return True


class Restrictions:
    """Holds sources to what they may send.

    Parameters
    ----------
    ask
        Puts a question to the store, waiting for the database where it must.
    """

    def __init__(self, ask: Ask, *, clock: Callable[[], float] = monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._look_again: float | None = None
        self._restrictions: dict[str, Restriction] = {}
        self._heard: dict[str, datetime] = {}
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def refresh(self) -> None:
        """Learn what changed, where the last look was a while ago."""
        now = self._clock()
        if self._look_again is None or now >= self._look_again:
            self._restrictions = self._ask(sources.restricted)
            self._look_again = now + LOOK.total_seconds()

    def refusal(self, source: str, size: int, received_at: datetime) -> DecodeError | None:
        """Why a message is not even looked into; None for nearly all.

        Parameters
        ----------
        size
            Length of its payload [bytes].
        """
        restriction = self._restrictions.get(source)
        if restriction is None:
            return None
        if restriction.revoked_at is not None:
            return SourceRevoked(source, restriction.revoked_at.isoformat(timespec="seconds"))
        if restriction.largest_message is not None and size > restriction.largest_message:
            return TooLarge(size, restriction.largest_message)
        return self._too_fast(source, restriction, size, received_at)

    def _too_fast(self, source: str, restriction: Restriction, size: int, received_at: datetime) -> DecodeError | None:
        before = self._heard.get(source, restriction.quiet_since)
        elapsed = max(0.0, (received_at - before).total_seconds())
        self._heard[source] = received_at  # even if our clock was set back: else nothing would be granted until then
        refused = None
        for unit, rate, amount in (
            ("messages/s", restriction.messages_per_second, 1),
            ("bytes/s", restriction.bytes_per_second, size),
        ):
            if rate is not None:
                bucket = self._buckets.setdefault((source, unit), _Bucket(rate * BURST.total_seconds()))
                if not bucket.draw(amount, rate, elapsed):
                    refused = RateLimited(source, rate, unit)
        return refused
