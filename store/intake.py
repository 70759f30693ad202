"""The way into the store: one batch, one transaction, every statement accounted for."""

from dataclasses import asdict, dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from store import delivered, due, events, quarantine, readings, signed_messages, sql, transactions
from store.arrangement import Arranged, arrange, days_of
from store.arrivals import Arrivals, Fate
from store.columns import DAY_ZERO
from store.connection import Connection
from store.due import block_of


@dataclass(slots=True)
class Tally:
    """What became of everything that one source sent in one batch; columns of table intake."""

    messages: int = 0
    messages_redelivered: int = 0
    messages_quarantined: int = 0
    readings: int = 0
    readings_stored: int = 0
    readings_repeated: int = 0
    readings_conflicting: int = 0
    readings_quarantined: int = 0
    transactions: int = 0
    transactions_stored: int = 0
    transactions_repeated: int = 0
    transactions_conflicting: int = 0
    transactions_quarantined: int = 0
    events: int = 0
    events_stored: int = 0
    events_repeated: int = 0
    events_quarantined: int = 0

    @property
    def repeats(self) -> int:
        """Readings whose key was known: what makes a writer look before it copies."""
        return self.readings_repeated + self.readings_conflicting


def append(
    connection: Connection, arrivals: Arrivals, *, look_first: bool = False, way: str | None = "mqtt"
) -> dict[str, Tally]:
    """Append a batch in one transaction: statements, quarantine, ledger and due marks; return the ledger by source.

    Empty if an earlier attempt at the same batch was committed after all.

    Parameters
    ----------
    look_first
        Whether repeats are expected (:func:`store.readings.append`).
    way
        How it came: `mqtt`, `http`, `import`; None where nobody speaks, as when it is taken out of quarantine.

    Raises
    ------
    psycopg.Error
        with nothing of the batch stored.
    """
    tallies = [
        Tally(messages=messages, messages_redelivered=redelivered)
        for messages, redelivered in zip(arrivals.messages, arrivals.redelivered, strict=True)
    ]
    with connection.transaction():
        if arrivals.delivered is not None and not delivered.enter(connection, arrivals.delivered):
            return {}  # an earlier attempt was committed, only its answer was lost
        arrivals.taken_back = signed_messages.append(connection, arrivals.signed)
        if arrivals.taken_back:
            arrivals = arrivals.without(arrivals.taken_back)
        arranged = arrivals.arranged or arrange(arrivals.readings)
        fates = readings.append(connection, arranged, look_first=look_first)
        _count_readings(tallies, arrivals.readings["source"], fates)
        changed = [_changed_days(arranged, fates)]
        for item, fate in zip(
            arrivals.transactions, transactions.append(connection, arrivals.transactions), strict=True
        ):
            _count(tallies[item.source], "transactions", fate)
            if fate is not Fate.REPEATED:
                changed.append(_blocks_and_days(item.instrument, *((day - DAY_ZERO).days for day in item.days)))
        for arrived, fate in zip(arrivals.events, events.append(connection, arrivals.events), strict=True):
            _count(tallies[arrived.source], "events", fate)
            if fate is not Fate.REPEATED:
                changed.append(_blocks_and_days(arrived.instrument, (arrived.day - DAY_ZERO).days))
        quarantine.hold(connection, arrivals.sources, arrivals.held)
        for held in arrivals.held:
            tally = tallies[held.source]
            tally.messages_quarantined += 1
            tally.readings_quarantined += held.readings
            tally.transactions_quarantined += held.transactions
            tally.events_quarantined += held.events
        for code, tally in zip(arrivals.sources, tallies, strict=True):
            _total(tally)
            record(connection, code, tally, way=way)
        _mark_due(connection, np.concatenate(changed))
    return dict(zip(arrivals.sources, tallies, strict=True))


def record(connection: Connection, source: str, tally: Tally, *, way: str | None = None) -> None:
    """Add one row to the ledger, in the caller's transaction."""
    connection.execute(sql.statements("intake")["record"], {"source_code": source, "way": way, **asdict(tally)})


def totals(connection: Connection) -> dict[str, Tally]:
    """What was received in all, by source."""
    rows = connection.execute(sql.statements("intake")["totals"]).fetchall()
    return {code: Tally(*map(int, sums)) for code, *sums in rows}


def _total(tally: Tally) -> None:
    tally.readings = (
        tally.readings_stored + tally.readings_repeated + tally.readings_conflicting + tally.readings_quarantined
    )
    tally.transactions = (
        tally.transactions_stored
        + tally.transactions_repeated
        + tally.transactions_conflicting
        + tally.transactions_quarantined
    )
    tally.events = tally.events_stored + tally.events_repeated + tally.events_quarantined


def _count_readings(tallies: list[Tally], sources: NDArray[np.int32], fates: NDArray[np.uint8]) -> None:
    kinds = len(Fate)
    counted = np.bincount(sources * kinds + fates, minlength=len(tallies) * kinds).reshape(-1, kinds)
    for tally, (stored, repeated, conflicting) in zip(tallies, counted.tolist(), strict=True):
        tally.readings_stored, tally.readings_repeated, tally.readings_conflicting = stored, repeated, conflicting


def _count(tally: Tally, noun: str, fate: Fate) -> None:
    name = f"{noun}_{fate.name.lower()}"
    setattr(tally, name, getattr(tally, name) + 1)


def _changed_days(arranged: Arranged, fates: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Blocks and days whose evidence is no longer what it was, each once, shape (n, 2)."""
    repeated = fates == Fate.REPEATED
    return days_of(arranged.rows[~repeated]) if repeated.any() else arranged.days


def _blocks_and_days(instrument: int, *days: int) -> NDArray[np.int64]:
    return np.array([(block_of(instrument), day) for day in days], dtype=np.int64)


def _mark_due(connection: Connection, changed: NDArray[np.int64]) -> None:
    if len(changed):
        blocks, days = np.unique(changed, axis=0).T.tolist()
        due.mark_summarise(connection, blocks, [DAY_ZERO + timedelta(days=day) for day in days])
