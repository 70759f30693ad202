"""Commits batches, and finds the one payload that the store refuses, should there ever be one."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from time import monotonic

import psycopg
from psycopg.errors import ProgramLimitExceeded

from ingest.backlog import Delivery
from ingest.batch import Batch
from ingest.errors import DecodeError, StoreRefusal
from ingest.patience import PatientConnection
from store import delivered, intake
from store.arrivals import Arrivals
from store.delivered import Delivered
from store.intake import Tally

log = logging.getLogger(__name__)

WARY = 8
"""Batches for which repeats are expected after one has held some."""

KEEP = timedelta(seconds=60)
"""How long committed messages are remembered for redelivery, beyond the latest batch."""

REFUSALS = (psycopg.DataError, psycopg.IntegrityError, ProgramLimitExceeded)
"""What the store says when a value is at fault, not the connection."""


Counted = tuple[Delivery, DecodeError | None]
"""A delivery, and what refused it before anybody looked into it."""

Name = Callable[[list[Counted]], Delivered | None]
"""Names a part of a batch."""


def enter(batch: Batch, delivery: Delivery, refused: DecodeError | None) -> None:
    """Take a delivery into a batch, or hold it there."""
    if refused is None:
        batch.gather(delivery.topic, delivery.payload, delivery.received_at)
    else:
        batch.count(delivery.topic)
        batch.hold(delivery.topic, delivery.payload, delivery.received_at, refused)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A batch on its way to the store, with the deliveries that are acknowledged once it is committed.

    Parameters
    ----------
    counted
        Those deliveries whose messages are in `arrivals`, each with what refused it unread, if anything did; the others
        repeat what was committed before.
    """

    arrivals: Arrivals
    deliveries: list[Delivery]
    counted: list[Counted]


class Writer:
    """Commits one batch after the other.

    Parameters
    ----------
    new_batch
        Makes an empty batch, to decode payloads one by one again.
    """

    def __init__(self, database: PatientConnection, session: str, new_batch: Callable[[], Batch]) -> None:
        self._database = database
        self._session = session
        self._new_batch = new_batch
        self._wary = 0
        self._forgot = monotonic()

    def write(self, decoded: Decoded) -> list[dict[str, Tally]]:
        """Commit a batch and return its ledger by source, one for each transaction that it took.

        Raises
        ------
        ingest.patience.Stopped
            with the batch neither committed nor to be acknowledged.
        """
        try:
            ledgers = [self._append(decoded.arrivals)]
        except REFUSALS as error:
            log.exception("the store refuses a batch of %d messages; looking for the one", len(decoded.counted))
            ledgers = self._write_apart(decoded, error)
        if monotonic() - self._forgot > KEEP.total_seconds() / 4:
            self._forgot = monotonic()
            self._database.ask(lambda connection: delivered.forget(connection, self._session, keep=KEEP))
        return ledgers

    def _append(self, arrivals: Arrivals) -> dict[str, Tally]:
        look_first = self._wary > 0
        ledger = self._database.ask(lambda connection: intake.append(connection, arrivals, look_first=look_first))
        self._wary = WARY if any(tally.repeats for tally in ledger.values()) else max(self._wary - 1, 0)
        return ledger

    def _write_apart(self, decoded: Decoded, error: psycopg.Error) -> list[dict[str, Tally]]:
        """Commit a batch in parts, each under a name of its own: the answer to any commit may be lost."""
        whole, numbers = decoded.arrivals, count(1)

        def name(part: list[Counted]) -> Delivered | None:
            digests = b"".join(delivery.digest for delivery, _ in part)
            return whole.delivered and whole.delivered.part(next(numbers), digests)

        ledgers = self._write_parts(decoded.counted, error, name)
        if any(whole.redelivered):
            again = Arrivals(whole.sources, [0] * len(whole.sources), whole.redelivered, delivered=name([]))
            ledgers.append(self._append(again))
        return ledgers

    def _write_parts(self, counted: list[Counted], error: psycopg.Error, name: Name) -> list[dict[str, Tally]]:
        """Commit halves, and halves of halves, until the refused message stands alone and can be held."""
        if len(counted) == 1:
            batch = self._new_batch()
            enter(batch, counted[0][0], StoreRefusal(str(error)))
            return [self._append(batch.arrivals(name(counted)))]
        middle = len(counted) // 2
        ledgers = []
        for half in (counted[:middle], counted[middle:]):
            batch = self._new_batch()
            for delivery, refused_unread in half:
                enter(batch, delivery, refused_unread)
            try:
                ledgers.append(self._append(batch.arrivals(name(half))))
            except REFUSALS as refused:
                ledgers += self._write_parts(half, refused, name)
        return ledgers
