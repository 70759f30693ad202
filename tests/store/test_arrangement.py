import numpy as np
import pytest

from store.arrangement import KEY, arrange, grouped
from store.arrivals import READINGS


@pytest.mark.parametrize("span", [50, 2**62], ids=["that fits one number", "that does not"])
def test_brings_equal_keys_together_in_order_of_arrival(span: int) -> None:
    random = np.random.default_rng(18)
    rows = np.zeros(2_000, dtype=READINGS)
    rows["instrument"] = random.integers(1, 2**31 - 1 if span > 50 else 6, len(rows))
    rows["register"] = random.integers(-3, 3, len(rows))
    rows["taken_at"] = random.choice(random.integers(-span, span, 9), len(rows))
    rows["instrument"][::7] = 1
    order, starts = grouped(rows, *KEY)
    keys = [tuple(key) for key in rows[list(KEY)].tolist()]
    expected = sorted(range(len(rows)), key=lambda position: (keys[position], position))
    assert order.tolist() == expected
    assert starts.tolist() == [
        place == 0 or keys[expected[place]] != keys[expected[place - 1]] for place in range(len(rows))
    ]
    assert 1 < starts.sum() < len(rows)


def test_arranges_nothing() -> None:
    arranged = arrange(np.empty(0, dtype=READINGS))
    assert (len(arranged.firsts), len(arranged.packed), len(arranged.days)) == (0, 0, 0)
