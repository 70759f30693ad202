import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from anomaly.cusum import cusum

SCORES = arrays(
    np.float64, st.tuples(st.integers(1, 25), st.integers(1, 4)), elements=st.one_of(st.floats(-4, 4), st.just(np.nan))
)


@given(score=SCORES, allowance=st.floats(0, 1))
def test_a_fleet_gets_what_each_instrument_gets_by_itself(score: np.ndarray, allowance: float):
    path = cusum(score, allowance)
    for owner in range(score.shape[1]):
        for sums, since, sign in ((path.up, path.up_since, 1), (path.down, path.down_since, -1)):
            total, start = 0.0, 0
            for row, value in enumerate(score[:, owner]):
                total = max(0.0, total + (0.0 if np.isnan(value) else sign * value - allowance))
                start = row + 1 if total <= 0 else start
                assert sums[row, owner] == total
                assert since[row, owner] == start


def test_the_run_length_of_independent_scores_is_the_published_one():
    """Two-sided, k = 0.5, h = 4: mean run length 167.68 at no shift, 8.38 at one σ (Lucas & Crosier 1982, table 1)."""
    chance = np.random.default_rng(1982)
    for shift, published, days in ((0.0, 167.68, 3000), (1.0, 8.383, 200)):
        path = cusum(chance.standard_normal((days, 6000)) + shift, 0.5)
        crossed = np.maximum(path.up, path.down) >= 4
        assert crossed.any(axis=0).all()
        lengths = crossed.argmax(axis=0) + 1
        assert abs(lengths.mean() - published) < 4 * lengths.std() / np.sqrt(len(lengths))
