"""Messages delivered again although they were committed: the acknowledgement was lost, not the message."""

from collections import Counter, OrderedDict
from hashlib import blake2b
from uuid import UUID

from ingest.backlog import Delivery
from ingest.identity import Ask
from store import delivered
from store.delivered import WIDTH

REMEMBERED = 131_072
"""Own messages remembered at least: twice what MQTT lets a broker send ahead of acknowledgement."""


class Redeliveries:
    """Tells what was committed before from what was only delivered before; the broker marks both alike (DUP).

    A message was committed before if its digest is among the batches handed on by this process, or committed lately
    by an earlier one or by another on the same shared subscription. Two equal messages need two such memories.

    A broker that was killed may have forgotten the last acknowledgements, and even that it had delivered: nats-server
    then delivers anew without a mark. So where a session was just resumed, unmarked messages are compared too, with
    what had been committed by then.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._handed_on: OrderedDict[UUID, bytes] = OrderedDict()
        self._handed_on_length = 0
        self._connection = -1
        self._committed: Counter[bytes] = Counter()
        self._recognised: set[tuple[int, bytes]] = set()
        self._fresh = self._looked = False

    def begin(self) -> None:
        """A new batch begins: what was committed meanwhile may be looked at once more."""
        self._fresh = False

    def hand_on(self, batch: UUID, digests: bytes) -> None:
        """Remember a batch that will be committed before any later one."""
        self._handed_on[batch] = digests
        self._handed_on_length += len(digests)
        while self._handed_on_length - len(next(iter(self._handed_on.values()))) >= REMEMBERED * WIDTH:
            self._handed_on_length -= len(self._handed_on.popitem(last=False)[1])

    def known(self, delivery: Delivery) -> bool:
        """Whether this delivery repeats a message that was committed before."""
        if not (delivery.redelivered or delivery.resumed):
            return False
        digest = delivery.digest
        if delivery.connection != self._connection:
            # Whatever the broker is owed for is delivered anew on a new connection, each message once.
            self._connection, self._fresh, self._looked = delivery.connection, False, False
            self._recognised.clear()
        if (delivery.packet, digest) in self._recognised:
            return True
        up_to_date = self._fresh if delivery.redelivered else self._looked
        if not up_to_date and not self._committed[digest]:
            self._refresh()
        if not self._committed[digest]:
            return False
        self._committed[digest] -= 1
        self._recognised.add((delivery.packet, digest))
        return True

    def _refresh(self) -> None:
        # A batch handed on may have been committed in parts since: each of its messages counts once all the same.
        own = {delivered.family(batch) for batch in self._handed_on}
        others = [d for batch, d in self._ask(delivered.recent).items() if delivered.family(batch) not in own]
        self._committed = Counter(
            digests[start : start + WIDTH]
            for digests in (*others, *self._handed_on.values())
            for start in range(0, len(digests), WIDTH)
        )
        self._committed.subtract(digest for _, digest in self._recognised)
        self._fresh = self._looked = True


def digest_of(topic: str, payload: bytes) -> bytes:
    """Digest by which a message is remembered."""
    digest = blake2b(topic.encode(), digest_size=WIDTH)
    digest.update(b"\0")
    digest.update(payload)
    return digest.digest()
