"""Numbers of a recording: exact decimals, or what the file holds."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.recordings.decimals import read_decimals


def read(values: list[object], kind: pa.DataType, places: int) -> tuple[list[str], list[bool]]:
    texts, fit = read_decimals(pa.chunked_array([pa.array(values, kind)]), np.full(len(values), places, np.int64))
    return texts, fit.tolist()


@given(st.integers(-(10**12), 10**12), st.integers(0, 4))
def test_a_double_gives_back_the_count_that_made_it(count: int, places: int) -> None:
    texts, fit = read([count / 10**places], pa.float64(), places)
    assert fit == [True]
    assert Decimal(texts[0].strip('"')) == Decimal(count).scaleb(-places)


def test_floating_point_residue_is_not_a_digit() -> None:
    assert read([0.1 + 0.2, -0.0], pa.float64(), 3) == (['"0.300"', '"0.000"'], [True, True])


@pytest.mark.parametrize(
    "value, text", [(1.2345, '"1.2345"'), (float("nan"), '"nan"'), (float("inf"), '"inf"'), (None, "null")]
)
def test_what_the_contract_cannot_carry_is_handed_on(value: float | None, text: str) -> None:
    assert read([value], pa.float64(), 3) == ([text], [False])


def test_texts_stay_the_digits_that_they_are() -> None:
    texts, fit = read(["1.50", "0012", "1.2345", "1.5000", "abc", "1e3", None], pa.string(), 3)
    assert texts == ['"1.50"', '"0012"', '"1.2345"', '"1.5000"', '"abc"', '"1e3"', "null"]
    assert fit == [True, True, False, True, False, False, False]


def test_integers_are_texts_too() -> None:
    assert read([5], pa.int32(), 0) == (['"5"'], [True])
