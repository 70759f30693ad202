"""Published tables of mean run lengths, to their printed digits, and what a simulation says of the same charts."""

import math
from datetime import timedelta

import numpy as np
import pytest

from anomaly.cusum import cusum
from anomaly.ewma import ewma as ewma_path
from anomaly.run_length import (
    alarms_per_1000_instrument_years,
    cusum_decision,
    cusum_one_sided,
    cusum_two_sided,
    ewma,
    ewma_limit,
    samples_between_alarms,
)

SHIFTS = (0, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4, 5)
"""Columns of Lucas & Crosier, Technometrics 24 (1982) 199, table 1: k = 0.5, h = 4."""

PUBLISHED = "168 74.2 26.6 13.3 8.38 4.75 3.34 2.62 2.19 1.71 1.31"
EXACT = "167.6838 74.2240 26.6302 13.2851 8.3831 4.7472 3.3428 2.6195 2.1945 1.7085 1.3087"
PUBLISHED_HEAD_START = "149 62.7 20.1 8.97 5.29 2.86 2.01 1.59 1.33 1.07 1.01"
"""But for 3 σ, where they print 1.32: the solution is 1.3254."""
EXACT_HEAD_START = "148.6956 62.6982 20.0640 8.9680 5.2869 2.8620 2.0144 1.5858 1.3254 1.0670 1.0062"

NEAR = (0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3)
EXACT_5 = "465.4435 139.4937 37.9961 17.0483 10.3760 5.7472 4.0089 2.5733"
EXACT_5_HEAD_START = "430.3908 121.6879 28.6658 11.2358 6.3469 3.3720 2.3623 1.5396"


def printed(value: float, like: str) -> str:
    """A value as a table prints it: with as many digits after the point."""
    return f"{value:.{len(like.partition('.')[2])}f}"


def holds(row: str, values: list[float]) -> bool:
    """Whether the values, rounded as the row prints them, are the row."""
    return " ".join(printed(value, like) for value, like in zip(values, row.split(), strict=True)) == row


@pytest.mark.parametrize("row", [PUBLISHED, EXACT], ids=["published", "exact"])
def test_two_sided_run_lengths_are_those_of_lucas_and_crosier(row: str):
    assert holds(row, [cusum_two_sided(0.5, 4.0, shift) for shift in SHIFTS])


@pytest.mark.parametrize("row", [PUBLISHED_HEAD_START, EXACT_HEAD_START], ids=["published", "exact"])
def test_so_are_those_with_a_head_start(row: str):
    assert holds(row, [cusum_two_sided(0.5, 4.0, shift, head_start=2.0) for shift in SHIFTS])


def test_a_longer_decision_interval_with_and_without_head_start():
    assert holds(EXACT_5, [cusum_two_sided(0.5, 5.0, shift) for shift in NEAR])
    assert holds(EXACT_5_HEAD_START, [cusum_two_sided(0.5, 5.0, shift, head_start=2.5) for shift in NEAR])


def test_one_sided_run_lengths():
    assert holds("1962.795 117.596 17.351 3.7491", [cusum_one_sided(0.5, 3, shift) for shift in (-0.5, 0, 0.5, 1.5)])
    assert holds("1963 17.35 3.75", [cusum_one_sided(0.5, 3, shift) for shift in (-0.5, 0.5, 1.5)])
    assert 117.4 < cusum_one_sided(0.5, 3, 0.0) < 117.6  # the publications say 117.4 to 117.59


def test_one_sided_run_lengths_without_an_allowance_are_those_of_vance():
    """J. Quality Technology 18 (1986) 189; he prints 2071.51 for the first, which is not the solution."""
    shifts = (-0.25, -0.125, 0, 0.125, 0.25, 0.5, 0.75, 1)
    row = "2071.57 400.28 124.66 59.30 36.71 20.37 14.06 10.75"
    assert holds(row, [cusum_one_sided(0.0, 10.0, shift) for shift in shifts])


def test_a_two_sided_run_length_of_waldmann():
    """Technometrics 28 (1986) 61; he prints 65.4, cut off rather than rounded."""
    assert printed(cusum_two_sided(0.6, 3.0, -0.2), "65.46") == "65.46"


