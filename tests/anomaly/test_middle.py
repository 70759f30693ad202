import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from anomaly.middle import middle

VALUES = arrays(
    np.float64,
    st.tuples(st.integers(1, 12), st.integers(1, 4)),
    elements=st.one_of(st.floats(-1e6, 1e6), st.just(np.nan)),
)


@given(values=VALUES)
def test_the_middle_is_the_median_of_what_is_known(values: np.ndarray):
    for owner, found in enumerate(middle(values)):
        known = values[np.isfinite(values[:, owner]), owner]
        assert np.isnan(found) if len(known) == 0 else found == pytest.approx(np.median(known))
