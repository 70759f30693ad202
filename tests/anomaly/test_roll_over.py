import numpy as np
import pytest

from anomaly import specimen
from anomaly.roll_over import UNDECLARED, continued, fastest_rates, looks_like
from anomaly.rules.backward_register import BackwardRegister
from anomaly.rules.impossible_rate import ImpossibleRate
from metrology.kinds import kind_called

HOUR = 3_600_000_000
ROOM = 100_000


def beyond(
    values: list[int], *, capacity: int = ROOM, fastest: float = np.inf, owner: list[int] | None = None
) -> list[int]:
    """What registers without end would show, read hourly."""
    owners = np.array(owner or [0] * len(values), dtype=np.int64)
    room = np.full(owners.max() + 1, capacity, dtype=np.int64)
    times = np.arange(len(values)) * HOUR
    return continued(owners, times, np.array(values), room, np.full(len(room), fastest)).tolist()


def test_each_roll_over_adds_the_capacity() -> None:
    assert beyond([99_990, 10, 50_000, 99_999, 0]) == [99_990, 100_010, 150_000, 199_999, 200_000]


def test_instruments_roll_over_each_for_itself() -> None:
    assert beyond([99_990, 10, 5, 99_999, 1], owner=[0, 0, 1, 1, 1]) == [99_990, 100_010, 5, 99_999, 100_001]


def test_without_a_capacity_indications_stay_as_they_are() -> None:
    assert beyond([99_990, 10], capacity=UNDECLARED) == [99_990, 10]


@pytest.mark.parametrize(
    "values,fastest",
    [
        pytest.param([40_000, 10], np.inf, id="nearer back than round"),
        pytest.param([99_000, 10], 100.0, id="faster than its size can"),
        pytest.param([120_000, 10], np.inf, id="beyond its own capacity"),
        pytest.param([99_990, -5], np.inf, id="below zero"),
    ],
)
def test_what_cannot_have_rolled_over_stays_a_decrease(values: list[int], fastest: float) -> None:
    assert beyond(values, fastest=fastest) == values


def test_the_rate_of_its_size_bounds_what_a_roll_over_may_add() -> None:
    water = kind_called("water_meter")
    rates = fastest_rates(water, ("DN15", None, "DN9999"), water.register("volume"))
    assert rates.tolist() == [3125.0, np.inf, np.inf]


def test_rules_reckon_growth_beyond_a_declared_roll_over() -> None:
    rows = [(0, "2026-03-02T08:00+08:00", "99999.998"), (0, "2026-03-02T09:00+08:00", "0.012")]
    told = specimen.readings("water_meter", rows, size="DN15", capacity="100000")
    untold = specimen.readings("water_meter", rows, size="DN15")
    assert BackwardRegister().judge(told).findings == ()
    assert ImpossibleRate().judge(told).findings == ()
    (finding,) = BackwardRegister().judge(untold).findings
    assert finding.loss is None
    assert finding.evidence["if_rolled_over"] == {"capacity": "100000.000", "growth": "0.014"}
    assert "分处100000.000 m³两侧" in finding.statement.zh


@pytest.mark.parametrize("before,after", [(99_999_998, 12), (999_999, 0), (995_000, 5_000)])
def test_all_nines_and_then_almost_nothing_look_like_a_roll_over(before: int, after: int) -> None:
    assert looks_like(before, after) == 10 ** len(str(before))


@pytest.mark.parametrize("before,after", [(994_999, 0), (999_999, 5_001), (9_999, 0), (-999_999, -999_998), (10**6, 0)])
def test_other_decreases_do_not(before: int, after: int) -> None:
    assert looks_like(before, after) is None
