"""Statements of one instrument in one shape, stored and stated ones, so that they can be held against each other."""

from dataclasses import dataclass
from datetime import UTC, datetime

from store import sql
from store.arrivals import Arrivals
from store.columns import EPOCH_SHIFT
from store.connection import Connection
from store.exact_json import to_json
from store.transactions import columns_of

Key = tuple[str, datetime, str]
"""Noun, instant, and what tells statements of one instant apart: register number, counter, or code with detail."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One reading, transaction or event; `value` is its content as text, in the store's own spelling."""

    key: Key
    value: str
    received_at: datetime


def stored(connection: Connection, instrument: int, since: datetime, until: datetime) -> list[Statement]:
    """Everything stored of an instrument for [since, until), first statements only."""
    named = sql.statements("signed_messages")
    wanted = {"instrument": instrument, "since": since, "until": until}
    found = [
        Statement(("reading", at, str(register)), str(value), received_at)
        for register, at, value, received_at in connection.execute(named["readings"], wanted)
    ]
    found += [
        Statement(("transaction", at, str(sequence)), value, received_at)
        for at, sequence, received_at, value in connection.execute(named["transactions"], wanted)
    ]
    found += [
        Statement(("event", at, f"{code} {detail}"), "", received_at)
        for at, code, received_at, detail in connection.execute(named["events"], wanted)
    ]
    return found


def kept_beside(connection: Connection, instrument: int, since: datetime, until: datetime) -> set[tuple[Key, str]]:
    """Keys and values of the conflicts kept of an instrument for [since, until)."""
    named = sql.statements("signed_messages")
    wanted = {"instrument": instrument, "since": since, "until": until}
    found: set[tuple[Key, str]] = {
        (("reading", at, str(register)), str(value))
        for register, at, value in connection.execute(named["reading_conflicts"], wanted)
    }
    found |= {
        (("transaction", at, str(sequence)), value)
        for at, sequence, _, value in connection.execute(named["transaction_conflicts"], wanted)
    }
    return found


def stated(connection: Connection, arrivals: Arrivals) -> dict[str, list[Statement]]:
    """Statements of a batch by noun, in its order, spelled as the store would spell them."""
    named = sql.statements("signed_messages")
    rows = arrivals.readings
    instants, received = ((rows[name] + EPOCH_SHIFT).astype("M8[us]").tolist() for name in ("taken_at", "received_at"))
    values = connection.execute(named["stated_transactions"], columns_of(arrivals.transactions)).fetchall()
    details = [to_json(dict(item.event.detail)) for item in arrivals.events]
    spelled = connection.execute(named["stated_details"], {"detail": details}).fetchall()
    return {
        "reading": [
            Statement(("reading", _aware(at), str(register)), str(value), _aware(received_at))
            for register, at, value, received_at in zip(
                rows["register"].tolist(), instants, rows["value"].tolist(), received, strict=True
            )
        ],
        "transaction": [
            Statement(
                ("transaction", item.transaction.started_at, str(item.transaction.sequence)), value, item.received_at
            )
            for item, (value,) in zip(arrivals.transactions, values, strict=True)
        ],
        "event": [
            Statement(("event", item.event.at, f"{item.event.code.value} {detail}"), "", item.received_at)
            for item, (detail,) in zip(arrivals.events, spelled, strict=True)
        ],
    }


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
