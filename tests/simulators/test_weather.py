"""The weather is the same for everyone, and Hangzhou's."""

from datetime import date, timedelta

import numpy as np

from simulators.weather import hourly_air_pressure, hourly_temperature


def test_a_day_is_the_same_whenever_it_is_asked_for() -> None:
    day = date(2026, 7, 1)
    assert (hourly_temperature(5, day) == hourly_temperature(5, day)).all()
    assert (hourly_temperature(5, day) != hourly_temperature(6, day)).all()


def test_a_year_has_hangzhou_s_seasons_and_warm_afternoons() -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    year = np.stack([hourly_temperature(1, day) for day in days])
    assert 15 < year.mean() < 20
    assert year[10:40].mean() < 9
    assert year[195:225].mean() > 26
    assert (year[:, 15] > year[:, 4]).all()
    assert -12 < year.min() < year.max() < 45


def test_air_pressure_is_continuous_from_day_to_day() -> None:
    day = date(2026, 3, 3)
    today, tomorrow = (hourly_air_pressure(1, day + timedelta(days=lag)) for lag in (0, 1))
    assert abs(tomorrow[0] - today[-1]) < 0.1
    assert 98 < today.min() < today.max() < 105
