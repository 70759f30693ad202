"""What has been received and is not yet committed: bounded, and forgotten when the connection it came on is lost."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from time import monotonic
from typing import NamedTuple

FOOTPRINT = 350
"""What a message takes beside its topic and payload [bytes]."""


class Delivery(NamedTuple):
    """One message as the broker delivered it.

    Parameters
    ----------
    connection
        Number of the connection that it came on: packet numbers mean nothing on another one.
    redelivered
        Whether the broker says that it may have delivered it before (DUP).
    packet
        Packet number, by which it is acknowledged.
    digest
        Of topic and payload (:func:`ingest.redelivery.digest_of`).
    resumed
        Whether it came soon after a session was taken up again: the broker may not know what it delivered before.
    """

    topic: str
    payload: bytes
    received_at: datetime
    redelivered: bool
    connection: int
    packet: int
    digest: bytes
    resumed: bool = False

    @property
    def size(self) -> int:
        """What it takes while it is in hand [bytes]."""
        return FOOTPRINT + self.topic.__sizeof__() + len(self.payload)


@dataclass(frozen=True, slots=True)
class Limits:
    """When a batch is full."""

    messages: int
    payload: int
    window: timedelta


QUIET = 0.005
"""A batch is closed when nothing has come for so long [s]: a broker that waits for acknowledgements sends nothing."""


class Backlog:
    """Messages from the network thread, on their way to the decoder; what is taken stays in hand until settled.

    Parameters
    ----------
    largest
        What messages in hand may take before the subscriber stops reading [bytes].

    Attributes
    ----------
    forgotten
        Messages that were left to the broker before anybody took them.
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._queue: SimpleQueue[Delivery] = SimpleQueue()
        # Each sum has one thread that adds to it, so none needs a lock.
        self._entered = self._settled = 0
        # When each message in hand was received, in order; one end belongs to the network thread, one to the writer.
        self._received: deque[datetime] = deque()
        self.forgotten = 0
        self._peak, self._was_full = 0, False

    @property
    def depth(self) -> int:
        """Messages that wait for the decoder."""
        return self._queue.qsize()

    @property
    def in_hand(self) -> int:
        """Messages received and neither settled nor forgotten."""
        return len(self._received)

    @property
    def oldest(self) -> datetime | None:
        """When the oldest message in hand was received; None where there is none."""
        try:
            return self._received[0]
        except IndexError:
            return None

    @property
    def size(self) -> int:
        """What messages in hand take [bytes]."""
        return self._entered - self._settled

    @property
    def full(self) -> bool:
        """Whether no more should be read."""
        return self.size >= self._largest

    def calm(self, at_most: int) -> bool:
        """Whether since this was last asked never more than `at_most` messages were in hand, and it was never full.

        One moment tells nothing: between two batches little is in hand, however much waits at the broker. One thread
        alone asks; a message that is put meanwhile counts for this time or for the next.
        """
        was_full, self._was_full = self._was_full, self.full
        peak, self._peak = self._peak, self.in_hand
        return not was_full and not self.full and max(peak, self.in_hand) <= at_most

    def put(self, deliveries: list[Delivery]) -> None:
        """Enter messages; the network thread alone does so."""
        self._entered += sum([delivery.size for delivery in deliveries])
        self._received.extend([delivery.received_at for delivery in deliveries])
        for delivery in deliveries:
            self._queue.put(delivery)
        self._peak = max(self._peak, len(self._received))
        if self._entered - self._settled >= self._largest:
            self._was_full = True

    def forget(self) -> None:
        """The connection was lost: what waits will be delivered again; the network thread alone says so."""
        try:
            while True:
                self._entered -= self._queue.get_nowait().size
                self._received.pop()
                self.forgotten += 1
        except Empty:
            return

    def settle(self, deliveries: list[Delivery]) -> None:
        """Say that messages are no longer in hand; the writer alone does so."""
        self._settled += sum([delivery.size for delivery in deliveries])
        for _ in deliveries:
            self._received.popleft()

    def take(self, limits: Limits, *, patience: float) -> list[Delivery]:
        """Next messages; empty if none came within `patience` [s]."""
        try:
            taken = [self._queue.get(timeout=patience)]
        except Empty:
            return []
        closing = monotonic() + limits.window.total_seconds()
        payload = len(taken[0].payload)
        while len(taken) < limits.messages and payload < limits.payload:
            try:
                delivery = self._queue.get_nowait()
            except Empty:
                wait = min(QUIET, closing - monotonic())
                if wait <= 0:
                    break
                try:
                    delivery = self._queue.get(timeout=wait)
                except Empty:
                    break
            taken.append(delivery)
            payload += len(delivery.payload)
        return taken
