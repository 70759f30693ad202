"""Who is able to hear, and since when without a break: while somebody could not, no source is accused of silence."""

from datetime import datetime, timedelta
from enum import StrEnum

from store import sql
from store.connection import Connection

TOLERANCE = timedelta(seconds=30)
"""Longest time between two signs of one stretch."""

RETIRED = timedelta(hours=24)
"""A listener that gave no sign for so long is not expected back."""


class WayIn(StrEnum):
    """Where somebody listens."""

    MQTT = "mqtt"
    """A broker deals messages to each ingest of the group, also to one that is away: all of them are needed."""
    HTTP = "http"
    """Who does not reach the api comes again: any api process is enough, so all of them are one listener."""


def note(connection: Connection, listener: str, *, way: WayIn = WayIn.MQTT, now: datetime | None = None) -> None:
    """Remember that a listener is able to hear now, by the database's clock unless told otherwise."""
    stretch = {"listener": listener, "way": way, "now": now, "tolerance": TOLERANCE}
    connection.execute(sql.statements("listening")["note"], stretch)


def since(connection: Connection, way: WayIn = WayIn.MQTT, *, now: datetime | None = None) -> datetime | None:
    """Since when all who can hear now have been able to without a break; None where nobody can."""
    asked = {"way": way, "now": now, "tolerance": TOLERANCE}
    row = connection.execute(sql.statements("listening")["since"], asked).fetchone()
    return row[0] if row else None


def somebody_missing(connection: Connection, way: WayIn = WayIn.MQTT, *, now: datetime | None = None) -> bool:
    """Whether a listener cannot hear now that could within the last day: the broker may keep messages for it."""
    asked = {"way": way, "now": now, "tolerance": TOLERANCE, "retired": RETIRED}
    return connection.execute(sql.statements("listening")["somebody_missing"], asked).fetchone() == (True,)