@pytest.mark.parametrize(
    "weight, limit, row",
    [
        (0.5, 2.0, "26.45 20.12 11.89 7.29 4.91"),
        (0.05, 2.0, "127.53 43.94 18.97 11.64 8.38"),
        (0.5, 3.071, "499.91 254.78 88.80 35.91 17.48"),
        (0.03, 2.437, "499.86 76.73 29.32 17.63 12.60"),
    ],
    ids=["Crowder λ=.5", "Crowder λ=.05", "Lucas & Saccucci λ=.5", "Lucas & Saccucci λ=.03"],
)
def test_run_lengths_of_an_ewma(weight: float, limit: float, row: str):
    assert holds(row, [ewma(weight, limit, shift) for shift in (0, 0.25, 0.5, 0.75, 1)])


WANTED = (365, 3_650, 36_500, 365_000, 3_650_000)


@pytest.mark.parametrize(
    "allowance, decisions, found, found_at_fewer_alarms",
    [
        (0.25, "7.982 12.486 17.076 21.680 26.284", "186.3 46.6 17.4 7.8 5.1", "521.9 83.4 29.6 13.0 8.4"),
        (0.5, "4.760 7.047 9.347 11.649 13.952", "443.3 67.4 14.5 5.4 3.4", "4786 164 23.7 8.4 5.2"),
        (1.0, "2.510 3.656 4.808 5.959 7.110", "1166 235 23.2 4.4 2.5", "37895 2450 50.8 6.7 3.6"),
    ],
)
def test_a_fleet_is_designed_for_a_wanted_rate(
    allowance: float, decisions: str, found: str, found_at_fewer_alarms: str
):
    designed = [cusum_decision(allowance, wanted) for wanted in WANTED]
    assert holds(decisions, designed)
    shifts = (0.25, 0.5, 1, 2, 3)
    assert holds(found, [cusum_two_sided(allowance, designed[1], shift) for shift in shifts])
    assert holds(found_at_fewer_alarms, [cusum_two_sided(allowance, designed[3], shift) for shift in shifts])


def test_one_sided_charts_and_ewmas_are_designed_too():
    assert holds(
        "4.3891 6.6693 8.9688", [cusum_decision(0.5, wanted, two_sided=False) for wanted in (500, 5_000, 50_000)]
    )
    assert holds("3.3248 3.4656 3.5662", [ewma_limit(weight, 3_650) for weight in (0.05, 0.1, 0.2)])


@pytest.mark.parametrize("decision", [4.0, 6.0, 8.0])
def test_siegmunds_approximation_is_near(decision: float):
    """ARL ≈ (e^{2kb} − 2kb − 1)/(2k²), b = h + 1.166 (Siegmund, Sequential Analysis, 1985)."""
    spread = 2 * 0.5 * (decision + 1.166)
    assert cusum_one_sided(0.5, decision, 0.0) == pytest.approx((math.exp(spread) - spread - 1) / 0.5, rel=0.01)


def test_a_rate_in_time_is_a_run_length_in_samples():
    assert samples_between_alarms(1.0, timedelta(days=1)) == 365_250
    assert samples_between_alarms(10.0, timedelta(hours=1)) == 24 * 36_525
    length = cusum_two_sided(0.5, cusum_decision(0.5, samples_between_alarms(20.0, timedelta(days=7))), 0.0)
    assert alarms_per_1000_instrument_years(length, timedelta(days=7)) == pytest.approx(20.0, rel=1e-9)


def test_what_cannot_be_told_is_endless_and_what_cannot_be_designed_is_refused():
    assert math.isinf(cusum_one_sided(0.5, 4.0, -5.0))
    for wanted in (1.0, 1e15):
        with pytest.raises(ValueError, match="cannot be designed"):
            cusum_decision(0.5, wanted)


@pytest.mark.parametrize("shift, days", [(0.0, 2_000), (0.5, 400)])
def test_a_simulation_agrees_within_three_standard_errors(shift: float, days: int):
    """The charts of the house, on seeded independent scores."""
    scores = np.random.default_rng(1986).standard_normal((days, 1_500)) + shift
    path = cusum(scores, 0.5)
    weight, limit = 0.1, 2.0
    reach = limit * math.sqrt(weight / (2 - weight))
    for crossed, exact in (
        (np.maximum(path.up, path.down) > 4, cusum_two_sided(0.5, 4.0, shift)),
        (np.abs(ewma_path(scores, weight)) > reach, ewma(weight, limit, shift)),
    ):
        assert crossed.any(axis=0).all()
        lengths = crossed.argmax(axis=0) + 1
        assert abs(lengths.mean() - exact) < 3 * lengths.std() / math.sqrt(len(lengths))
