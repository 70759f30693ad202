"""What happened to alerts, in order of commit: read by the live feed and by the courier."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from store import sql
from store.connection import Connection


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that happened to an alert."""

    id: int
    at: datetime
    topic: str
    alert_id: int
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """What the outbox can still tell: every row after `pruned_through`, up to `newest`; 0 stands for none yet."""

    pruned_through: int
    newest: int

    def can_resume(self, after: int) -> bool:
        """Whether a reader whose last row was `after` can go on without a gap.

        An id larger than any there ever was comes from another store, or from one restored to an earlier state.

        Examples
        --------
        >>> Span(pruned_through=10, newest=20).can_resume(10)
        True
        >>> Span(pruned_through=10, newest=20).can_resume(9)
        False
        """
        return self.pruned_through <= after <= self.newest


def lock(connection: Connection) -> None:
    """Hold the outbox until the caller's transaction ends.

    Who will append to it and touches an alert before must take the lock first: two who hold an alert and the outbox
    in different order would wait for each other for ever.
    """
    connection.execute(sql.statements("outbox")["lock"])


def append(connection: Connection, topic: str, alert_id: int, payload: Mapping[str, object]) -> int:
    """Add one row in the caller's transaction and return its id.

    From here to its end the transaction holds the lock of the outbox, so that a smaller id never appears after a
    larger one: append late and commit soon.

    Parameters
    ----------
    topic
        `alert.opened`, `alert.updated`, `alert.acknowledged` or `alert.closed`.
    payload
        JSON: `{"alert": id, "topic": topic, "version": n}`; what the alert says is read when it is sent.
    """
    named = sql.statements("outbox")
    lock(connection)
    row = connection.execute(
        named["append"], {"topic": topic, "alert": alert_id, "payload": Jsonb(dict(payload))}
    ).fetchone()
    assert row is not None  # noqa: S101 - INSERT … RETURNING returns the row it inserted
    return int(row[0])


def after(connection: Connection, last: int, *, limit: int) -> list[Row]:
    """Up to `limit` rows after id `last`, in order."""
    rows = connection.execute(sql.statements("outbox")["after"], {"after": last, "limit": limit}).fetchall()
    return [Row(*row) for row in rows]


def span(connection: Connection) -> Span:
    """How far back and how far forward the outbox reaches."""
    row = connection.execute(sql.statements("outbox")["span"]).fetchone()
    assert row is not None  # noqa: S101 - a SELECT without FROM returns one row
    return Span(int(row[0]), int(row[1]))


def listen(connection: Connection) -> None:
    """Make an autocommit connection hear the doorbell that rings whenever rows were committed."""
    connection.execute(sql.statements("outbox")["listen"])


def prune(connection: Connection, *, through: int, before: datetime) -> int:
    """Delete rows up to id `through` that were written before an instant; return the largest id deleted, or 0.

    The live feed can no longer be resumed from before there; :func:`span` tells.
    """
    named = sql.statements("outbox")
    with connection.transaction():
        connection.execute(named["lock"])
        row = connection.execute(named["prune"], {"through": through, "before": before}).fetchone()
        deleted = int(row[0]) if row and row[0] is not None else 0
        if deleted:
            connection.execute(named["move_horizon"], {"through": deleted})
    return deleted
