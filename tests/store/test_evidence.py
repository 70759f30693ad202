from datetime import UTC, datetime, timedelta

from store import evidence
from store.connection import Connection, connect
from store.instruments import Enrolment, Site, enrol

NOON = datetime(2026, 11, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)

SELL = """
    INSERT INTO transaction (started_at, ended_at, received_at, sequence, quantity, instrument_id)
    VALUES (%s, %s, now(), %s, 100, 1)"""


def sold(connection: Connection, sequence: int, started_at: datetime, ended_at: datetime) -> None:
    connection.execute(SELL, (started_at, ended_at, sequence))


def test_a_transaction_is_seen_on_the_day_it_ended_however_long_it_lasted(database: str) -> None:
    with connect(database, application="test", autocommit=True) as connection:
        enrol(connection, [Enrolment("src", "F-1", "fuel_dispenser", Site("S", "站", "site"))])
        sold(connection, 20, NOON - 10 * DAY, NOON)
        sold(connection, 21, NOON - 5 * DAY, NOON - 5 * DAY + timedelta(minutes=2))
        sold(connection, 22, NOON + timedelta(hours=1), NOON + timedelta(hours=2))
        rows = evidence.transactions(connection, 0, NOON - DAY / 2, NOON + DAY / 2)
    assert sorted(rows["sequence"].tolist()) == [20, 21, 22]


def test_a_transaction_is_seen_on_the_day_it_began(database: str) -> None:
    with connect(database, application="test", autocommit=True) as connection:
        enrol(connection, [Enrolment("src", "F-1", "fuel_dispenser", Site("S", "站", "site"))])
        sold(connection, 1, NOON, NOON + 30 * DAY)
        rows = evidence.transactions(connection, 0, NOON - DAY / 2, NOON + DAY / 2)
    assert rows["sequence"].tolist() == [1]
