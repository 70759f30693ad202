from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from metrology.transaction import SignedRecord, Transaction
from store import transactions
from store.arrivals import ArrivedTransaction, Fate
from store.connection import Connection
from tests.services.enrolled import connect_to

S, R, C = Fate.STORED, Fate.REPEATED, Fate.CONFLICTING
AT = datetime(2026, 11, 22, tzinfo=UTC)
FIRST = Transaction(
    1, AT, AT, 2672, 1, 2673, 785_000, 20_975, {"grade": "92", "soc": Decimal("1.10")}, SignedRecord("OCMF", "x")
)


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with connect_to(database) as connection:
        yield connection


def _append(connection: Connection, *stated: Transaction) -> list[Fate]:
    arrived = [ArrivedTransaction(0, 7, AT, (date(2026, 11, 22),), one) for one in stated]
    with connection.transaction():
        return transactions.append(connection, arrived)


def test_the_first_statement_stays_and_every_other_is_accounted_for(connection: Connection) -> None:
    dearer = replace(FIRST, amount=30_000)
    assert _append(connection, FIRST, replace(FIRST, sequence=2)) == [S, S]
    assert _append(connection, FIRST, dearer, dearer, replace(FIRST, sequence=3)) == [R, C, R, S]
    assert _append(connection, dearer, replace(FIRST, signed=None)) == [R, C]
    kept = connection.execute("SELECT amount FROM transaction ORDER BY sequence").fetchall()
    assert kept == [(20_975,)] * 3
    beside = connection.execute(
        "SELECT statement ->> 'amount', statement ->> 'signed' IS NULL FROM transaction_conflict"
    )
    assert sorted(beside.fetchall()) == [("20975", True), ("30000", False)]


def test_within_a_batch_the_first_statement_stays(connection: Connection) -> None:
    assert _append(connection, FIRST, replace(FIRST, quantity=1), FIRST) == [S, C, R]
    assert connection.execute("SELECT quantity FROM transaction").fetchall() == [(2672,)]


def test_the_order_of_attributes_and_trailing_zeros_make_no_difference(connection: Connection) -> None:
    other = replace(FIRST, attributes={"soc": Decimal("1.1"), "grade": "92"})
    assert _append(connection, FIRST) == [S]
    assert _append(connection, other) == [R]


def test_attributes_are_kept_with_all_their_digits(connection: Connection) -> None:
    exact = replace(FIRST, attributes={"soc": Decimal("12345678901234567890.123456789")})
    _append(connection, exact)
    assert connection.execute("SELECT attributes ->> 'soc' FROM transaction").fetchone() == (
        "12345678901234567890.123456789",
    )


def test_missing_numbers_are_kept_as_missing(connection: Connection) -> None:
    bare = Transaction(1, AT, AT, 5)
    assert _append(connection, bare) == [S]
    assert _append(connection, bare, replace(bare, amount=0)) == [R, C]
