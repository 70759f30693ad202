import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from anomaly.robust_trend import robust_trend

VALUES = arrays(
    np.float64, st.tuples(st.integers(1, 16), st.integers(1, 3)), elements=st.one_of(st.floats(-9, 9), st.just(np.nan))
)


@settings(max_examples=80)
@given(values=VALUES, season=st.integers(1, 5))
def test_a_fleet_gets_what_each_instrument_gets_by_itself(values: np.ndarray, season: int):
    trend = robust_trend(values, season)
    for owner in range(values.shape[1]):
        column = values[:, owner]
        pairs = [
            (column[later] - column[earlier]) / (later - earlier)
            for earlier, later in combinations(np.flatnonzero(np.isfinite(column)), 2)
            if (later - earlier) % season == 0
        ]
        assert trend.known[owner] == np.isfinite(column).sum()
        if not pairs:
            assert math.isnan(trend.slope[owner])
            continue
        assert trend.slope[owner] == pytest.approx(np.median(pairs), abs=1e-12)
        counts = [np.isfinite(column[phase::season]).sum() for phase in range(season)]
        variance = sum(count * (count - 1) * (2 * count + 5) / 18 for count in counts)
        assert trend.score[owner] == pytest.approx(np.sign(pairs).sum() / math.sqrt(variance))
        assert trend.low[owner] <= trend.slope[owner] <= trend.high[owner]


def test_the_interval_holds_the_slope_as_often_as_it_says():
    chance = np.random.default_rng(1968)
    values = 0.02 * np.arange(40)[:, None] + chance.standard_normal((40, 2_000))
    trend = robust_trend(values)
    covered = np.mean((trend.low <= 0.02) & (trend.high >= 0.02))
    assert 0.94 < covered < 0.97
    assert 0.04 < np.mean(np.abs(robust_trend(chance.standard_normal((40, 2_000))).score) > 1.96) < 0.06


def test_one_wild_value_in_five_moves_the_slope_little():
    chance = np.random.default_rng(3)
    values = 0.1 * np.arange(50)[:, None] + 0.1 * chance.standard_normal((50, 1))
    wild = values.copy()
    wild[::5] += 100 * chance.standard_normal((10, 1))
    assert robust_trend(wild).slope.item() == pytest.approx(robust_trend(values).slope.item(), abs=0.01)


def test_a_season_of_its_own_does_not_matter():
    season = 5 * np.sin(2 * np.pi * np.arange(60)[:, None] / 12)
    trend = robust_trend(0.05 * np.arange(60)[:, None] + season, season=12)
    assert trend.slope.item() == pytest.approx(0.05)
