"""Who is able to hear, and since when without a break: while nobody could, no source is accused of silence."""

from datetime import datetime, timedelta

from store import sql
from store.connection import Connection

TOLERANCE = timedelta(seconds=30)
"""Longest time between two signs of one stretch."""


def note(connection: Connection, listener: str, *, now: datetime | None = None) -> None:
    """Remember that a listener is able to hear now, by the database's clock unless told otherwise."""
    stretch = {"listener": listener, "now": now, "tolerance": TOLERANCE}
    connection.execute(sql.statements("listening")["note"], stretch)


def since(connection: Connection, *, now: datetime | None = None) -> datetime | None:
    """Since when somebody has been able to hear without a break; None where nobody can now."""
    row = connection.execute(sql.statements("listening")["since"], {"now": now, "tolerance": TOLERANCE}).fetchone()
    return row[0] if row else None
