"""The work on one chunk of a push: decoded as a batch, appended in one transaction, told message by message."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from threading import Lock

from psycopg.errors import DeadlockDetected, SerializationFailure

from ingest.batch import Batch
from ingest.chunks import Chunk
from ingest.errors import DecodeError, StoreRefusal, TooLarge
from ingest.identity import Ask, Identities
from ingest.instants import Instants
from ingest.writer import REFUSALS
from store import intake, pushes
from store.arrivals import Arrivals
from store.connection import Connection
from store.intake import Tally
from store.pushes import Refusal

log = logging.getLogger(__name__)

Refused = dict[int, tuple[str, str]]
"""Cause and detail of messages that are held, by their position in the chunk."""


class Decoders:
    """Makes batches for several threads, which share what is known of instruments and instants."""

    def __init__(self, ask: Ask) -> None:
        self._identities = Identities(ask)
        self._instants = Instants()
        # Decoding is Python from end to end: two at once would gain nothing, and share what is remembered unguarded.
        self._alone = Lock()

    def filled(self, fill: Callable[[Batch], None]) -> Arrivals:
        """What a batch holds after it was filled."""
        with self._alone:
            batch = Batch(self._identities, self._instants)
            fill(batch)
            return batch.arrivals()


class ChunkWork:
    """One chunk, decoded when this is made.

    Parameters
    ----------
    topic
        Under which ledger and quarantine know its messages.
    largest
        Largest message that its source may send [bytes]; None for the format's own limit.
    way
        How it came, for the ledger.
    """

    def __init__(self, decoders: Decoders, topic: str, chunk: Chunk, *, largest: int | None, way: pushes.Way) -> None:
        self.chunk = chunk
        self._decoders = decoders
        self._topic = topic
        self._largest = largest
        self._way = way.value
        self._received_at = datetime.now(UTC)
        self._arrivals, self._refused = self._decode(chunk.payloads, 0)

    def commit(self, connection: Connection, push: int, *, room: int, look_first: bool) -> pushes.Chunk:
        """Append the chunk with the note of what became of it, in one transaction.

        Parameters
        ----------
        push
            Number of the push in the store.
        room
            How many refused messages may be named.
        look_first
            Whether repeats are expected (:func:`store.readings.append`).
        """
        while True:
            try:
                with connection.transaction():
                    tally, refused = self._append(
                        connection, self.chunk.payloads, self._arrivals, self._refused, 0, look_first=look_first
                    )
                    done = self._told(connection, tally, refused, room)
                    pushes.record(connection, push, self.chunk.number, done)
            except (DeadlockDetected, SerializationFailure) as error:
                # Another writer won; ours is rolled back whole and simply done again.
                log.info("a chunk is committed again: %s", error)
                continue
            return done

    def _decode(self, payloads: list[bytes], first: int) -> tuple[Arrivals, Refused]:
        refused: Refused = {}

        def fill(batch: Batch) -> None:
            for position, payload in enumerate(payloads, first):
                refusal = self._add(batch, payload)
                if refusal is not None:
                    refused[position] = refusal.code, str(refusal)

        return self._decoders.filled(fill), refused

    def _add(self, batch: Batch, payload: bytes) -> DecodeError | None:
        if self._largest is None or len(payload) <= self._largest:
            return batch.add(self._topic, payload, self._received_at)
        refusal = TooLarge(len(payload), self._largest)
        self._hold(batch, payload, refusal)
        return refusal

    def _hold(self, batch: Batch, payload: bytes, refusal: DecodeError) -> None:
        batch.count(self._topic)
        batch.hold(self._topic, payload, self._received_at, refusal)

    def _append(
        self,
        connection: Connection,
        payloads: list[bytes],
        arrivals: Arrivals,
        refused: Refused,
        first: int,
        *,
        look_first: bool,
    ) -> tuple[Tally, Refused]:
        """Append it; where the store refuses it, halves of it, until the refused message stands alone and is held."""
        try:
            tallies = intake.append(connection, arrivals, look_first=look_first, way=self._way).values()
        except REFUSALS as error:
            log.exception("the store refuses a chunk of %d messages; looking for the one", len(payloads))
            if len(payloads) == 1:
                refusal = StoreRefusal(str(error))
                alone = self._decoders.filled(lambda batch: self._hold(batch, payloads[0], refusal))
                return total(intake.append(connection, alone, way=self._way).values()), {
                    first: (refusal.code, str(refusal))
                }
        else:
            return total(tallies), refused | _taken_back(arrivals, payloads, first)
        middle = len(payloads) // 2
        halves, found = [], Refused()
        for start, half in ((first, payloads[:middle]), (first + middle, payloads[middle:])):
            tally, held = self._append(connection, half, *self._decode(half, start), start, look_first=look_first)
            halves.append(tally)
            found |= held
        return total(halves), found

    def _told(self, connection: Connection, tally: Tally, refused: Refused, room: int) -> pushes.Chunk:
        named = sorted(refused)[:room]
        numbers = pushes.numbered(connection, [(self._topic, self.chunk.payloads[position]) for position in named])
        refusals = [
            Refusal(self.chunk.places[position], *refused[position], number)
            for position, number in zip(named, numbers, strict=True)
        ]
        causes = Counter(cause for cause, _ in refused.values())
        return pushes.Chunk(self.chunk.digest, tally, causes, refusals)


def _taken_back(arrivals: Arrivals, payloads: list[bytes], first: int) -> Refused:
    """Signed messages that the store knew better of."""
    if not arrivals.taken_back:
        return {}
    positions = {id(payload): position for position, payload in enumerate(payloads, first)}
    held = [item.otherwise for item in arrivals.taken_back]
    return {positions[id(each.payload)]: (each.cause, each.detail) for each in held}


def total(tallies: Iterable[Tally]) -> Tally:
    """Sum of tallies."""
    sums: Counter[str] = Counter()
    for tally in tallies:
        sums.update(asdict(tally))
    return Tally(**sums)
