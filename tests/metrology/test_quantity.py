from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrology import quantity
from metrology.errors import MetrologyError, NotANumber, OutOfRange, TooFine


@given(count=st.integers(-quantity.LARGEST_COUNT, quantity.LARGEST_COUNT), decimals=st.integers(0, 7))
def test_text_and_count_are_each_others_inverse(count: int, decimals: int) -> None:
    assert quantity.to_count(quantity.to_text(count, decimals), decimals) == count


@given(text=st.text(max_size=80), decimals=st.integers(0, 7))
def test_any_text_is_converted_or_refused_by_a_noun(text: str, decimals: int) -> None:
    try:
        count = quantity.to_count(text, decimals)
    except MetrologyError:
        return
    assert Decimal(text) == quantity.to_decimal(count, decimals)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-inf", "", " ", "1_000", "１２", "0x10", "1,5", "1" * 65])
def test_refuses_what_is_no_decimal_number(text: str) -> None:
    with pytest.raises(NotANumber):
        quantity.to_count(text, 3)


@pytest.mark.parametrize("text", ["1e999999", "9223372036854775.808", "-9223372036854775.808"])
def test_refuses_what_no_register_can_show(text: str) -> None:
    with pytest.raises(OutOfRange):
        quantity.to_count(text, 3)


@pytest.mark.parametrize("text", ["0.0001", "1e-4", "1e-999999", "12.3456"])
def test_refuses_digits_below_the_resolution(text: str) -> None:
    with pytest.raises(TooFine):
        quantity.to_count(text, 3)


@pytest.mark.parametrize(
    "text,count",
    [("1.5e1", 15000), ("0e99", 0), ("-0.001", -1), ("+2", 2000), ("0.0010", 1), ("00012.5", 12500)],
)
def test_takes_every_spelling_of_the_same_number(text: str, count: int) -> None:
    assert quantity.to_count(text, 3) == count
