"""Sources as they are shown: who sends, what it declared, how much, and how lately."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from store import sql
from store.connection import Connection

CODE = r"[A-Za-z0-9_-]{1,64}"
"""What a source may be called: a level of a topic and a user name at every broker."""


@dataclass(frozen=True, slots=True)
class SourceView:
    """One source; what is None was never declared, never happened, or does not hold.

    `last_received_at` is None while nothing ever came from it, `credential` (`password` or `certificate`) while it has
    none that holds. Its `version` grows with every change of limits and credentials.
    """

    code: str
    name: str
    instruments: int
    last_received_at: datetime | None
    quarantined: int
    report_interval: timedelta | None = None
    messages_per_second: float | None = None
    bytes_per_second: float | None = None
    largest_message: int | None = None
    revoked_at: datetime | None = None
    credential: str | None = None
    credential_since: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Restriction:
    """What a source may not do.

    Parameters
    ----------
    messages_per_second, bytes_per_second
        Rates that it may reach over time [1/s, bytes/s]; None: any.
    largest_message
        Largest payload [bytes]; None: any.
    revoked_at
        Since when it may not speak at all.
    quiet_since
        When something last came from it; if nothing ever did, when it was enrolled.
    """

    messages_per_second: float | None
    bytes_per_second: float | None
    largest_message: int | None
    revoked_at: datetime | None
    quiet_since: datetime


def restricted(connection: Connection) -> dict[str, Restriction]:
    """Sources that may not send all they like, by code."""
    rows = connection.execute(sql.statements("sources")["restricted"]).fetchall()
    return {code: Restriction(*row) for code, *row in rows}


def page(connection: Connection, *, after: str, limit: int) -> list[SourceView]:
    """Up to `limit` sources with codes after `after`, in order of code."""
    rows = connection.execute(sql.statements("sources")["page"], {"after": after, "limit": limit}).fetchall()
    return [SourceView(*row) for row in rows]


def one(connection: Connection, code: str) -> SourceView | None:
    """The source of a code; None where nobody enrolled it."""
    row = connection.execute(sql.statements("sources")["one"], {"code": code}).fetchone()
    return None if row is None else SourceView(*row)


def exists(connection: Connection, code: str) -> bool:
    """Whether somebody enrolled the source."""
    return connection.execute(sql.statements("instruments")["number_of_source"], {"code": code}).fetchone() is not None
