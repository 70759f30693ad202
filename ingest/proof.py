"""Proving again, from the stored bytes, that what is stored of an instrument is what it signed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ingest.batch import Batch
from ingest.identity import Identities
from ingest.instants import Instants
from metrology.quantity import to_text
from store import instrument_keys, registers, signed_messages, statements
from store.arrivals import ArrivedSigned
from store.connection import Connection
from store.signed_messages import SignedMessage
from store.statements import Key, Statement

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 1, 1, tzinfo=UTC)

Stated = dict[Key, list[tuple[int, Statement]]]
"""What was signed for each key, with the counters of the messages that say it."""


@dataclass(slots=True)
class Verdict:
    """What was proven of an instrument.

    Parameters
    ----------
    messages
        Signed messages whose signature holds.
    proven
        Stored statements that are what was signed.
    older
        Stored statements received before the instrument had a key.
    faults
        One sentence for each thing that does not match.
    """

    messages: int = 0
    proven: int = 0
    older: int = 0
    faults: list[str] = field(default_factory=list)


def verify(
    connection: Connection, source: str, serial: str, *, since: datetime = EARLIEST, until: datetime = LATEST
) -> Verdict:
    """Hold everything stored of an instrument for [since, until) against what it signed, and the other way round.

    Every signed message of the instrument is decoded from its stored bytes and proven again under its enrolled key, by
    the same functions that took it in.

    Raises
    ------
    store.errors.InstrumentUnknown
    """
    verdict = Verdict()
    with connection.transaction():
        signed_messages.hold_still(connection)
        instrument = instrument_keys.number_of(connection, source, serial)
        keys = instrument_keys.of_instrument(connection, instrument)
        signs_since = min((key.valid_from for key in keys), default=LATEST)
        stated = _stated(connection, source, instrument, verdict)
        beside = statements.kept_beside(connection, instrument, since, until)
        words = _Words(connection)
        found: set[Key] = set()
        for row in statements.stored(connection, instrument, since, until):
            found.add(row.key)
            if row.key in stated:
                faults = list(_differences(row, stated[row.key], beside, signs_since, words))
                verdict.faults += faults
                verdict.proven += not faults
            elif row.received_at >= signs_since:
                verdict.faults.append(f"{words.of(row.key)}: stored{words.value(row)}, never signed")
            else:
                verdict.older += 1
        for key, says in stated.items():
            if key not in found and since <= key[1] < until:
                sequence, said = says[0]
                verdict.faults.append(f"{words.of(key)}: missing, signed{words.value(said)} (seq {sequence})")
    return verdict


def _differences(
    row: Statement,
    says: list[tuple[int, Statement]],
    beside: set[tuple[Key, str]],
    signs_since: datetime,
    words: "_Words",
) -> Iterator[str]:
    """What does not match between a stored statement and what was signed under its key."""
    same = [said for _, said in says if said.value == row.value]
    lost = [item for item in says if item[1].value != row.value and (row.key, item[1].value) not in beside]
    for sequence, said in lost:
        yield f"{words.of(row.key)}: stored{words.value(row)}, signed{words.value(said)} (seq {sequence})"
    if lost or row.received_at < signs_since:
        return  # the first value stays, also where the instrument did not sign yet
    if not same:
        yield f"{words.of(row.key)}: stored{words.value(row)}, which no message says"
    elif all(said.received_at != row.received_at for said in same):
        yield f"{words.of(row.key)}: stored as received at {row.received_at.isoformat()}, when no message came"


def _stated(connection: Connection, source: str, instrument: int, verdict: Verdict) -> Stated:
    """Prove every signed message again; what each says, by key."""
    identities, instants = Identities(lambda question: question(connection)), Instants()
    stated: Stated = {}
    for page in signed_messages.pages(connection, instrument):
        batch = Batch(identities, instants)
        rows: list[SignedMessage] = []
        for row in page:
            refusal = batch.add(f"telemetry/{source}/native-jws", row.jws, row.received_at)
            if refusal is None:
                rows.append(row)
            else:
                verdict.faults.append(f"message seq {row.sequence}: {refusal.code}: {refusal}")
        arrivals = batch.arrivals()
        said = statements.stated(connection, arrivals)
        for row, item in zip(rows, arrivals.signed, strict=True):
            if (item.instrument, item.sequence, item.key, item.digest) != (
                instrument,
                row.sequence,
                row.key,
                row.digest,
            ):
                verdict.faults.append(f"message seq {row.sequence}: its row says otherwise than its signed bytes")
                continue
            verdict.messages += 1
            for noun, positions in _positions(item):
                for position in positions:
                    statement = said[noun][position]
                    stated.setdefault(statement.key, []).append((item.sequence, statement))
    return stated


def _positions(item: ArrivedSigned) -> tuple[tuple[str, range], ...]:
    return ("reading", item.readings), ("transaction", item.transactions), ("event", item.events)


class _Words:
    """Statements as a person reads them."""

    def __init__(self, connection: Connection) -> None:
        self._registers = {str(entry.id): entry.register for entry in registers.all_registers(connection)}

    def of(self, key: Key) -> str:
        noun, at, name = key
        register = self._registers.get(name) if noun == "reading" else None
        return f"{noun} {register.name if register else name} at {at.astimezone(UTC).isoformat()}"

    def value(self, statement: Statement) -> str:
        noun, _, name = statement.key
        register = self._registers.get(name) if noun == "reading" else None
        if register is None:
            return f" {statement.value}" if statement.value else ""
        return f" {to_text(int(statement.value), register.decimals)} {register.unit}"
