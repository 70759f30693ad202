"""Taking quarantined messages in after all: decoded again, stored by the same writer, released in one transaction."""

from dataclasses import asdict

from psycopg import Rollback

from ingest.batch import Batch
from ingest.errors import DecodeError
from ingest.formats import format_called
from ingest.identity import Identities
from ingest.instants import Instants
from ingest.signature_errors import SequenceConflict
from ingest.topics import parse
from store import audit, intake, quarantine
from store.connection import Connection
from store.intake import Tally


class NotHeld(Exception):
    """No message of this number is held."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"no message {number} is held in quarantine")


def replay(connection: Connection, number: int, *, actor: str) -> DecodeError | None:
    """Take one message in, as received when it first came; return why if it is refused again.

    All or nothing, in one transaction. In the ledger its statements move from quarantined to what became of them;
    equal receipts of the same bytes count as repeats.

    Raises
    ------
    NotHeld
        if it is not held: unknown, or released before.
    """
    with connection.transaction():
        entry = quarantine.claim(connection, number)
        if entry is None:
            raise NotHeld(number)
        batch = Batch(Identities(lambda question: question(connection)), Instants())
        refusal = batch.add(entry.topic, entry.payload, entry.first_received_at)
        if refusal is not None:
            quarantine.refuse_again(connection, number, cause=refusal.code, detail=str(refusal))
            return refusal
        arrivals = batch.arrivals()
        with connection.transaction() as attempt:
            [(source, tally)] = intake.append(connection, arrivals, way=None).items()
            if arrivals.taken_back:
                raise Rollback(attempt)
        if arrivals.taken_back:
            [said] = format_called(parse(entry.topic).format).decode(entry.payload)
            conflict = SequenceConflict(said.instrument, arrivals.taken_back[0].sequence)
            quarantine.refuse_again(connection, number, cause=conflict.code, detail=str(conflict))
            return conflict
        intake.record(connection, source, _correction(entry, tally))
        quarantine.release(connection, number)
        audit.record(
            connection,
            actor=actor,
            action="quarantine.release",
            subject=f"quarantine:{number}",
            detail={name: count for name, count in asdict(tally).items() if count},
        )
    return None


def _correction(entry: quarantine.Entry, taken: Tally) -> Tally:
    """What makes the ledger add up: this message is no longer quarantined, and was received before this replay."""
    repeats = entry.times_received - 1
    return Tally(
        messages=-taken.messages,
        messages_quarantined=-entry.times_received,
        readings=repeats * taken.readings - entry.readings,
        readings_repeated=repeats * taken.readings,
        readings_quarantined=-entry.readings,
        transactions=repeats * taken.transactions - entry.transactions,
        transactions_repeated=repeats * taken.transactions,
        transactions_quarantined=-entry.transactions,
        events=repeats * taken.events - entry.events,
        events_repeated=repeats * taken.events,
        events_quarantined=-entry.events,
    )
