"""Where pushes are taken in: over HTTP and from files alike, by the decoder and the writer that MQTT has.

A push is cut into chunks (:mod:`ingest.chunks`). Each is committed in one transaction with the note of what became of
it (:mod:`store.pushes`), so that the same push sent again, after an answer or after a crash, counts nothing twice.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event, Lock

from psycopg.errors import DeadlockDetected, SerializationFailure

from ingest.allowance import Allowance
from ingest.batch import Batch
from ingest.chunks import Chunk, Medium, chunks, seed
from ingest.errors import DecodeError, StoreRefusal, TooLarge
from ingest.identity import Ask, Identities
from ingest.instants import Instants
from ingest.push_errors import OtherContent, PushInHand, PushStopped, SourceRevoked, TooFast
from ingest.writer import REFUSALS
from store import intake, pushes
from store.arrivals import Arrivals
from store.connection import Connection
from store.intake import Tally
from store.pushes import PushName, Refusal, Standing

log = logging.getLogger(__name__)

MOST_REFUSALS = 100
"""Refused messages that a receipt names; the others it counts."""

PATIENCE = timedelta(seconds=10)
"""How far a source may be ahead of its rate before it is sent away; up to there it is only slowed down."""


@dataclass(slots=True)
class Receipt:
    """What became of a push, as far as it is committed.

    Parameters
    ----------
    tally
        Sums over all its chunks.
    causes
        Messages held in quarantine, by cause.
    refusals
        The first of them.
    committed, known
        Chunks committed by this attempt, and by those before it.
    """

    tally: Tally = field(default_factory=Tally)
    causes: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)
    committed: int = 0
    known: int = 0

    def add(self, chunk: pushes.Chunk) -> None:
        """Count a chunk."""
        self.tally = _sum([self.tally, chunk.tally])
        self.causes.update(chunk.causes)
        self.refusals += chunk.refusals


@dataclass(frozen=True, slots=True)
class Push:
    """What is handed over.

    Parameters
    ----------
    blocks
        The content in pieces of at most a few MiB, inflated; nothing is read ahead of what is committed but one chunk.
    key
        Id of the API key that it came with, if it came with one.
    limited
        Whether the source's rates hold for it.
    """

    name: PushName
    medium: Medium
    blocks: Iterable[bytes]
    key: str | None = None
    limited: bool = True

    @property
    def topic(self) -> str:
        """Topic under which ledger and quarantine know its messages."""
        return f"telemetry/{self.name.source}/{self.medium.format}/{self.name.way}"


class Desk:
    """Takes pushes in, several at once from several threads.

    Parameters
    ----------
    ask
        Puts a question to the store on a connection of its own.
    stopping
        Set when no further chunk should be begun.
    """

    def __init__(self, ask: Ask, stopping: Event) -> None:
        self._identities = Identities(ask)
        self._instants = Instants()
        # Decoding is Python from end to end: two at once would gain nothing, and share what is remembered unguarded.
        self._decoding = Lock()
        self._allowances: dict[str, tuple[Allowance, Allowance]] = {}
        self._stopping = stopping

    def take(
        self, connection: Connection, push: Push, receipt: Receipt, told: Callable[[Receipt], None] = lambda _: None
    ) -> None:
        """Commit a push whole.

        Parameters
        ----------
        connection
            One that commits by itself; the push is held by it meanwhile.
        receipt
            Where to count, also what was committed when this ends in an error.
        told
            Hears of every chunk.

        Raises
        ------
        ingest.push_errors.PushError, store.errors.SourceUnknown, psycopg.Error
            with all chunks committed that `receipt` counts, and no other.
        """
        with pushes.held(connection, push.name) as ours:
            if not ours:
                raise PushInHand
            with connection.transaction():
                pushes.forget(connection, push.name.way)
                entered = pushes.enter(connection, push.name)
            digest, look_first = seed(push.medium), False
            for chunk in chunks(push.medium, push.blocks):
                if self._stopping.is_set():
                    raise PushStopped
                done = pushes.chunk(connection, entered.id, chunk.number)
                if done is not None:
                    if done.digest != chunk.digest:
                        raise OtherContent
                    receipt.known += 1
                elif entered.digest is not None:
                    raise OtherContent
                else:
                    room = MOST_REFUSALS - len(receipt.refusals)
                    done = self._commit(connection, push, entered.id, chunk, room=room, look_first=look_first)
                    look_first = done.tally.repeats > 0
                    receipt.committed += 1
                digest = chunk.digest
                receipt.add(done)
                told(receipt)
            if entered.digest is not None and entered.digest != digest:
                raise OtherContent
            pushes.finish(connection, entered.id, digest)

    def _commit(
        self, connection: Connection, push: Push, number: int, chunk: Chunk, *, room: int, look_first: bool
    ) -> pushes.Chunk:
        standing = self._admit(connection, push)
        work = _Work(self, push.topic, standing.largest_message, look_first=look_first)
        arrivals, refused = work.decode(chunk.payloads)
        while True:
            try:
                with connection.transaction():
                    tally, found = work.append(connection, chunk.payloads, arrivals, refused)
                    done = _told(connection, push.topic, chunk, tally, found, room)
                    pushes.record(connection, number, chunk.number, done)
            except (DeadlockDetected, SerializationFailure) as error:
                # Another writer won; ours is rolled back whole and simply done again.
                log.info("a chunk is committed again: %s", error)
                continue
            break
        self._draw(push, standing, messages=len(chunk.payloads), payload=sum(map(len, chunk.payloads)))
        return done

    def _admit(self, connection: Connection, push: Push) -> Standing:
        """Wait until the source is within its rate."""
        code = push.name.source
        standing = pushes.standing(connection, code, push.key)
        if not standing.admitted:
            raise SourceRevoked(code)
        wait = max(
            (
                allowance.owed(rate=rate)
                for allowance, rate in zip(self._of(code), _rates(standing), strict=True)
                if rate is not None
            ),
            default=timedelta(0),
        )
        if push.limited and wait > PATIENCE:
            raise TooFast(code, wait)
        if push.limited and wait and self._stopping.wait(wait.total_seconds()):
            raise PushStopped
        return standing

    def _draw(self, push: Push, standing: Standing, *, messages: int, payload: int) -> None:
        amounts = zip(self._of(push.name.source), (messages, payload), _rates(standing), strict=True)
        for allowance, amount, rate in amounts:
            if rate is not None and push.limited:
                allowance.draw(amount, rate=rate)

    def _of(self, code: str) -> tuple[Allowance, Allowance]:
        with self._decoding:
            return self._allowances.setdefault(code, (Allowance(), Allowance()))

    def decoded(self, work: Callable[[Batch], Arrivals]) -> Arrivals:
        """Fill an empty batch, alone."""
        with self._decoding:
            return work(Batch(self._identities, self._instants))


Refused = dict[int, DecodeError]
"""Messages that are held, by their position in the chunk."""


class _Work:
    """Decoding and appending of one chunk, and of its parts where the store refuses it whole."""

    def __init__(self, desk: Desk, topic: str, largest: int | None, *, look_first: bool) -> None:
        self._desk = desk
        self._topic = topic
        self._largest = largest
        self._look_first = look_first
        self._received_at = datetime.now(UTC)

    def decode(self, payloads: list[bytes], first: int = 0) -> tuple[Arrivals, Refused]:
        refused: Refused = {}

        def fill(batch: Batch) -> Arrivals:
            for position, payload in enumerate(payloads, first):
                refusal = self._add(batch, payload)
                if refusal is not None:
                    refused[position] = refusal
            return batch.arrivals()

        return self._desk.decoded(fill), refused

    def _add(self, batch: Batch, payload: bytes) -> DecodeError | None:
        if self._largest is None or len(payload) <= self._largest:
            return batch.add(self._topic, payload, self._received_at)
        refusal = TooLarge(len(payload), self._largest)
        batch.count(self._topic)
        batch.hold(self._topic, payload, self._received_at, refusal)
        return refusal

    def append(
        self, connection: Connection, payloads: list[bytes], arrivals: Arrivals, refused: Refused, first: int = 0
    ) -> tuple[Tally, Refused]:
        """Append a chunk; where the store refuses it, halves of it, until the refused message stands alone."""
        try:
            ledger = intake.append(connection, arrivals, look_first=self._look_first)
            return _sum(ledger.values()), refused
        except REFUSALS as error:
            log.exception("the store refuses a chunk of %d messages; looking for the one", len(payloads))
            if len(payloads) == 1:
                refusal = StoreRefusal(str(error))
                batch = self._desk.decoded(lambda empty: self._held(empty, payloads[0], refusal))
                return _sum(intake.append(connection, batch).values()), {first: refusal}
        middle = len(payloads) // 2
        tallies, found = [], Refused()
        for start, half in ((first, payloads[:middle]), (first + middle, payloads[middle:])):
            tally, held = self.append(connection, half, *self.decode(half, start), start)
            tallies.append(tally)
            found |= held
        return _sum(tallies), found

    def _held(self, batch: Batch, payload: bytes, refusal: DecodeError) -> Arrivals:
        batch.count(self._topic)
        batch.hold(self._topic, payload, self._received_at, refusal)
        return batch.arrivals()


def _told(connection: Connection, topic: str, chunk: Chunk, tally: Tally, refused: Refused, room: int) -> pushes.Chunk:
    named = sorted(refused)[:room]
    numbers = pushes.numbered(connection, [(topic, chunk.payloads[position]) for position in named])
    refusals = [
        Refusal(chunk.places[position], refused[position].code, str(refused[position]), number)
        for position, number in zip(named, numbers, strict=True)
    ]
    return pushes.Chunk(chunk.digest, tally, Counter(error.code for error in refused.values()), refusals)


def _rates(standing: Standing) -> tuple[float | None, float | None]:
    return standing.messages_per_second, standing.bytes_per_second


def _sum(tallies: Iterable[Tally]) -> Tally:
    total: Counter[str] = Counter()
    for tally in tallies:
        total.update(asdict(tally))
    return Tally(**total)
