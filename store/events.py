"""Events: what an instrument said of itself is kept once; hearing it again is a repeat."""

from store import sql
from store.arrivals import ArrivedEvent, Fate
from store.connection import Connection
from store.exact_json import to_json


def append(connection: Connection, arrived: list[ArrivedEvent]) -> list[Fate]:
    """Append events in the caller's transaction and say what became of each: STORED or REPEATED."""
    if not arrived:
        return []
    columns = {
        "ordinal": list(range(len(arrived))),
        "instrument": [item.instrument for item in arrived],
        "received_at": [item.received_at for item in arrived],
        "occurred_at": [item.event.at for item in arrived],
        "code": [item.event.code.value for item in arrived],
        "detail": [to_json(dict(item.event.detail)) for item in arrived],
    }
    fates = [Fate.REPEATED] * len(arrived)
    for (ordinal,) in connection.execute(sql.statements("events")["append"], columns).fetchall():
        fates[ordinal] = Fate.STORED
    return fates
