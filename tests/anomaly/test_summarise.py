from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly.summarise import UNKNOWN, Days, summarise
from metrology.civil import HOURS, fleet_hour_starts

HOUR = 3_600_000_000
FIRST = date(2026, 3, 1)


def of_one(times: list[int], values: list[int], days: int, zone: str = "UTC") -> Days:
    """Days of one instrument; times in microseconds after the first midnight."""
    hours = fleet_hour_starts(FIRST, days, (zone,))
    taken_at = np.array(times, dtype=np.int64) + hours[0, 0]
    owner = np.zeros(len(times), dtype=np.int64)
    return summarise(owner, taken_at, np.array(values, dtype=np.int64), hours)


def test_hourly_readings_give_a_whole_day() -> None:
    days = of_one([hour * HOUR for hour in range(25)], [hour * 10 for hour in range(25)], 1)
    assert days.consumption.tolist() == [240]
    assert days.hourly.tolist() == [[10] * 24]
    assert days.readings.tolist() == [24]
    assert days.night_minimum.tolist() == [10]
    assert days.longest_gap.tolist() == [HOUR]
    assert days.maximum_rate.tolist() == [10.0]


def test_a_midnight_between_two_readings_is_interpolated() -> None:
    days = of_one([-HOUR, HOUR, 23 * HOUR, 25 * HOUR], [0, 20, 42, 44], 1)
    assert days.consumption.tolist() == [43 - 10]


def test_a_midnight_in_a_long_gap_stays_unknown() -> None:
    days = of_one([-40 * HOUR, HOUR, 25 * HOUR], [0, 41, 65], 1)
    assert days.consumption.tolist() == [UNKNOWN]
    assert days.longest_gap.tolist() == [41 * HOUR]


def test_daily_readings_give_days_but_no_hours() -> None:
    days = of_one([(24 * day + 23) * HOUR for day in range(-1, 3)], [0, 24, 48, 72], 2)
    assert days.consumption.tolist() == [24, 24]
    assert (days.hourly == UNKNOWN).all()
    assert (days.night_minimum == UNKNOWN).all()


def test_a_day_without_readings_has_no_row() -> None:
    days = of_one([HOUR, 49 * HOUR], [0, 5], 3)
    assert days.day.tolist() == [0, 2]


def test_a_first_reading_alone_has_neither_gap_nor_rate() -> None:
    days = of_one([5 * HOUR], [100], 1)
    assert days.longest_gap.tolist() == [UNKNOWN]
    assert np.isnan(days.maximum_rate).all()
    assert days.consumption.tolist() == [UNKNOWN]


@pytest.mark.parametrize("day,length", [(date(2016, 3, 27), 23), (date(2016, 10, 30), 25)])
def test_days_of_a_clock_change_lose_nothing(day: date, length: int) -> None:
    hours = fleet_hour_starts(day, 1, ("Europe/Madrid",))
    taken_at = hours[0, 0] + np.arange(length + 1) * HOUR
    owner = np.zeros(length + 1, dtype=np.int64)
    days = summarise(owner, taken_at, np.arange(length + 1) * 7, hours)
    assert days.consumption.tolist() == [7 * length]
    assert days.hourly.sum() == 7 * length


def test_each_instrument_has_the_days_of_its_own_zone() -> None:
    hours = fleet_hour_starts(FIRST, 1, ("Asia/Shanghai", "UTC"))
    instant = hours[0, 1] - HOUR  # 23:00 UTC of the day before, 07:00 in Shanghai
    owner, taken_at = np.array([0, 1]), np.array([instant, instant])
    days = summarise(owner, taken_at, np.array([5, 5]), hours)
    assert days.instrument.tolist() == [0]


def test_no_readings_give_no_days() -> None:
    assert len(of_one([], [], 3).day) == 0


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_hours_add_up_to_days_and_days_to_growth(data: st.DataObject) -> None:
    steps = data.draw(st.lists(st.integers(1, 2 * HOUR), min_size=40, max_size=80))
    growth = data.draw(st.lists(st.integers(0, 5000), min_size=len(steps), max_size=len(steps)))
    times = np.cumsum(steps) - 3 * HOUR
    values = np.cumsum(growth)
    count = int(times[-1] // (HOURS * HOUR)) + 1
    days = of_one(times.tolist(), values.tolist(), max(count, 1))
    known = (days.consumption != UNKNOWN) & (days.hourly != UNKNOWN).all(axis=1)
    assert (days.hourly[known].sum(axis=1) == days.consumption[known]).all()
    consecutive = known.all() and len(days.day) == count and count > 0
    if consecutive:
        assert days.consumption.sum() <= values[-1] - values[0]


def test_order_of_instruments_does_not_matter() -> None:
    generator = np.random.default_rng(7)
    hours = fleet_hour_starts(FIRST, 3, ("UTC", "Asia/Shanghai", "UTC"))
    times = np.sort(generator.integers(hours.min(), hours.max(), (3, 60)), axis=1)
    values = np.cumsum(generator.integers(0, 50, (3, 60)), axis=1)
    owner = np.repeat(np.arange(3), 60)
    together = summarise(owner, times.ravel(), values.ravel(), hours)
    for index in range(3):
        column = hours[:, [index]]
        alone = summarise(np.zeros(60, dtype=np.int64), times[index], values[index], column)
        mine = together.instrument == index
        assert (together.hourly[mine] == alone.hourly).all()
        assert (together.consumption[mine] == alone.consumption).all()
        assert (together.day[mine] == alone.day).all()


def test_where_a_register_falls_and_rises_again_nothing_is_known() -> None:
    values = [10 * hour for hour in range(25)]
    values[12] = 0
    days = of_one([hour * HOUR for hour in range(25)], values, 1)
    assert days.consumption.tolist() == [UNKNOWN]
    assert days.hourly[0, 11:13].tolist() == [UNKNOWN, UNKNOWN]
    assert set(days.hourly[0, [*range(11), *range(13, 24)]].tolist()) == {10}


def test_growth_is_reckoned_beyond_a_roll_over_and_indications_stay_as_shown() -> None:
    hours = fleet_hour_starts(FIRST, 1, ("UTC",))
    taken_at = hours[0, 0] + np.arange(25) * HOUR
    beyond = np.arange(25) * 10 + 99_900
    owner = np.zeros(25, dtype=np.int64)
    days = summarise(owner, taken_at, beyond % 100_000, hours, beyond)
    assert days.consumption.tolist() == [240]
    assert days.maximum_rate.tolist() == [10.0]
    assert (days.first_value.tolist(), days.last_value.tolist()) == ([99_900], [130])


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_no_consumption_is_ever_below_zero_or_above_what_rose(data: st.DataObject) -> None:
    steps = data.draw(st.lists(st.integers(1, 2 * HOUR), min_size=20, max_size=60))
    changes = data.draw(st.lists(st.integers(-3000, 5000), min_size=len(steps), max_size=len(steps)))
    times, values = np.cumsum(steps) - 3 * HOUR, np.cumsum(changes)
    days = of_one(times.tolist(), values.tolist(), max(int(times[-1] // (HOURS * HOUR)) + 1, 1))
    assert (days.consumption[days.consumption != UNKNOWN] >= 0).all()
    known = days.hourly[days.hourly != UNKNOWN]
    assert (known >= 0).all()
    rose = np.maximum(np.diff(values), 0)
    fell = np.diff(values) < 0
    assert known.sum() <= rose[~np.r_[False, fell[:-1]]].sum()
