import tracemalloc
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.numerals import plain_counts
from metrology.errors import NotANumber, OutOfRange, TooFine
from metrology.quantity import plain_count, to_count

WRITTEN = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(lambda number: f"{number:f}"),
    st.integers(-(10**16), 10**16),
    st.text(alphabet="0123456789.-+e_ \n٣", max_size=18),
    st.decimals(-(10**6), 10**6, places=2),
    st.sampled_from([None, True, 1.5, [], {"1": 2}, "nan", "-", ".", "-.", "5.", ".5", "-0", "--1", "1.-5", "1\n2"]),
)


@given(st.lists(st.tuples(WRITTEN, st.integers(0, 7))))
def test_counts_as_one_by_one_whatever_it_calls_plain(stated: list[tuple[object, int]]) -> None:
    indications, decimals = [indication for indication, _ in stated], [places for _, places in stated]
    counts, plain = plain_counts(indications, np.array(decimals, dtype=np.int64))
    assert len(counts) == len(plain) == len(stated)
    for indication, places, count, is_plain in zip(indications, decimals, counts.tolist(), plain.tolist(), strict=True):
        if is_plain:
            assert type(indication) in {str, int, Decimal}
            assert to_count(indication, places) == count  # type: ignore[arg-type]  # its type was just asserted
        elif type(indication) is str:
            assert plain_count(indication, places) is None


@pytest.mark.parametrize("error, indication", [(TooFine, "0.0001"), (OutOfRange, "1000000000000.0"), (NotANumber, "")])
def test_leaves_to_others_what_is_no_count(error: type[Exception], indication: str) -> None:
    _, plain = plain_counts([indication, "1.5"], np.array([3, 3]))
    assert plain.tolist() == [False, True]
    with pytest.raises(error):
        to_count(indication, 3)


def test_takes_no_room_for_numerals_that_are_longer_than_any() -> None:
    indications = ["1.5", "x" * 10**6, "7" * 10**6, -2]
    tracemalloc.start()
    try:
        counts, plain = plain_counts(indications, np.array([3, 3, 3, 3]))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (counts.tolist(), plain.tolist()) == ([1500, 0, 0, -2000], [True, False, False, True])
    assert peak < 5 * 10**6


def test_keeps_every_digit_of_the_longest() -> None:
    counts, plain = plain_counts(["999999999999.999", "-999999999999.999", ".000000000000001"], np.array([3, 3, 15]))
    assert (counts.tolist(), plain.all()) == ([10**15 - 1, 1 - 10**15, 1], True)


def test_counts_nothing_of_nothing() -> None:
    counts, plain = plain_counts([], np.empty(0, dtype=np.int64))
    assert (len(counts), len(plain)) == (0, 0)


def test_reads_integers_without_a_float() -> None:
    # What it is built on: a double would make 9007199254740992 of it.
    assert np.fromstring("9007199254740993", dtype=np.int64, sep="\n").tolist() == [9_007_199_254_740_993]
