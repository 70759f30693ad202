import math
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from metrology.plain_number import estimate, significant, text

_FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(_FINITE, st.one_of(st.none(), st.floats(min_value=0, allow_infinity=False)))
def test_any_estimate_is_plain_text_within_its_rounding(value: float, uncertainty: float | None) -> None:
    shown, spread = estimate(value, uncertainty)
    assert "E" not in shown
    tolerance = abs(Decimal(repr(value))) * Decimal("1e-11") + Decimal(repr(uncertainty or 0.0)) / 10
    assert abs(Decimal(shown) - Decimal(repr(value))) <= tolerance
    assert (spread is None) == (uncertainty is None)
    if spread is not None and uncertainty:
        assert "E" not in spread
        exact = Decimal(repr(uncertainty))
        assert abs(Decimal(spread) - exact) <= exact / 20


@given(st.floats())
def test_any_share_can_be_shown(share: float) -> None:
    assert text(significant(share, 3))


def test_what_is_not_finite_is_spelled_out() -> None:
    assert estimate(math.inf, 1.0) == ("Infinity", None)
    assert estimate(1.5, math.nan) == ("1.5", None)


def test_there_is_no_negative_zero() -> None:
    assert estimate(-0.0, None) == ("0", None)
    assert estimate(-0.001, 1.0) == ("0.0", "1.0")
