"""Where pushes are taken in: over HTTP and from files alike, by the decoder and the writer that MQTT has.

A push is cut into chunks (:mod:`ingest.chunks`). Each is committed in one transaction with the note of what became of
it (:mod:`store.pushes`), so that the same push sent again, after an answer or after a crash, counts nothing twice.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event

from ingest.admission import Admission
from ingest.chunk_work import ChunkWork, Decoders, total
from ingest.chunks import Chunk, Medium, chunks, seed
from ingest.identity import Ask
from ingest.push_errors import OtherContent, PushInHand, PushStopped
from store import pushes
from store.connection import Connection
from store.intake import Tally
from store.pushes import PushName, Refusal

MOST_REFUSALS = 100
"""Refused messages that a receipt names; the others it counts."""


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
        self.tally = total([self.tally, chunk.tally])
        self.causes.update(chunk.causes)
        self.refusals += chunk.refusals


@dataclass(frozen=True, slots=True)
class Push:
    """What is handed over.

    Parameters
    ----------
    blocks
        The content in pieces of at most a few MiB, inflated; no more is read ahead of what is committed than a chunk.
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
        return f"telemetry/{self.name.source}/{self.medium.wire_format}/{self.name.way}"


class Desk:
    """Takes pushes in, several at once from several threads.

    Parameters
    ----------
    ask
        Puts a question to the store on another connection than those that pushes are taken in with.
    stopping
        Set when no further chunk should be begun.
    """

    def __init__(self, ask: Ask, stopping: Event) -> None:
        self.decoders = Decoders(ask)
        self.admission = Admission(stopping)
        self.stopping = stopping

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
            with ThreadPoolExecutor(1, thread_name_prefix="push") as executor:
                _Taking(self, connection, push, receipt, told).run(executor)


class _Taking:
    """One attempt at a push that is held: a chunk is read and decoded while the one before is committed."""

    def __init__(
        self, desk: Desk, connection: Connection, push: Push, receipt: Receipt, told: Callable[[Receipt], None]
    ) -> None:
        self._desk = desk
        self._connection = connection
        self._push = push
        self._receipt = receipt
        self._told = told
        self._standing = desk.admission.admit(connection, push.name.source, push.key)
        with connection.transaction():
            pushes.forget(connection, push.name.way)
            self._entered = pushes.enter(connection, push.name)
        self._known = pushes.known(connection, self._entered.id)
        self._look_first = False

    def run(self, executor: ThreadPoolExecutor) -> None:
        digest, pending = seed(self._push.medium), None
        try:
            for chunk in chunks(self._push.medium, self._push.blocks):
                following = self._prepared(chunk)
                if pending is not None:
                    # Nothing is asked on the connection here while the other thread works on it.
                    waiting, pending = pending, None
                    self._count(waiting)
                pending = executor.submit(following)
                digest = chunk.digest
        finally:
            if pending is not None:
                self._count(pending)
        if self._entered.digest is None:
            pushes.finish(self._connection, self._entered.id, digest)
        elif self._entered.digest != digest:
            raise OtherContent

    def _prepared(self, chunk: Chunk) -> Callable[[], pushes.Chunk]:
        """What is left to do with a chunk, for the thread that commits."""
        if self._desk.stopping.is_set():
            raise PushStopped
        known = self._known.get(chunk.number)
        if known == chunk.digest:
            return lambda: pushes.chunk(self._connection, self._entered.id, chunk.number)
        if known is not None or self._entered.digest is not None:
            raise OtherContent
        work = ChunkWork(
            self._desk.decoders,
            self._push.topic,
            chunk,
            largest=self._standing.largest_message,
            way=self._push.name.way,
        )
        return lambda: self._commit(work)

    def _commit(self, work: ChunkWork) -> pushes.Chunk:
        source, admission = self._push.name.source, self._desk.admission
        self._standing = admission.admit(self._connection, source, self._push.key)
        if self._push.limited:
            admission.pace(source, self._standing)
        done = work.commit(
            self._connection,
            self._entered.id,
            room=MOST_REFUSALS - len(self._receipt.refusals),
            look_first=self._look_first,
        )
        payloads = work.chunk.payloads
        if self._push.limited:
            admission.draw(source, self._standing, messages=len(payloads), payload=sum(map(len, payloads)))
        self._look_first = done.tally.repeats > 0
        return done

    def _count(self, pending: "Future[pushes.Chunk]") -> None:
        number_known = self._receipt.known + self._receipt.committed
        self._receipt.add(pending.result())
        if number_known in self._known:
            self._receipt.known += 1
        else:
            self._receipt.committed += 1
        self._told(self._receipt)
