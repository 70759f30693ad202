from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from store import reading_views
from store.connection import Connection, connect
from tests.api.world import enrol, read, summarise

START = datetime(2024, 4, 30, 16, tzinfo=UTC)


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with connect(database, application="test") as made:
        yield made


def test_answers_are_the_same_on_every_engine(connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    read(connection, meter, "volume", [(START + timedelta(minutes=7 * step), step) for step in range(300)])
    for day in range(1, 4):
        summarise(connection, meter, date(2024, 5, day), list(range(24)), consumption=day)
    view = reading_views.register(connection, meter, "volume")
    assert view is not None
    until = START + timedelta(days=3)
    raw = reading_views.raw(connection, view, since=START + timedelta(minutes=7), until=until, limit=1000)
    assert [reading.value for reading in raw] == [f"0.{step:03}" for step in range(1, 300)]
    hours = reading_views.hours(connection, view, since=START, until=until, limit=1000)
    assert [hour.consumption for hour in hours] == [f"0.{step:03}" for step in range(24)] * 3
    assert sum(hour.readings for hour in hours) == 300
    assert [hour.readings for hour in hours[:3]] == [9, 9, 8]
    days = reading_views.days(connection, view, since=START, until=until, limit=2)
    assert [day.consumption for day in days] == ["0.001", "0.002"]


def test_hours_are_paged_without_gap_or_repeat(connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    for day in range(1, 6):
        summarise(connection, meter, date(2024, 5, day), list(range(24)), consumption=day)
    view = reading_views.register(connection, meter, "volume")
    assert view is not None
    since, until = START + timedelta(hours=5), START + timedelta(days=5)
    starts = []
    while page := reading_views.hours(connection, view, since=since, until=until, limit=7):
        starts += [hour.start for hour in page]
        since = page[-1].end
    assert starts == [START + timedelta(hours=hour) for hour in range(5, 120)]


def test_knows_neither_foreign_registers_nor_foreign_instruments(connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    assert reading_views.register(connection, meter, "amount_total") is None
    assert reading_views.register(connection, meter + 1, "volume") is None
