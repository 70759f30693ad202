from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from metrology.civil import fleet_hour_starts, hour_starts, hours_of, local_day, local_days, midnight

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def test_a_day_in_shanghai_begins_eight_hours_before_utc() -> None:
    assert midnight(date(2026, 11, 22), "Asia/Shanghai") == datetime(2026, 11, 21, 16, tzinfo=UTC)
    assert local_day(datetime(2026, 11, 21, 16, tzinfo=UTC), "Asia/Shanghai") == date(2026, 11, 22)
    assert local_day(datetime(2026, 11, 21, 15, 59, 59, tzinfo=UTC), "Asia/Shanghai") == date(2026, 11, 21)


def test_days_join_without_a_seam() -> None:
    two = hour_starts(date(2016, 10, 29), 2, "Europe/Madrid")
    assert (two[24:] == hour_starts(date(2016, 10, 30), 1, "Europe/Madrid")).all()


def test_the_repeated_hour_is_two_hours_long() -> None:
    starts = hour_starts(date(2016, 10, 30), 1, "Europe/Madrid")
    hours = np.diff(starts) // 3_600_000_000
    assert hours.sum() == 25
    assert hours[2] == 2


def test_each_instrument_gets_its_zones_column() -> None:
    starts = fleet_hour_starts(date(2026, 1, 1), 1, ("UTC", "Asia/Shanghai", "UTC"))
    assert starts.shape == (25, 3)
    assert (starts[:, 0] == starts[:, 2]).all()
    assert (starts[:, 0] - starts[:, 1] == 8 * 3_600_000_000).all()


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Madrid", "America/St_Johns", "Asia/Kathmandu"])
def test_many_instants_fall_on_the_days_that_each_falls_on(zone: str) -> None:
    instants = np.random.default_rng(20261122).integers(946_684_800_000_000, 2_000_000_000_000_000, 2_000)
    expected = [
        (local_day(EPOCH + timedelta(microseconds=instant), zone) - EPOCH.date()).days for instant in instants.tolist()
    ]
    assert local_days(instants, zone).tolist() == expected


def test_a_skipped_hour_has_no_length_and_the_hours_fill_the_day() -> None:
    hours = hours_of(date(2016, 3, 27), "Europe/Madrid")
    assert [hour for hour, (start, end) in enumerate(hours) if start == end] == [2]
    assert hours[0][0] == midnight(date(2016, 3, 27), "Europe/Madrid")
    assert hours[-1][1] == midnight(date(2016, 3, 28), "Europe/Madrid")
