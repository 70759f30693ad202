"""Readings of a stretch and their neighbours, held against looking at every reading one by one."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from store import days
from store.columns import DAY_ZERO, EPOCH_SHIFT, send
from store.connection import Connection
from store.taken import readings
from tests.services.enrolled import connect_to

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
FLEET = np.array([4097, 4098, 4100, 8191])
LAYOUT = [("taken_at", "i8"), ("value", "i8"), ("received_at", "i8"), ("instrument_id", "i4"), ("register_id", "i2")]
Row = tuple[int, int, int]


def arrive(connection: Connection, rows: list[Row], register: int = 3) -> None:
    """Readings (instrument, minutes after BEGIN, value), and a sheet for each day, as a watch has left them."""
    columns = np.zeros(len(rows), dtype=LAYOUT)
    origin = int(BEGIN.timestamp()) * 1_000_000 - EPOCH_SHIFT
    columns["instrument_id"], columns["register_id"] = [row[0] for row in rows], register
    columns["taken_at"] = [origin + row[1] * 60_000_000 for row in rows]
    columns["received_at"], columns["value"] = columns["taken_at"] + 7, [row[2] for row in rows]
    send(connection, "COPY reading FROM STDIN (FORMAT BINARY)", columns)
    for day in {(BEGIN + timedelta(minutes=row[1])).date() for row in rows}:
        summed = np.zeros(1, dtype=days.LAYOUT)
        summed["instrument"], summed["register"], summed["day"] = FLEET[0], register, (day - DAY_ZERO).days
        days.write(connection, summed)


def expected(rows: list[Row], start: int, end: int) -> list[Row]:
    """The same from [start, end) minutes, with two before and two after of each instrument."""
    answer = []
    for instrument in FLEET.tolist():
        own = sorted((at, value) for number, at, value in rows if number == instrument)
        inside = [index for index, (at, _) in enumerate(own) if start <= at < end]
        split = sum(at < start for at, _ in own)
        low, high = (inside[0], inside[-1] + 1) if inside else (split, split)
        answer += [(instrument, at, value) for at, value in own[max(low - 2, 0) : high + 2]]
    return answer


@pytest.mark.parametrize("seed", range(3))
def test_every_reading_of_the_stretch_and_two_on_either_side(plain_database: str, seed: int) -> None:
    chance = np.random.default_rng(seed)
    rows: list[Row] = []
    for instrument, often in ((4097, 20), (4098, 200), (4100, 1500), (4099, 100)):
        minutes = np.cumsum(chance.integers(1, 2 * often, 400))
        rows += [(instrument, int(at), index) for index, at in enumerate(minutes) if at < 12 * 1440]
    with connect_to(plain_database) as connection:
        arrive(connection, rows)
        for first, last in ((3, 4), (3, 3), (0, 1), (11, 12), (20, 20)):
            start, end = BEGIN + first * DAY, BEGIN + (last + 1) * DAY
            found = readings(connection, 1, {3: FLEET, 4: FLEET}, start, end)
            wanted = expected(rows, first * 1440, (last + 1) * 1440)
            assert 4 not in found
            taken = found[3]
            minutes = (taken.taken_at - int(BEGIN.timestamp()) * 1_000_000) // 60_000_000
            got = list(zip(taken.instrument.tolist(), minutes.tolist(), taken.value.tolist(), strict=True))
            assert got == wanted
            assert (taken.received_at - taken.taken_at == 7).all()


def test_no_reading_is_no_register(plain_database: str) -> None:
    with connect_to(plain_database) as connection:
        assert readings(connection, 1, {3: FLEET}, BEGIN, BEGIN + DAY) == {}


def test_a_block_sees_no_other(plain_database: str) -> None:
    with connect_to(plain_database) as connection:
        arrive(connection, [(4096 + 4096, 5, 1), (4095, 5, 1)])
        assert readings(connection, 1, {3: FLEET}, BEGIN, BEGIN + DAY) == {}
