"""How much is held in quarantine, and why."""

from dataclasses import dataclass
from datetime import datetime

from store import sql
from store.connection import Connection


@dataclass(frozen=True, slots=True)
class Held:
    """Messages of one source held for one cause; `source` is empty where the topic names none."""

    source: str
    cause: str
    count: int
    last_at: datetime


def held(connection: Connection) -> list[Held]:
    """Counts of messages that no replay has taken in yet, by source and cause."""
    return [Held(*row) for row in connection.execute(sql.statements("quarantine_counts")["held"]).fetchall()]
