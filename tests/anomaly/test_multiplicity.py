"""Of many questions answered by chance alone, hardly ever does one stand out; of true answers most do."""

import numpy as np
import pytest

from anomaly.multiplicity import MONTHS_PER_1000_YEARS, allotments, shares_of_chance, strength

RATE = 10.0
MONTH = RATE / MONTHS_PER_1000_YEARS


def chance_answers(generator: np.random.Generator, questions: int) -> np.ndarray:
    """Yearly p-values of the honest instruments that a judge of this rate speaks of within a month."""
    month = generator.random(questions)
    return 12 * month[month <= MONTH]


def standing_out(p_value: np.ndarray, questions: int, at_most: float, *, scaled: bool = False) -> np.ndarray:
    strengths = strength(p_value, np.full(len(p_value), RATE), np.full(len(p_value), scaled))
    return (strengths > 0) & (shares_of_chance(strengths, questions * MONTH) <= at_most)


def test_no_more_than_the_share_allowed_is_chance_whether_or_not_neighbours_agree() -> None:
    generator = np.random.default_rng(31)
    questions, faults = 5_000, 40
    for together in (False, True):
        shares = []
        for _ in range(300):
            honest = chance_answers(generator, questions // 50 if together else questions)
            honest = np.repeat(honest, 50) if together else honest  # one weather for fifty homes
            real = 10.0 ** -generator.uniform(3, 9, faults)
            out = standing_out(np.concatenate([honest, real]), questions, 0.2)
            shares.append(out[: len(honest)].sum() / max(out.sum(), 1))
        assert np.mean(shares) <= 0.2


def test_a_fleet_of_honest_instruments_raises_hardly_anything() -> None:
    generator = np.random.default_rng(32)
    months = [standing_out(chance_answers(generator, 20_000), 20_000, 0.5).any() for _ in range(200)]
    assert np.mean(months) <= 0.5


def test_where_the_budget_is_too_small_what_is_weaker_than_its_part_never_stands_out() -> None:
    assert not standing_out(np.array([RATE / 1000 * 1.01]), 1, 0.5, scaled=True).any()
    assert standing_out(np.array([RATE / 1000]), 1, 0.5, scaled=True).all()
    assert standing_out(np.array([RATE / 1000 * 1.01]), 1, 0.5).all()


def test_the_larger_the_fleet_the_stronger_must_a_single_answer_be() -> None:
    needed = [
        next(p for p in 10.0 ** -np.arange(2, 20.0) if standing_out(np.array([p]), size, 0.5).any())
        for size in (100, 10_000, 1_000_000)
    ]
    assert needed == sorted(needed, reverse=True)
    assert len(set(needed)) == 3


def test_the_share_grows_as_strength_falls_and_equals_share_it() -> None:
    generator = np.random.default_rng(33)
    strengths = strength(10.0 ** -generator.uniform(2, 8, 200), np.full(200, RATE), np.full(200, fill_value=False))
    shares = shares_of_chance(strengths, 3.0)
    order = np.argsort(-strengths)
    assert (np.diff(shares[order]) >= 0).all()
    for value in np.unique(strengths):
        assert len(np.unique(shares[strengths == value])) == 1
    shuffled = generator.permutation(200)
    assert (shares_of_chance(strengths[shuffled], 3.0) == shares[shuffled]).all()


def test_nothing_found_is_nothing_reckoned() -> None:
    assert shares_of_chance(np.array([]), 3.0).tolist() == []


@pytest.mark.parametrize("budget", [20.0, 5.0])
def test_the_judges_of_a_kind_together_are_allotted_no_more_than_the_budget(budget: float) -> None:
    shares = allotments({"a": 41.0, "b": 28.0, "c": 0.0}, budget)
    assert sum(shares.values()) == pytest.approx(budget)
    assert shares["a"] / shares["b"] == pytest.approx(41 / 28)
