import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from anomaly import specimen
from anomaly.fleet_adjustment import adjust, middle

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


def scored(consumption: specimen.Numbers, **changes: float):
    return adjust(consumption, 56, **{"sufficient": 42, "peers": 20, "comparable": 10.0, **changes})


def test_a_day_common_to_all_is_taken_off():
    consumption = specimen.household(4, 100, 50)
    plain = scored(consumption)
    consumption[80] *= 2
    common = scored(consumption)
    assert common.common[80] / plain.common[80] == pytest.approx(2, rel=0.02)
    assert np.nanmax(np.abs(common.score[80] - plain.score[80])) < 0.2


def test_without_enough_peers_nothing_is_taken_off():
    assert (scored(specimen.household(4, 100, 12)).common == 1).all()


def test_scores_do_not_depend_on_the_unit():
    consumption = specimen.household(4, 100, 30)
    np.testing.assert_allclose(scored(consumption).score, scored(consumption * 1000).score, rtol=1e-9, atol=1e-9)


def test_days_of_another_use_are_left_out():
    consumption = specimen.household(4, 100, 30)
    consumption[70, 3], consumption[71, 3] = 0.0, consumption[71, 3] * 50
    score = scored(consumption).score
    assert np.isnan(score[70:72, 3]).all()
    assert np.isfinite(score[72:, 3]).all()


def test_too_short_a_baseline_scores_nothing():
    consumption = specimen.household(4, 100, 30)
    consumption[:20, 3] = np.nan
    assert np.isnan(scored(consumption).score[:, 3]).all()
