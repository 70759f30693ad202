import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from anomaly.ewma import ewma

SCORES = arrays(
    np.float64, st.tuples(st.integers(1, 25), st.integers(1, 4)), elements=st.one_of(st.floats(-9, 9), st.just(np.nan))
)


@given(score=SCORES, weight=st.floats(0.01, 1.0))
def test_a_fleet_gets_what_each_instrument_gets_by_itself(score: np.ndarray, weight: float):
    path = ewma(score, weight)
    for owner in range(score.shape[1]):
        average = 0.0
        for row, value in enumerate(score[:, owner]):
            if not np.isnan(value):
                average += weight * (value - average)
            assert path[row, owner] == average
