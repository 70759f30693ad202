"""Who did what: rows are only ever added."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb

from store import sql
from store.connection import Connection


class Entry(NamedTuple):
    """One row."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


def record(
    connection: Connection,
    *,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, object] | None = None,
    once: bool = False,
) -> None:
    """Add one row, in the caller's transaction.

    Parameters
    ----------
    actor
        Name of the key or service.
    action
        Dotted verb: `alert.acknowledge`.
    subject
        To what: `alert:12`.
    once
        Whether to add nothing where the same stands already.
    """
    connection.execute(
        sql.statements("audit")["record_once" if once else "record"],
        {"actor": actor, "action": action, "subject": subject, "detail": Jsonb(dict(detail or {}))},
    )


def latest(
    connection: Connection,
    *,
    actor: str | None = None,
    action: str | None = None,
    subject: str | None = None,
    since: datetime | None = None,
    limit: int,
) -> list[Entry]:
    """The latest rows, oldest first.

    Parameters
    ----------
    action, subject
        In full, or up to the point or the colon: `alert` for `alert.acknowledge` too, `source` for `source:city-water`.
    """
    wanted = {"actor": actor, "action": action, "subject": subject, "since": since, "limit": limit}
    return [Entry(*row) for row in connection.execute(sql.statements("audit")["latest"], wanted)][::-1]
