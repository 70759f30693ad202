"""Messages committed lately: what the broker delivers again, because an acknowledgement was lost, counts once."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from store import sql
from store.connection import Connection

WIDTH = 16
"""Width of a digest [bytes]."""

_PART_BITS = 32


@dataclass(frozen=True, slots=True)
class Delivered:
    """Which messages a batch holds.

    Parameters
    ----------
    batch
        Name of the batch; the same at every attempt to commit it. Parts of a batch share all but its last places.
    session
        MQTT client id, or whatever names the way in.
    digests
        Digest of each message, one after the other.
    """

    batch: UUID
    session: str
    digests: bytes

    def part(self, number: int, digests: bytes) -> "Delivered":
        """A part of the batch under a name of its own, where it cannot be committed whole; `number` from 1."""
        return Delivered(UUID(int=self.batch.int ^ number), self.session, digests)

    def comprises(self, batch: UUID) -> bool:
        """Whether a name is that of this batch or of a part of it."""
        return family(batch) == family(self.batch)


def family(batch: UUID) -> int:
    """What the names of a batch and of all its parts have in common."""
    return batch.int >> _PART_BITS


def enter(connection: Connection, delivered: Delivered) -> bool:
    """Enter a batch in the caller's transaction; False if it was committed before."""
    entered = connection.execute(
        sql.statements("delivered")["enter"],
        {"batch": delivered.batch, "session": delivered.session, "digests": delivered.digests},
    )
    return entered.rowcount == 1


def recent(connection: Connection) -> dict[UUID, bytes]:
    """Digests of the messages committed lately, by batch."""
    return dict(connection.execute(sql.statements("delivered")["recent"]).fetchall())


def forget(connection: Connection, session: str, *, keep: timedelta) -> None:
    """Forget what a session committed longer than `keep` before its latest batch."""
    connection.execute(sql.statements("delivered")["forget"], {"session": session, "keep": keep})


def any_of(connection: Connection, session: str) -> bool:
    """Whether a session ever committed a batch: the latest one is never forgotten."""
    return connection.execute(sql.statements("delivered")["any_of"], {"session": session}).fetchone() is not None
