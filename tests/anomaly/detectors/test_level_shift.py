from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from anomaly import specimen
from anomaly.detectors.level_shift import LevelShift
from metrology.civil import DAY, midnight

HOMES = 40


def ask(consumption: specimen.Numbers, judged: int, **parameters: float):
    return replace(LevelShift(), **parameters).judge(
        specimen.days("electricity_meter", consumption, judged=judged, first=specimen.FIRST)
    )


def cut(factor: float, row: int = 160, days: int = 260) -> specimen.Numbers:
    consumption = specimen.household(seed=9, day_count=days, instruments=HOMES)
    consumption[row:, 7] *= factor
    return consumption


def at(row: int):
    return midnight(specimen.FIRST + row * DAY, specimen.ZONE)


@pytest.mark.parametrize("factor", [0.3, 0.45, 4.0], ids=["fall", "lesser_fall", "rise"])
def test_onset_and_size_of_a_shift_are_told(factor: float):
    (finding,) = ask(cut(factor), judged=150).findings
    assert finding.instrument == 8
    assert abs(finding.onset - at(160)) <= timedelta(days=4)
    relative = finding.evidence["relative_percent"]
    assert abs(relative - 100 * (factor - 1)) < finding.evidence["relative_uncertainty_percent"] + 3
    assert (finding.magnitude.value < 0) == (factor < 1)
    assert "not yet an error" in finding.statement.en


def test_a_few_per_cent_are_not_seen():
    assert ask(cut(0.95), judged=150).findings == ()


def test_what_all_peers_do_is_no_shift():
    consumption = specimen.household(seed=9, day_count=260, instruments=HOMES)
    consumption[160:] *= 0.3
    assert ask(consumption, judged=150).findings == ()


def test_without_peers_own_history_must_speak_louder():
    consumption = cut(0.3)[:, 4:10]
    (finding,) = ask(consumption, judged=150, decision_sigma=4.0).findings
    assert finding.evidence["decision_sigma"] == pytest.approx(1.4 * 4.0)
    (compared,) = ask(cut(0.3), judged=150, decision_sigma=4.0).findings
    assert compared.evidence["decision_sigma"] == pytest.approx(4.0)
    assert "own history" in finding.statement.en


def test_an_alarm_is_noticed_in_exactly_one_period_however_the_days_are_cut():
    consumption = cut(0.3, days=320)
    (whole,) = ask(consumption, judged=150).findings
    parts = []
    for begin in range(150, 320, 30):
        for memory in (147, 160):
            start = begin - memory
            if start < 0:
                continue
            evidence = specimen.days(
                "electricity_meter",
                consumption[start : begin + 30],
                judged=memory,
                first=specimen.FIRST + start * DAY,
            )
            parts += [(memory, finding.onset, finding.noticed_at) for finding in LevelShift().judge(evidence).findings]
    assert {(onset, noticed) for _, onset, noticed in parts} == {(whole.onset, whole.noticed_at)}
    assert len(parts) == len({memory for memory, _, _ in parts})


def test_more_days_change_nothing_of_what_was_noticed():
    consumption = cut(0.3)
    told = [ask(consumption[:rows], judged=150).findings for rows in range(200, 260, 7)]
    counts = [len(findings) for findings in told]
    assert counts == sorted(counts)
    assert counts[-1] == 1
    assert len({(each.onset, each.noticed_at, each.magnitude) for findings in told for each in findings}) == 1


def test_days_of_an_empty_home_are_no_evidence():
    consumption = specimen.household(seed=9, day_count=260, instruments=HOMES)
    consumption[160:240, 7] = 0.0
    assert ask(consumption, judged=150).findings == ()


@pytest.mark.parametrize(
    "spoil, reason",
    [
        (lambda c: c.__setitem__((slice(0, 140), 3), np.nan), "short_history"),
        (lambda c: c.__setitem__((slice(None), 3), np.nan), "no_readings"),
        (lambda c: c.__setitem__((slice(None, None), 3), 0.0), "idle_history"),
    ],
    ids=["new", "silent", "idle"],
)
def test_what_cannot_be_judged_is_counted(spoil: Callable[[specimen.Numbers], None], reason: str):
    consumption = specimen.household(seed=9, day_count=200, instruments=HOMES)
    spoil(consumption)
    assert ask(consumption, judged=150).not_judged == {reason: 1}


def test_a_meter_that_registers_a_twentieth_is_not_said_to_lack_history():
    consumption = specimen.household(seed=9, day_count=200, instruments=HOMES)
    consumption[125:, 3] *= 0.05
    assert ask(consumption, judged=190).not_judged == {"another_use": 1}


def test_thirty_days_are_too_few_for_anybody():
    assert ask(specimen.household(1, 30, HOMES), judged=0).not_judged == {"short_history": HOMES}
