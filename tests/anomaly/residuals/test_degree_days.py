import numpy as np
import pytest

from anomaly import specimen
from anomaly.residuals.degree_days import BASES, MILD, degree_days


def homes(seed: int, days: int = 420, count: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Use of gas, temperature, and what was to be expected of each home and day."""
    chance = np.random.default_rng(seed)
    cold = specimen.temperature(seed, specimen.FIRST, days)
    base = chance.uniform(12, 18, count)
    heating = np.where(np.arange(count) % 2 == 0, chance.lognormal(-0.6, 0.4, count), 0.0)
    expected = (
        chance.lognormal(0.0, 0.4, count)
        + 0.03 * np.maximum(0, MILD - cold)[:, None]
        + heating * np.maximum(0, base - cold[:, None])
    )
    return expected * chance.lognormal(-0.02, 0.2, expected.shape), cold[:, None], expected


def test_what_the_weather_leads_to_expect_is_found_again():
    used, cold, expected = homes(5)
    fit = degree_days(used, cold, np.zeros(40, dtype=np.int64), 370)
    assert np.median(np.abs(fit.expected[370:] / expected[370:] - 1)) < 0.05
    heats = np.arange(40) % 2 == 0
    assert (fit.heating[heats] > 0).all()
    assert (fit.known == 370).all()


def test_a_tenth_of_wild_days_moves_the_fit_little():
    used, cold, _ = homes(6)
    wild = used.copy()
    wild[::10] = 0.0
    place = np.zeros(40, dtype=np.int64)
    plain, spoiled = degree_days(used, cold, place, 370), degree_days(wild, cold, place, 370)
    assert np.median(np.abs(spoiled.expected[370:] / plain.expected[370:] - 1)) < 0.04


def test_each_region_is_fitted_to_its_own_weather():
    used, cold, _ = homes(7)
    other = specimen.temperature(99, specimen.FIRST, len(cold))[:, None]
    alone = degree_days(used, cold, np.zeros(40, dtype=np.int64), 370)
    place = np.arange(40) % 2
    both = degree_days(used, np.hstack([cold, other]), place, 370)
    np.testing.assert_allclose(both.expected[:, place == 0], alone.expected[:, place == 0])
    assert not np.allclose(both.expected[:, place == 1], alone.expected[:, place == 1])


def test_a_colder_day_than_ever_keeps_the_lower_bound_and_is_marked():
    cold = np.r_[np.linspace(20.0, 12.0, 60), 11.5, 5.0, -5.0][:, None]
    fit = degree_days(2.0 + np.maximum(0, 15 - cold), cold, np.array([0]), 60)
    assert fit.colder.ravel().nonzero()[0].tolist() == [61, 62]
    assert fit.expected[60:].ravel() == pytest.approx([5.5, fit.expected[57, 0], fit.expected[57, 0]])


def test_a_warmer_day_than_ever_keeps_the_upper_bound_and_is_marked():
    cold = np.r_[np.linspace(12.0, 20.0, 60), 28.0][:, None]
    fit = degree_days(2.0 + 0.1 * np.maximum(0, MILD - cold), cold, np.array([0]), 60)
    assert fit.warmer.ravel().nonzero()[0].tolist() == [60]
    assert fit.expected[60, 0] == pytest.approx(fit.expected[57, 0])


def test_without_weather_or_days_nothing_is_expected():
    used, cold, _ = homes(8, days=60, count=3)
    used[:, 1] = np.nan
    fit = degree_days(used, np.hstack([cold, np.full_like(cold, np.nan)]), np.array([0, 0, 1]), 50)
    assert np.isfinite(fit.expected[:, 0]).all()
    assert np.isnan(fit.expected[:, 1:]).all()
    assert np.isnan(fit.residual[:, 1:]).all()
    assert fit.known.tolist() == [50, 0, 0]


def test_the_fit_is_the_least_squares_one_where_nothing_is_wild():
    """The obvious way: every base, every set of terms, `lstsq`."""
    chance = np.random.default_rng(4)
    cold = chance.uniform(-5, 25, 200)
    expected = 3.0 + 0.4 * np.maximum(0, 14.0 - cold)
    used = expected + 0.001 * chance.standard_normal(200)
    best = min(
        (
            (np.sum((design @ np.linalg.lstsq(design, used, rcond=None)[0] - used) ** 2), base)
            for base in BASES
            for design in [np.c_[np.ones(200), np.maximum(0, base - cold)]]
        ),
    )
    fit = degree_days(used[:, None], cold[:, None], np.array([0]), 200)
    assert fit.base.item() == best[1]
    np.testing.assert_allclose(fit.expected.ravel(), expected, atol=0.002)
