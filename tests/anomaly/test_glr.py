"""Step and slope against the obvious: try every onset, project, keep the largest."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from anomaly.glr_slope import glr_slope
from anomaly.glr_step import Baseline, Change, glr_step

SCORES = arrays(
    np.float64, st.tuples(st.integers(1, 14), st.integers(1, 3)), elements=st.one_of(st.floats(-4, 4), st.just(np.nan))
)


def obvious(score: np.ndarray, row: int, window: int, least: int, change: np.ndarray) -> dict[int, float]:
    """Signed root of the ratio by onset, of one instrument; `change[k, t]` is how a change from k on shows in t."""
    roots = {}
    for onset in range(max(0, row + 1 - window), row + 1):
        days = [day for day in range(onset, row + 1) if not np.isnan(score[day])]
        power = sum(change[onset, day] ** 2 for day in days)
        if len(days) >= least and power > 0:
            roots[onset] = sum(change[onset, day] * score[day] for day in days) / power**0.5
    return roots


def agrees(found: Change, score: np.ndarray, change: np.ndarray, window: int, least: int, begin: int) -> None:
    assert found.statistic.shape == (max(len(score) - begin, 0), score.shape[1])
    for answer, row in enumerate(range(begin, len(score))):
        for owner in range(score.shape[1]):
            roots = obvious(score[:, owner], row, window, least, change)
            if not roots:
                assert found.statistic[answer, owner] == 0
                assert found.size[answer, owner] == 0
                continue
            largest = max(abs(root) for root in roots.values())
            assert abs(found.statistic[answer, owner]) == pytest.approx(largest, abs=1e-6)
            if largest > 1e-6:
                onset = int(found.since[answer, owner])
                assert abs(roots[onset]) == pytest.approx(largest, abs=1e-6)
                known = np.isfinite(score[onset : row + 1, owner])
                power = (change[onset, onset : row + 1][known] ** 2).sum()
                assert found.size[answer, owner] == pytest.approx(roots[onset] / power**0.5, abs=1e-6)


@settings(max_examples=60)
@given(score=SCORES, window=st.integers(1, 15), least=st.integers(1, 4), begin=st.integers(0, 10))
def test_a_step_is_the_largest_of_all_steps(score: np.ndarray, window: int, least: int, begin: int):
    change = np.triu(np.ones((len(score), len(score))))
    agrees(glr_step(score, window, least, begin), score, change, window, least, begin)


@settings(max_examples=60)
@given(score=SCORES, window=st.integers(1, 15), least=st.integers(1, 4), begin=st.integers(0, 10))
def test_a_slope_is_the_largest_of_all_slopes(score: np.ndarray, window: int, least: int, begin: int):
    days = np.arange(len(score))
    change = np.triu(days[None, :] - days[:, None] + 1.0)
    agrees(glr_slope(score, window, least, begin), score, change, window, least, begin)


@pytest.mark.parametrize("side", [-1, 1])
@given(score=SCORES, window=st.integers(1, 15))
def test_one_side_alone_is_looked_at(score: np.ndarray, window: int, side: int):
    change = np.triu(np.ones((len(score), len(score))))
    found = glr_step(score, window, side=side)
    for row in range(len(score)):
        for owner in range(score.shape[1]):
            roots = obvious(score[:, owner], row, window, 1, change)
            largest = max([0.0, *(side * root for root in roots.values())])
            assert side * found.statistic[row, owner] == pytest.approx(largest, abs=1e-6)


def test_a_short_baseline_under_other_weather_makes_the_same_sum_worth_less():
    """Held against a straight line through m points, a mean of n has the variance of any forecast of it."""
    chance = np.random.default_rng(12)
    count, known, rows = 4_000, 30, 20
    of_baseline = chance.standard_normal((known, count))
    before, after = chance.normal(15, 5, (known, 1)), np.full((rows, 1), 22.0)
    line = np.linalg.lstsq(np.c_[np.ones(known), before], of_baseline, rcond=None)[0]
    score = chance.standard_normal((rows, count)) - (line[0] + line[1] * after)
    whole = Baseline(
        np.full(count, known),
        np.repeat(after, count, axis=1),
        np.full(count, before.mean()),
        np.full(count, before.var()),
    )
    found = glr_step(score, rows, least=rows, begin=rows - 1, baseline=whole)
    assert found.statistic.std() == pytest.approx(1.0, abs=0.04)
    assert glr_step(score, rows, least=rows, begin=rows - 1).statistic.std() > 1.3
    assert glr_step(score[:, :1], rows, begin=rows - 1, baseline=None).size.shape == (1, 1)


def test_a_constant_zero_says_nothing():
    for found in (glr_step(np.zeros((9, 2)), 9), glr_slope(np.zeros((9, 2)), 9)):
        assert (found.statistic == 0).all()
