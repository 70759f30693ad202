"""Day sheets: what is written comes out again, row by row in SQL and column by column for judges."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray

from store import days, sql
from store.columns import DAY_ZERO
from store.packed import ABSENT
from tests.services.databases import DatabaseServer
from tests.services.enrolled import connect_to

MONDAY = date(2026, 3, 2)
ROWS = "SELECT * FROM instrument_day ORDER BY instrument_id, register_id, day"
HOURLY = [*range(23), None]


def summed(instruments: list[int], *, largest: int = 1000, register: int = 3, day: date = MONDAY) -> NDArray[Any]:
    """Days with something unknown among them."""
    chance = np.random.default_rng(len(instruments) + largest)
    rows = np.zeros(len(instruments), dtype=days.LAYOUT)
    rows["instrument"], rows["register"], rows["day"] = instruments, register, (day - DAY_ZERO).days
    for name in days.COUNTS:
        rows[name] = chance.integers(0, largest, len(rows))
    rows["hourly"] = chance.integers(0, largest, (len(rows), days.HOURS))
    rows["maximum_rate"] = chance.random(len(rows)) * largest
    rows["readings"] = np.arange(1, len(rows) + 1)
    rows["consumption"][::2] = ABSENT
    rows["hourly"][::3, 5] = ABSENT
    rows["maximum_rate"][::4] = np.nan
    return rows


@pytest.mark.parametrize("largest", [1000, 10**6, 10**15], ids=["two_bytes", "four_bytes", "eight_bytes"])
def test_every_row_is_told_as_it_was_written(database: str, largest: int) -> None:
    written = summed([4096, 4101, 4103, 8191, 8192], largest=largest)
    with connect_to(database) as connection:
        assert days.write(connection, written) == {MONDAY: 5}
        told = connection.execute(ROWS).fetchall()
    for row, (day, instrument, register, readings, first_at, *others) in zip(written, told, strict=True):
        assert (day, instrument, register, readings) == (MONDAY, row["instrument"], 3, row["readings"])
        assert first_at == datetime(2000, 1, 1, tzinfo=UTC) + int(row["first_at"]) * timedelta(microseconds=1)
        _, first, last, gap, rate, consumption, night, hourly = others
        assert (first, last, night) == (row["first_value"], row["last_value"], row["night_minimum"])
        assert gap == int(row["longest_gap"]) * timedelta(microseconds=1)
        assert rate == (None if np.isnan(row["maximum_rate"]) else row["maximum_rate"])
        assert consumption == (None if row["consumption"] == ABSENT else row["consumption"])
        assert hourly == [None if hour == ABSENT else hour for hour in row["hourly"].tolist()]


def test_judges_read_what_was_written(database: str) -> None:
    written = summed([4097, 4100, 8191])
    written["maximum_rate"][1] = 0.0
    written["last_value"][1] = written["first_value"][1]
    with connect_to(database) as connection:
        days.write(connection, written)
        (sheet,) = days.read(connection, 1, [3], MONDAY, MONDAY, by_hour=True)
        assert not list(days.read(connection, 0, [3], MONDAY, MONDAY))
        assert not list(days.read(connection, 1, [4], MONDAY, MONDAY))
    assert (sheet.register, sheet.day, sheet.instrument.tolist()) == (3, MONDAY, [4097, 4100, 8191])
    assert sheet.readings.tolist() == [1, 2, 3]
    assert sheet.still.tolist() == [False, True, False]
    np.testing.assert_equal(sheet.consumption, [np.nan, written["consumption"][1], np.nan])
    assert sheet.hourly is not None
    np.testing.assert_equal(
        sheet.hourly, np.where(written["hourly"] == ABSENT, np.nan, written["hourly"].astype(float)).T
    )


def test_only_what_is_new_or_changed_counts_and_the_others_stay(database: str) -> None:
    first, others = summed([1, 2, 3]), summed([2, 4], largest=70_000)
    with connect_to(database) as connection:
        assert days.write(connection, first) == {MONDAY: 3}
        assert days.write(connection, first) == {}
        assert days.write(connection, np.concatenate([first[:1], others])) == {MONDAY: 2}
        (sheet,) = days.read(connection, 0, [3], MONDAY, MONDAY)
    assert sheet.instrument.tolist() == [1, 2, 3, 4]
    assert sheet.readings.tolist() == [1, 1, 3, 2]


def test_blocks_registers_and_days_have_sheets_of_their_own(database: str) -> None:
    tuesday = MONDAY + timedelta(days=1)
    written = np.concatenate([summed([1, 5000]), summed([1], register=4), summed([5000, 1], day=tuesday)])
    with connect_to(database) as connection:
        assert days.write(connection, written) == {MONDAY: 3, tuesday: 2}
        ((sheets,),) = connection.execute("SELECT count(*) FROM day_sheet").fetchall()
    assert sheets == 5


def test_rows_of_an_earlier_version_become_sheets(plain_databases: DatabaseServer) -> None:
    insert = """
        INSERT INTO instrument_day (day, instrument_id, register_id, readings, first_at, last_at, first_value,
                                    last_value, longest_gap, maximum_rate, consumption, night_minimum, hourly)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""
    at = datetime(2026, 3, 2, 1, 2, 3, 4, tzinfo=UTC)
    known = [3, at, at, 5, 5, timedelta(hours=1), 0.0]
    rows = [
        (MONDAY, 1, 2, *known, 7, 0, HOURLY),
        (MONDAY, 4095, 2, 1, at, at, -5, 2**40, None, None, None, None, None),
        (MONDAY, 4096, 2, *known[:-1], 12.3456789, -1, 2, [None, *HOURLY[:23]]),
    ]
    with plain_databases.fresh(migrated=False) as url, psycopg.connect(url) as connection:
        for name, text in sql.migrations():
            if name.startswith("0011"):
                for row in rows:
                    connection.execute(insert, row)
            connection.execute(text)
        assert connection.execute(ROWS).fetchall() == rows
        connection.commit()
        with connect_to(url) as other:
            sheets = {
                int(sheet.instrument[0]): sheet
                for block in (0, 1)
                for sheet in days.read(other, block, [2], MONDAY, MONDAY)
            }
    assert sheets[1].still.tolist() == [True, False]
    assert sheets[4096].still.tolist() == [False]
