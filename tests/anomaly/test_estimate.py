from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from anomaly.estimate import Estimates, estimate
from anomaly.summarise import UNKNOWN, summarise
from metrology.civil import HOURS, fleet_hour_starts

MONDAY = date(2026, 3, 2)
HOUR = 3_600_000_000
DAYS = 42
SHAPE = np.array([*[2] * 6, *[10] * 6, *[4] * 6, *[20] * 6])

Counts = NDArray[np.int64]


def readings(
    hidden: dict[int, range], *, instruments: int = 1, zone: str = "Asia/Shanghai", shape: Counts = SHAPE
) -> tuple[Counts, Counts, Counts, Counts]:
    """Hourly readings of homes with one shape each day, those of some hours hidden; and the starts of the hours."""
    starts = fleet_hour_starts(MONDAY, DAYS, (zone,) * instruments)
    number = DAYS * HOURS + 1
    value = np.concatenate([[0], np.cumsum(np.tile(shape, DAYS))])
    owner, at, grown = [], [], []
    for each in range(instruments):
        kept = np.array([hour not in hidden.get(each, range(0)) for hour in range(number)])
        kept &= np.r_[True, np.diff(starts[:, each]) > 0]  # an hour that the clock skips has no reading of its own
        owner.append(np.full(kept.sum(), each))
        at.append(starts[kept, each])
        grown.append(value[kept] * (each + 1))
    return np.concatenate(owner), np.concatenate(at), np.concatenate(grown), starts


def estimated(columns: tuple[Counts, Counts, Counts, Counts], *, like_days: bool = True) -> Estimates:
    instrument, at, grown, starts = columns
    days = summarise(instrument, at, grown, starts)
    hourly = np.full((DAYS, HOURS, starts.shape[1]), np.nan)
    hourly[days.day, :, days.instrument] = np.where(days.hourly == UNKNOWN, np.nan, days.hourly)
    return estimate(instrument, at, grown, starts, hourly, MONDAY, like_days=like_days)


def test_hours_follow_like_days_and_add_up_to_the_register() -> None:
    gap = range(35 * HOURS + 3, 35 * HOURS + 21)
    found = estimated(readings({0: gap}))
    [hours] = found.hourly
    assert (found.day.tolist(), found.like_days.tolist()) == ([35], [20])
    told = hours != UNKNOWN
    assert told.tolist() == [2 <= hour < 21 for hour in range(HOURS)]
    assert hours[told].sum() == found.growth[0] == SHAPE[2:21].sum()
    assert np.all(np.abs(hours[told] - SHAPE[2:21]) <= 2)
    assert found.consumption.tolist() == [SHAPE.sum()]


@pytest.mark.parametrize("length", [4, 30, 100, 500])
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin"])
def test_nothing_is_lost_or_won_across_any_gap(length: int, zone: str) -> None:
    """Berlin puts its clock forward on 2026-03-29, within the longer gaps."""
    columns = readings(
        {0: range(20 * HOURS + 5, 20 * HOURS + 5 + length), 1: range(333, 340)}, instruments=2, zone=zone
    )
    found = estimated(columns)
    for owner in (0, 1):
        mine = found.instrument == owner
        assert np.sum(found.hourly[mine], where=found.hourly[mine] != UNKNOWN) == found.growth[mine][0]


def test_weekends_are_told_from_working_days() -> None:
    starts = fleet_hour_starts(MONDAY, DAYS, ("Asia/Shanghai",))
    weekend = np.arange(DAYS) % 7 >= 5
    hourly = np.where(np.repeat(weekend, HOURS), 30, 10)
    value = np.concatenate([[0], np.cumsum(hourly)])
    kept = np.ones(len(value), dtype=np.bool_)
    kept[32 * HOURS + 1 : 34 * HOURS] = False  # Friday and Saturday
    columns = (np.zeros(kept.sum(), dtype=np.int64), starts[kept, 0], value[kept], starts)
    found = estimated(columns)
    by_day = dict(zip(found.day.tolist(), found.consumption.tolist(), strict=True))
    assert by_day[32] < 290
    assert by_day[33] > 670
    assert by_day[32] + by_day[33] == 960


def test_a_gap_that_no_reading_closes_is_left_open() -> None:
    open_end = range(40 * HOURS, DAYS * HOURS + 1)
    assert len(estimated(readings({0: open_end})).day) == 0


def test_without_like_days_a_long_gap_is_left_open_and_a_short_one_is_even() -> None:
    long, short = range(29, 84), range(29, 54)
    assert len(estimated(readings({0: long})).day) == 0
    found = estimated(readings({0: short}))
    assert found.like_days.tolist() == [0, 0]
    hours = found.hourly[found.hourly != UNKNOWN]
    assert np.ptp(hours) <= 1


def test_who_was_never_known_by_the_hour_is_not_estimated() -> None:
    instrument, at, grown, starts = readings({})
    rare = np.arange(len(at)) % 8 == 0
    assert len(estimated((instrument[rare], at[rare], grown[rare], starts)).day) == 0


def test_where_the_register_fell_nothing_is_estimated() -> None:
    instrument, at, grown, starts = readings({0: range(35 * HOURS + 3, 35 * HOURS + 21)})
    grown = np.where(at > starts[35 * HOURS + 10, 0], grown - 100_000, grown)
    assert len(estimated((instrument, at, grown, starts)).day) == 0


def test_a_fleet_is_estimated_as_each_of_it_alone() -> None:
    gaps = {each: range(30 * HOURS + each, 31 * HOURS + 3 * each + 5) for each in range(5)}
    together = estimated(readings(gaps, instruments=5))
    for each in range(5):
        instrument, at, grown, starts = readings(gaps, instruments=5)
        mine = instrument == each
        alone = estimated((instrument[mine], at[mine], grown[mine], starts))
        assert np.array_equal(alone.hourly, together.hourly[together.instrument == each])


def test_the_whole_of_a_gap_is_certain_and_a_part_of_it_is_not() -> None:
    inside = estimated(readings({0: range(35 * HOURS + 3, 35 * HOURS + 21)}, shape=SHAPE), like_days=False)
    across = estimated(readings({0: range(35 * HOURS + 13, 36 * HOURS + 11)}, shape=SHAPE), like_days=False)
    assert inside.uncertainty[0] == pytest.approx(0, abs=1e-3)
    assert across.uncertainty[0] > 10


def test_nothing_is_estimated_of_nothing() -> None:
    none = np.empty(0, dtype=np.int64)
    starts = fleet_hour_starts(MONDAY, DAYS, ("Asia/Shanghai",))
    assert len(estimate(none, none, none, starts, np.full((DAYS, HOURS, 1), np.nan), MONDAY).day) == 0
