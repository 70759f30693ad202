"""Sources as they are shown: who sends, how much, and how lately."""

from dataclasses import dataclass
from datetime import datetime

from store import sql
from store.connection import Connection


@dataclass(frozen=True, slots=True)
class SourceView:
    """One source; `last_received_at` is None while nothing ever came from it."""

    code: str
    name: str
    instruments: int
    last_received_at: datetime | None
    quarantined: int


def page(connection: Connection, *, after: str, limit: int) -> list[SourceView]:
    """Up to `limit` sources with codes after `after`, in order of code."""
    rows = connection.execute(sql.statements("sources")["page"], {"after": after, "limit": limit}).fetchall()
    return [SourceView(*row) for row in rows]
