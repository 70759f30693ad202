"""Many questions, few answers: what the judges together may raise by chance, and which findings stand out from that.

A month's question is (judge, instrument): may this instrument be honest? A judge that is allotted the rate α a month
finds something on at most that share of honest instruments. A finding of p a month has the e-value
e = Σᵢ 2⁻⁽ⁱ⁺¹⁾ · [p ≤ α·10⁻ⁱ] / (α·10⁻ⁱ): its mean over honest instruments is at most one, whatever they share. With
weights in proportion to α, the e-BH procedure (Wang & Ramdas 2022) becomes: of the k
answers of the greatest *strength* s = α·e, at most M / (k·s) are chance on average, where M = Σ α over all questions
asked is the number that the judges allowed themselves. It needs no independence: neighbours share weather, holidays
and tariffs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

MONTHS_PER_1000_YEARS = 12_000.0

_MONTHS = 12
_DECADES = 60
"""Powers of ten that are told apart; no p-value worth the name is smaller."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Budget:
    """What statistical judges may raise by chance.

    Parameters
    ----------
    false_alarms_per_1000_instrument_years
        All judges of a kind together.
    by_chance_at_most
        Largest share of chance among the statistical findings of a month that open alerts [1].
    allotted
        By kind, the rate that a judge has there with the parameters in force, where that is not what it states of
        itself [1/(1000 instrument-years)].
    """

    false_alarms_per_1000_instrument_years: float
    by_chance_at_most: float
    allotted: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def allotments(stated: Mapping[str, float], budget: float) -> dict[str, float]:
    """What each judge of a kind may raise: what it states, or its part of the budget where these are more together.

    Parameters
    ----------
    stated
        False alarms that each judge states [1/(1000 instrument-years)].
    budget
        What all of them may raise together, same unit.

    Examples
    --------
    >>> allotments({"stopped_register": 10.0, "level_shift": 30.0}, 20.0)
    {'stopped_register': 5.0, 'level_shift': 15.0}
    >>> allotments({"stopped_register": 10.0}, 20.0)
    {'stopped_register': 10.0}
    """
    total = sum(stated.values())
    factor = min(1.0, budget / total) if total > 0 else 1.0
    return {name: rate * factor for name, rate in stated.items()}


def strength(p_value: Numbers, allotted: Numbers, scaled: NDArray[np.bool_]) -> Numbers:
    """Strength s of answers; 0 of one that is weaker than what its judge is allotted.

    Parameters
    ----------
    p_value
        Probability that an honest instrument shows as much within a year, shape (answers,).
    allotted
        Rate allotted to the judge on the kind [1/(1000 instrument-years)], shape (answers,).
    scaled
        Whether that is less than the judge has with its own threshold, so that p must keep to it, shape (answers,).

    Examples
    --------
    >>> strength(np.array([0.02, 0.01, 1e-5]), np.full(3, 10.0), np.full(3, False)).tolist()
    [0.5, 0.5, 78.0]
    >>> strength(np.array([0.02]), np.array([10.0]), np.array([True])).tolist()
    [0.0]
    """
    month = allotted / MONTHS_PER_1000_YEARS
    # A judge finds no more by chance than its rate, however weak it calls what it finds.
    p = np.where(scaled & (p_value > allotted / 1000), np.inf, np.minimum(p_value / _MONTHS, month))
    powers = np.arange(_DECADES)
    reached = p[:, None] <= month[:, None] * 10.0**-powers * (1 + 1e-12)
    return np.asarray((reached * (0.5 * 5.0**powers)).sum(axis=1))


def shares_of_chance(strengths: Numbers, expected: float) -> Numbers:
    """q-value of each answer: at most this share of those at least as strong is chance, on average; at most 1.

    Parameters
    ----------
    strengths
        Of every answer of a month, shape (answers,).
    expected
        M: answers that the judges of all questions allowed themselves by chance.

    Examples
    --------
    >>> shares_of_chance(np.array([3.0, 0.5, 0.5]), 0.3).round(3).tolist()
    [0.1, 0.2, 0.2]
    """
    order = np.argsort(-strengths, kind="stable")
    ranked = strengths[order]
    # Equals stand or fall together: each counts all that are as strong.
    as_strong = np.searchsorted(-ranked, -ranked, side="right")
    with np.errstate(divide="ignore"):
        each = expected / (as_strong * ranked)
    shares = np.empty(len(strengths))
    shares[order] = np.minimum(np.minimum.accumulate(each[::-1])[::-1], 1.0)
    return shares
