from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from anomaly import specimen
from anomaly.detectors.stopped_register import StoppedRegister
from anomaly.evidence import Evidence
from anomaly.policy import Policy
from metrology.civil import DAY, midnight


def homes(days: int, instruments: int = 4) -> specimen.Numbers:
    return specimen.household(seed=5, day_count=days, instruments=instruments)


def ask(consumption: specimen.Numbers, judged: int = 0, **parameters: float):
    judge = replace(StoppedRegister(), **parameters)
    return judge.judge(specimen.days("water_meter", consumption, judged=judged))


def at(row: int):
    return midnight(specimen.FIRST + row * DAY, specimen.ZONE)


def test_a_standstill_is_noticed_once_own_history_makes_it_unlikely():
    consumption = homes(120)
    consumption[70:, 2] = 0
    (finding,) = ask(consumption).findings
    assert (finding.instrument, finding.onset, finding.until) == (3, at(70), None)
    assert at(70) < finding.noticed_at < at(100)
    assert finding.p_value is not None
    assert finding.p_value < 0.01
    assert finding.loss == pytest.approx(consumption[:70, 2].mean() * 50)


def test_the_end_is_the_first_day_that_moved():
    consumption = homes(140)
    consumption[70:110, 0] = 0
    (finding,) = ask(consumption).findings
    assert finding.until == at(110)


def test_more_days_change_neither_onset_nor_notice():
    consumption = homes(200)
    consumption[70:150, 1] = 0
    told = [ask(consumption[:rows]).findings for rows in range(71, 200)]
    keys = {(finding.onset, finding.noticed_at) for findings in told for finding in findings}
    assert len(keys) == 1
    assert [len(findings) for findings in told] == sorted(len(findings) for findings in told)


def test_the_next_month_tells_the_same_standstill_again():
    consumption = homes(220)
    consumption[130:, 1] = 0
    months = [ask(consumption[:end], judged=begin).findings for begin, end in ((130, 160), (160, 190), (190, 220))]
    assert len({(finding.onset, finding.noticed_at) for (finding,) in months}) == 1
    assert ask(consumption[:130], judged=100).findings == ()


def test_a_standstill_that_ended_before_the_period_is_left_to_its_own():
    consumption = homes(200)
    consumption[70:110, 1] = 0
    assert ask(consumption, judged=120).findings == ()


def test_what_often_stands_may_stand_for_longer():
    consumption = homes(200, instruments=2)
    for begin in range(0, 130, 26):
        consumption[begin + 5 : begin + 19, 1] = 0
    consumption[140:168] = 0
    assert [finding.instrument for finding in ask(consumption).findings] == [1]


def test_silent_days_neither_prolong_nor_end_a_standstill():
    consumption = homes(130)
    consumption[70:, 0] = 0
    consumption[72:80, 0] = np.nan
    (finding,) = ask(consumption).findings
    (undisturbed,) = ask(np.where(np.isnan(consumption), 0, consumption)).findings
    assert finding.onset == undisturbed.onset
    assert finding.noticed_at == undisturbed.noticed_at + timedelta(days=8)


def test_today_counts_only_once_it_is_over():
    consumption = homes(100)
    consumption[70:, 0] = 0
    (finding,) = ask(consumption).findings
    day = (finding.noticed_at - at(0)) // timedelta(days=1)

    def seen_at(horizon: datetime) -> Evidence:
        evidence = specimen.days("water_meter", consumption[: day + 1])
        return replace(evidence, period=replace(evidence.period, horizon=horizon))

    assert StoppedRegister().judge(seen_at(at(day) + timedelta(hours=12))).findings == ()
    assert len(StoppedRegister().judge(seen_at(at(day + 1))).findings) == 1


@pytest.mark.parametrize(
    "spoil, reason",
    [
        (lambda c: c.__setitem__((slice(0, 95), 0), np.nan), "short_history"),
        (lambda c: c.__setitem__((slice(3, None), 0), 0.0), "short_history"),
        (lambda c: c.__setitem__((slice(None), 0), np.nan), "no_readings"),
        (lambda c: c.__setitem__((slice(0, 98), 0), np.r_[1.0, np.zeros(96), 1.0]), "idle_history"),
    ],
    ids=["new", "stood_from_the_beginning", "silent", "idle"],
)
def test_what_cannot_be_judged_is_counted(spoil: Callable[[specimen.Numbers], None], reason: str):
    consumption = homes(100)
    spoil(consumption)
    assert ask(consumption).not_judged == {reason: 1}


def test_where_a_kind_never_stands_still_it_speaks_within_days() -> None:
    consumption = specimen.household(seed=7, day_count=90, instruments=3)
    consumption[60:, 1] = 0.0
    electricity = next(
        judge for judge in Policy.load().judges("electricity_meter") if isinstance(judge, StoppedRegister)
    )
    (finding,) = electricity.judge(specimen.days("electricity_meter", consumption)).findings
    assert (finding.noticed_at - finding.onset).days + 1 == 3
