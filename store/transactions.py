"""Transactions: the first statement received stays, a repeat is counted, a different statement is kept as evidence."""

from hashlib import sha256

from metrology.transaction import Transaction
from store import sql
from store.arrivals import ArrivedTransaction, Fate, first_of_each
from store.connection import Connection
from store.exact_json import to_json


def append(connection: Connection, arrived: list[ArrivedTransaction]) -> list[Fate]:
    """Append transactions in the caller's transaction and say what became of each.

    A statement that differs from the first is *conflicting* the first time it is received; each time after that it is
    a repeat of a known conflict.
    """
    if not arrived:
        return []
    named = sql.statements("transactions")
    fates = [Fate.REPEATED] * len(arrived)
    new = connection.execute(named["append"], _columns(arrived, first_of_each([_key(item) for item in arrived])))
    for (ordinal,) in new.fetchall():
        fates[ordinal] = Fate.STORED
    others = [ordinal for ordinal, fate in enumerate(fates) if fate is not Fate.STORED]
    if others:
        found = connection.execute(named["differing"], _columns(arrived, others)).fetchall()
        for ordinal in _keep_conflicts(connection, arrived, sorted(ordinal for (ordinal,) in found)):
            fates[ordinal] = Fate.CONFLICTING
    return fates


def _keep_conflicts(connection: Connection, arrived: list[ArrivedTransaction], differing: list[int]) -> list[int]:
    """Keep differing statements beside the first ones; return those not known before."""
    if not differing:
        return []
    statements = [to_json(_statement(arrived[ordinal].transaction)) for ordinal in differing]
    digests = [sha256(statement.encode()).digest() for statement in statements]
    keys = [(*_key(arrived[ordinal]), digest) for ordinal, digest in zip(differing, digests, strict=True)]
    kept = first_of_each(keys)
    columns = {
        "ordinal": [differing[position] for position in kept],
        "instrument": [keys[position][0] for position in kept],
        "started_at": [keys[position][1] for position in kept],
        "sequence": [keys[position][2] for position in kept],
        "digest": [digests[position] for position in kept],
        "statement": [statements[position] for position in kept],
        "received_at": [arrived[differing[position]].received_at for position in kept],
    }
    return [ordinal for (ordinal,) in connection.execute(sql.statements("transactions")["keep_conflicts"], columns)]


def _key(item: ArrivedTransaction) -> tuple[object, ...]:
    return item.instrument, item.transaction.started_at, item.transaction.sequence


def columns_of(arrived: list[ArrivedTransaction]) -> dict[str, list[object]]:
    """Transactions as columns for the statements of the store, in their order."""
    return _columns(arrived, list(range(len(arrived))))


def _columns(arrived: list[ArrivedTransaction], chosen: list[int]) -> dict[str, list[object]]:
    items = [arrived[ordinal] for ordinal in chosen]
    stated = [item.transaction for item in items]
    return {
        "ordinal": list(chosen),
        "instrument": [item.instrument for item in items],
        "received_at": [item.received_at for item in items],
        "started_at": [one.started_at for one in stated],
        "ended_at": [one.ended_at for one in stated],
        "sequence": [one.sequence for one in stated],
        "quantity": [one.quantity for one in stated],
        "start_indication": [one.start_indication for one in stated],
        "end_indication": [one.end_indication for one in stated],
        "unit_price": [one.unit_price for one in stated],
        "amount": [one.amount for one in stated],
        "attributes": [to_json(dict(one.attributes)) for one in stated],
        "signed": [_signed(one) for one in stated],
    }


def _signed(one: Transaction) -> str | None:
    if one.signed is None:
        return None
    return to_json({"encoding": one.signed.encoding, "data": one.signed.data, "public_key": one.signed.public_key})


def _statement(one: Transaction) -> dict[str, object]:
    """A statement as it is kept as evidence, its counts those of table transaction."""
    return {
        "ended_at": one.ended_at.isoformat(),
        "quantity": one.quantity,
        "start_indication": one.start_indication,
        "end_indication": one.end_indication,
        "unit_price": one.unit_price,
        "amount": one.amount,
        "attributes": dict(one.attributes),
        "signed": None
        if one.signed is None
        else {"encoding": one.signed.encoding, "data": one.signed.data, "public_key": one.signed.public_key},
    }
