"""Scale, rank, loading and reference, each against the obvious."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from anomaly.residuals import reference
from anomaly.residuals.common_factor import own_loading
from anomaly.residuals.rank_scores import rank_scores
from anomaly.residuals.scale import lag_correlation, scaled

VALUES = arrays(
    np.float64, st.tuples(st.integers(1, 5), st.integers(1, 9)), elements=st.one_of(st.integers(-3, 3), st.just(np.nan))
)


@given(values=VALUES, peers=st.integers(1, 5))
def test_a_rank_score_is_the_quantile_of_the_mean_rank(values: np.ndarray, peers: int):
    scores = rank_scores(values, peers)
    for row in range(len(values)):
        known = [value for value in values[row] if not np.isnan(value)]
        for owner, value in enumerate(values[row]):
            if np.isnan(value) or len(known) < peers:
                assert np.isnan(scores[row, owner])
                continue
            rank = sum(other < value for other in known) + (known.count(value) + 1) / 2
            assert scores[row, owner] == pytest.approx(NormalDist().inv_cdf((rank - 0.375) / (len(known) + 0.25)))


def test_rank_scores_of_a_heavy_tail_are_normal():
    wild = np.random.default_rng(2).standard_cauchy((20, 500))
    assert rank_scores(wild, 20).std() == pytest.approx(1.0, abs=0.01)


def test_correlated_residuals_are_worth_less():
    chance = np.random.default_rng(8)
    steps = chance.standard_normal((400, 50))
    for row in range(1, 400):
        steps[row] += 0.6 * steps[row - 1]
    found = scaled(steps, 300, floor=0.0)
    assert found.correlation.mean() == pytest.approx(0.6, abs=0.05)
    assert found.inflation.mean() == pytest.approx(2.0, abs=0.15)
    sums = found.score[300:].sum(axis=0) / 10
    assert 0.75 < sums.std() < 1.25
    assert lag_correlation(steps, lag=5).mean() < 0.15


def test_a_constant_has_the_floors_scatter():
    assert (scaled(np.zeros((9, 2)), 9, floor=0.05).scatter == 0.05).all()


def fleet(seed: int, drift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Logs of homes that follow the season unequally, and by how much each does."""
    chance = np.random.default_rng(seed)
    loading = chance.normal(1.0, 0.5, 60)
    season = 0.5 * np.cos(2 * np.pi * np.arange(60) / 52)
    logs = season[:, None] * loading + 0.1 * chance.standard_normal((60, 60)) + chance.normal(0, 1, 60)
    logs[:, 0] += drift * np.arange(60)
    return logs, loading


def test_each_home_gets_its_own_share_of_the_season():
    logs, loading = fleet(3)
    found = own_loading(logs, 60, peers=20, spread=1.0)
    assert np.corrcoef(found.loading, loading)[0, 1] > 0.98
    assert found.residual.std() < 0.11
    assert (logs - logs.mean(axis=0) - found.factor[:, None]).std() > 0.15


def test_a_drift_is_left_in_place_where_it_is_asked_for():
    logs, _ = fleet(4, drift=-0.01)
    found = own_loading(logs[:40], 40, peers=20, spread=1.0, drifting=True)
    slope = np.polyfit(np.arange(40), found.residual[:, 0], 1)[0]
    assert slope == pytest.approx(-0.01, abs=0.003)


def test_without_peers_nothing_is_taken_off():
    logs, _ = fleet(5)
    found = own_loading(logs[:, :5], 60, peers=20, spread=1.0)
    assert (found.factor == 0).all()
    np.testing.assert_allclose(found.residual.std(axis=0), logs[:, :5].std(axis=0))


def test_constants_and_single_values_are_borne():
    logs, _ = fleet(8)
    logs[:, 3] = 0.0
    logs[1:, 4] = np.nan
    for drifting in (False, True):
        found = own_loading(logs, 60, peers=100, spread=1.0, drifting=drifting)
        assert np.abs(found.residual[:, 3]).max() < 1e-9
        assert found.residual[0, 4] == pytest.approx(0.0, abs=1e-6)


def test_unknown_instruments_stay_unknown():
    logs, _ = fleet(6)
    logs[:, 7] = np.nan
    found = own_loading(logs, 60, peers=20, spread=1.0)
    assert np.isnan(found.residual[:, 7]).all()
    assert np.isfinite(np.delete(found.residual, 7, axis=1)).all()


def test_an_error_against_a_reference_shows_at_once():
    chance = np.random.default_rng(7)
    passed = chance.uniform(5, 15, (200, 3))
    registered = passed * np.array([1.0, 0.98, 1.02]) * (1 + 0.005 * chance.standard_normal(passed.shape))
    known = reference.Reference(passed, 0.005 * passed)
    assert reference.error(registered, known).mean(axis=0) == pytest.approx([0.0, -0.02, 0.02], abs=0.002)
    assert np.abs(reference.score(registered, known)[:, 0]).mean() == pytest.approx(0.8, abs=0.1)
    assert np.abs(reference.score(registered, known)[:, 1]).mean() > 3
