"""No consumption is invented where a register begins again, an instrument is exchanged, or a clock goes wrong."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from metrology.civil import midnight
from store.connection import Connection
from store.instruments import Enrolment, Site, enrol
from tests.journeys.short_way import shown, watch
from tests.services.enrolled import SOURCE, connect_to

SHANGHAI = Site("S-1", "一号站", "Station one")
MADRID = Site("S-2", "二号站", "Station two", time_zone="Europe/Madrid")
MARCH = date(2026, 3, 2)
HOUR = timedelta(hours=1)
CAPACITY = 100_000_000
"""Five digits before and three after the point."""


@pytest.fixture
def store(database: str) -> Iterator[Connection]:
    with connect_to(database) as connection:
        yield connection


def meter(store: Connection, serial: str = "W-1", *, capacity: int | None = None, site: Site = SHANGHAI) -> None:
    declared = (("volume", capacity),) if capacity else ()
    enrol(store, [Enrolment(SOURCE, serial, "water_meter", site, size="DN15", capacities=declared)])


def hourly(
    counts: list[int], *, first: date = MARCH, zone: str = "Asia/Shanghai", after: int = 0
) -> list[tuple[str, str]]:
    """(instant, indication [m³]) of each hour from a midnight on."""
    start = midnight(first, zone) + after * HOUR
    return [((start + n * HOUR).isoformat(), f"{count // 1000}.{count % 1000:03}") for n, count in enumerate(counts)]


def days(store: Connection, serial: str = "W-1") -> list[tuple[date, int | None]]:
    return store.execute(
        "SELECT day, consumption FROM instrument_day, instrument WHERE id = instrument_id AND serial = %s ORDER BY day",
        (serial,),
    ).fetchall()


def hours(store: Connection) -> list[int | None]:
    return [
        hour
        for (whole,) in store.execute("SELECT hourly FROM instrument_day ORDER BY instrument_id, day").fetchall()
        for hour in whole or ()
    ]


def claims(store: Connection) -> list[str]:
    return [
        judge
        for (judge,) in store.execute("SELECT judge_name FROM finding WHERE withdrawn_at IS NULL ORDER BY 1").fetchall()
    ]


def test_growth_across_a_declared_roll_over_is_exact_and_nothing_is_found(store: Connection) -> None:
    meter(store, capacity=CAPACITY)
    counts = [(CAPACITY - 300 + 20 * n) % CAPACITY for n in range(49)]
    shown(store, "W-1", *hourly(counts))
    watch(store)
    assert days(store)[:2] == [(MARCH, 480), (MARCH + timedelta(days=1), 480)]
    assert set(hours(store)) == {20}
    assert claims(store) == []
    rate = store.execute("SELECT max(maximum_rate), min(maximum_rate) FROM instrument_day").fetchone()
    assert rate == (20.0, 20.0)


def test_a_capacity_declared_afterwards_sets_right_what_was_judged_without_it(store: Connection) -> None:
    meter(store)
    shown(store, "W-1", *hourly([(CAPACITY - 300 + 20 * n) % CAPACITY for n in range(49)]))
    watch(store)
    assert claims(store) == ["backward_register"]
    assert days(store)[0] == (MARCH, None)
    (statement,) = store.execute("SELECT statement_en FROM finding").fetchone() or ()
    assert "if the register rolled over there, it grew by 0.020 m³" in statement
    assert store.execute("SELECT cost_amount, severity FROM alert").fetchone() == (None, "minor")
    meter(store, capacity=CAPACITY)
    watch(store)
    assert days(store)[0] == (MARCH, 480)
    assert claims(store) == []


def test_a_decrease_that_no_roll_over_explains_is_found_though_a_capacity_is_declared(store: Connection) -> None:
    meter(store, capacity=CAPACITY)
    shown(store, "W-1", *hourly([*range(60_000_000, 60_000_480, 20), *range(1_000, 1_480, 20)]))
    watch(store)
    assert claims(store) == ["backward_register"]
    assert all(hour is None or hour >= 0 for hour in hours(store))


def test_an_exchanged_meter_begins_at_its_own_start_and_nothing_is_counted_twice(store: Connection) -> None:
    meter(store, "OLD")
    meter(store, "NEW")
    shown(store, "OLD", *hourly([5_000_000 + 10 * n for n in range(13)]))
    shown(store, "NEW", *hourly([7 + 10 * n for n in range(13)], after=12))
    watch(store)
    assert claims(store) == []
    known = [hour for hour in hours(store) if hour is not None]
    assert known == [10] * 24
    assert sum(known) == 240


def test_an_exchange_under_the_same_serial_invents_nothing(store: Connection) -> None:
    meter(store)
    shown(store, "W-1", *hourly([*(5_000_000 + 10 * n for n in range(36)), *(7 + 10 * n for n in range(37))]))
    watch(store)
    assert claims(store) == ["backward_register"]
    assert [consumption for _, consumption in days(store)][:3] == [240, None, 240]
    assert {hour for hour in hours(store) if hour is not None} == {10}


@pytest.mark.parametrize("order", [1, -1], ids=["in order", "backwards"])
def test_a_single_false_low_indication_invents_no_consumption(store: Connection, order: int) -> None:
    meter(store)
    counts = [105_000 + 10 * n for n in range(73)]
    counts[24] = 0  # at a midnight, so that two days touch it
    for reading in hourly(counts)[::order]:
        shown(store, "W-1", reading)
    watch(store)
    assert {hour for hour in hours(store) if hour is not None} == {10}
    assert [consumption for _, consumption in days(store)][:3] == [None, None, 240]


def test_a_clock_a_day_ahead_invents_no_consumption(store: Connection) -> None:
    meter(store)
    counts = [105_000 + 10 * n for n in range(97)]
    ahead = [(at, value) for (at, _), (_, value) in zip(hourly(counts)[30:34], hourly(counts)[6:10], strict=True)]
    half = [((datetime.fromisoformat(at) + HOUR / 2).isoformat(), value) for at, value in ahead]
    shown(store, "W-1", *hourly(counts[:6]), *half)
    watch(store)
    shown(store, "W-1", *hourly(counts[10:], after=10))
    watch(store)
    assert "backward_register" in claims(store)
    assert {hour for hour in hours(store) if hour is not None} == {10}
    assert [consumption for _, consumption in days(store)][:4] == [240, None, 240, 240]


def test_a_clock_set_back_is_two_values_for_one_instant_and_no_consumption(store: Connection) -> None:
    meter(store)
    counts = [105_000 + 10 * n for n in range(73)]
    shown(store, "W-1", *hourly(counts[:12]))
    late = hourly(counts[12:], after=10)  # two hours back: 10:00 and 11:00 come a second time, with other values
    for reading in late:
        shown(store, "W-1", reading)
    watch(store)
    assert claims(store) == ["reading_conflict"]
    assert store.execute("SELECT count(*) FROM reading_conflict").fetchone() == (2,)
    known = [hour for hour in hours(store) if hour is not None]
    assert sum(known) <= counts[-1] - counts[0]
    assert min(known) >= 0


@pytest.mark.parametrize("day,length", [(date(2026, 3, 29), 23), (date(2025, 10, 26), 25)], ids=["23 h", "25 h"])
def test_a_day_of_a_clock_change_counts_its_own_hours(store: Connection, day: date, length: int) -> None:
    meter(store, capacity=CAPACITY, site=MADRID)
    counts = [(CAPACITY - 100 + 10 * n) % CAPACITY for n in range(length + 25)]
    shown(store, "W-1", *hourly(counts, first=day, zone="Europe/Madrid"))
    watch(store)
    assert days(store)[:2] == [(day, 10 * length), (day + timedelta(days=1), 240)]
    assert sum(hour or 0 for hour in hours(store)) == 10 * length + 240
    assert claims(store) == []
