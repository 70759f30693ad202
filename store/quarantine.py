"""Quarantine: messages that could not be taken, whole and with their cause, until somebody replays them."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from store import sql
from store.arrivals import Held
from store.connection import Connection


@dataclass(frozen=True, slots=True)
class Count:
    """Messages held of one source for one cause; `receipts` counts repeats of the same bytes too."""

    source: str
    cause: str
    messages: int
    receipts: int
    last_received_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of the quarantine, with the statements counted in it, all receipts together."""

    id: int
    source: str
    topic: str
    cause: str
    detail: str
    payload: bytes
    first_received_at: datetime
    last_received_at: datetime
    times_received: int
    released_at: datetime | None
    readings: int
    transactions: int
    events: int


def hold(connection: Connection, sources: list[str], held: list[Held]) -> None:
    """Hold messages, in the caller's transaction; the same bytes on the same topic are held once and counted."""
    if not held:
        return
    same: dict[bytes, list[Held]] = {}
    for item in held:
        same.setdefault(sha256(_storable(item.topic).encode() + b"\0" + item.payload).digest(), []).append(item)
    last = [items[-1] for items in same.values()]
    connection.execute(
        sql.statements("quarantine")["hold"],
        {
            "digest": list(same),
            "source_code": [_storable(sources[item.source]) for item in last],
            "topic": [_storable(item.topic) for item in last],
            "cause": [item.cause for item in last],
            "detail": [_storable(item.detail) for item in last],
            "payload": [item.payload for item in last],
            "readings": [sum(item.readings for item in items) for items in same.values()],
            "transactions": [sum(item.transactions for item in items) for items in same.values()],
            "events": [sum(item.events for item in items) for items in same.values()],
            "first_received_at": [min(item.received_at for item in items) for items in same.values()],
            "last_received_at": [max(item.received_at for item in items) for items in same.values()],
            "times_received": [len(items) for items in same.values()],
        },
    )


def counts(connection: Connection, *, source: str | None = None, cause: str | None = None) -> list[Count]:
    """How many messages are held, by source and cause."""
    rows = connection.execute(sql.statements("quarantine")["counts"], {"source": source, "cause": cause}).fetchall()
    return [Count(*row) for row in rows]


def held(
    connection: Connection, *, source: str | None = None, cause: str | None = None, after: int = 0, limit: int = 1000
) -> list[int]:
    """Numbers of held messages beyond `after`, oldest first."""
    wanted = {"source": source, "cause": cause, "after": after, "limit": limit}
    return [number for (number,) in connection.execute(sql.statements("quarantine")["held"], wanted).fetchall()]


def entry(connection: Connection, number: int) -> Entry | None:
    """One message, held or released; None if there is none of this number."""
    return _one(connection, "entry", number)


def claim(connection: Connection, number: int) -> Entry | None:
    """One held message, for the caller's transaction alone; None if it is not held."""
    return _one(connection, "claim", number)


def release(connection: Connection, number: int) -> None:
    """Say that a message has been taken in, in the caller's transaction."""
    connection.execute(sql.statements("quarantine")["release"], {"id": number})


def refuse_again(connection: Connection, number: int, *, cause: str, detail: str) -> None:
    """Say why a replay was refused again."""
    connection.execute(
        sql.statements("quarantine")["refuse_again"], {"id": number, "cause": cause, "detail": _storable(detail)}
    )


def _storable(text: str) -> str:
    """Text as PostgreSQL can hold it: U+0000 becomes the sign for it."""
    return text.replace("\0", "\N{SYMBOL FOR NULL}")


def _one(connection: Connection, statement: str, number: int) -> Entry | None:
    row = connection.execute(sql.statements("quarantine")[statement], {"id": number}).fetchone()
    return Entry(*row) if row else None
