"""The broker's refusals in the audit: each at once, and its repetitions once a minute, with their number."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic

from ingest.broker.refusal import Refusal, Refused
from store import audit, sources
from store.connection import Connection

PAUSE = 60.0
"""Shortest time between two records of one source and one sort of refusal [s]."""

LONGEST_TOPIC = 200

_Key = tuple[str | None, Refused]


@dataclass(slots=True)
class _Entry:
    """What is not in the audit yet."""

    topic: str
    count: int
    recorded: float


class RefusalBook:
    """Counts refusals and writes them down.

    Parameters
    ----------
    actor
        Who writes.
    clock
        Seconds that never go back.
    """

    def __init__(self, actor: str, clock: Callable[[], float] = monotonic) -> None:
        self._actor = actor
        self._clock = clock
        self._entries: dict[_Key, _Entry] = {}

    def enter(self, connection: Connection, refusals: Iterable[Refusal]) -> int:
        """Count refusals and write down what is to be written by now; return how many records.

        A user that is no source, as a stranger may claim any, counts as nobody: the book stays as small as the list of
        sources.
        """
        known: dict[str, bool] = {}
        for refusal in refusals:
            user = refusal.user
            if user is not None and user not in known:
                known[user] = "\0" not in user and sources.exists(connection, user)
            key = (user if user is not None and known[user] else None, refusal.what)
            entry = self._entries.setdefault(key, _Entry("", 0, -PAUSE))
            entry.count += 1
            entry.topic = entry.topic or refusal.topic[:LONGEST_TOPIC].replace("\0", "�")
        return sum(self._write(connection, key) for key in list(self._entries))

    def _write(self, connection: Connection, key: _Key) -> bool:
        entry, now = self._entries[key], self._clock()
        if now - entry.recorded < PAUSE:
            return False
        if not entry.count:
            del self._entries[key]
            return False
        source, what = key
        with connection.transaction():
            audit.record(
                connection,
                actor=self._actor,
                action="source.refused",
                subject="broker" if source is None else f"source:{source}",
                detail={"what": what.value, "count": entry.count} | ({"topic": entry.topic} if entry.topic else {}),
            )
        self._entries[key] = _Entry("", 0, now)
        return True
