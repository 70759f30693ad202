from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from anomaly import specimen
from anomaly.detectors.scaled_shape import ScaledShape
from anomaly.evidence import Evidence
from metrology.civil import DAY, midnight

HOMES, DAYS, JUDGED, FAULT, HOME = 24, 300, 210, 200, 7


def seen(consumption: specimen.Numbers) -> Evidence:
    return specimen.hours(specimen.days("electricity_meter", consumption, judged=JUDGED))


@pytest.fixture
def consumption() -> specimen.Numbers:
    return specimen.household(seed=9, day_count=DAYS, instruments=HOMES)


@pytest.mark.parametrize("factor", [0.3, 0.5, 4.0], ids=["most", "half", "rise"])
def test_another_scale_is_dated_and_sized(consumption: specimen.Numbers, factor: float):
    consumption[FAULT:, HOME] *= factor
    (finding,) = ScaledShape().judge(seen(consumption)).findings
    assert finding.instrument == HOME + 1
    onset = midnight(specimen.FIRST + FAULT * DAY, specimen.ZONE)
    assert abs(finding.onset - onset) <= timedelta(days=3)
    assert finding.onset_earliest <= onset <= finding.onset_latest
    relative = finding.evidence["relative_percent"]
    assert abs(relative - 100 * (factor - 1)) < finding.evidence["relative_uncertainty_percent"] + 3
    parts = finding.evidence["change_percent"]
    assert set(parts) == {"total", "smallest_hour", "usual_hour", "largest_hour"}
    assert all((part < 0) == (factor < 1) for part in parts.values())


def test_a_base_that_stays_is_people_and_not_the_meter(consumption: specimen.Numbers):
    evidence = seen(consumption)
    panel = evidence.days["active_energy_import"]
    hourly = panel.hourly.copy()
    base = hourly[:, :, HOME].min(axis=1)
    cut = base[FAULT:, None] + 0.3 * (hourly[FAULT:, :, HOME] - base[FAULT:, None])
    hourly[FAULT:, :, HOME] = cut
    days = panel.consumption.copy()
    days[FAULT:, HOME] = cut.sum(axis=1)
    evidence = replace(evidence, days={panel.register.name: replace(panel, consumption=days, hourly=hourly)})
    assert ScaledShape().judge(evidence).findings == ()


def test_without_hours_nobody_is_judged(consumption: specimen.Numbers):
    days = specimen.days("electricity_meter", consumption, judged=JUDGED)
    assert ScaledShape().judge(days).not_judged == {"no_hours": HOMES}


def test_days_without_enough_hours_count_as_none(consumption: specimen.Numbers):
    evidence = seen(consumption)
    panel = evidence.days["active_energy_import"]
    hourly = panel.hourly.copy()
    hourly[:, 10:, HOME] = np.nan
    evidence = replace(evidence, days={panel.register.name: replace(panel, hourly=hourly)})
    assert ScaledShape().judge(evidence).not_judged == {"no_hours": 1}


def test_the_same_week_gets_the_same_answer_in_any_period(consumption: specimen.Numbers):
    consumption[FAULT:, HOME] *= 0.4
    evidence = seen(consumption)
    (whole,) = ScaledShape().judge(evidence).findings
    told = []
    panel = evidence.days["active_energy_import"]
    for judged in (JUDGED + 7, JUDGED + 20, JUDGED + 41):
        later = replace(
            evidence,
            days={panel.register.name: replace(panel, judged=judged)},
            period=replace(evidence.period, first=panel.first + judged * DAY),
        )
        told += ScaledShape().judge(later).findings
    assert {(finding.onset, finding.noticed_at) for finding in told} == {(whole.onset, whole.noticed_at)}
