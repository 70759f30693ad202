import numpy as np

from anomaly.day_parts import day_parts


def test_parts_scale_with_the_meter():
    hours = np.random.default_rng(1).lognormal(0, 1, (10, 24, 3)).astype(np.float32)
    for part, less in zip(day_parts(hours), day_parts(hours * np.float32(0.25)), strict=True):
        assert np.allclose(less, 0.25 * part, rtol=1e-5)


def test_more_hours_of_the_same_use_leave_the_usual_hour():
    few, many = np.zeros((1, 24, 1), np.float32), np.zeros((1, 24, 1), np.float32)
    few[0, :3], many[0, :9] = 0.1, 0.1
    assert [part[0, 0] for part in day_parts(few)] == [part[0, 0] for part in day_parts(many)]


def test_a_few_missing_hours_are_borne_and_more_are_not():
    hours = np.full((2, 24, 1), 0.5, np.float32)
    hours[0, :4] = np.nan
    hours[1, :5] = np.nan
    for part in day_parts(hours):
        assert part[0, 0] == 0.5
        assert np.isnan(part[1, 0])


def test_an_hour_that_ran_backwards_is_unknown():
    hours = np.full((1, 24, 1), 0.5, np.float32)
    hours[0, 3] = -2.0
    assert day_parts(hours)[0][0, 0] == 0.5
