from dataclasses import replace

import numpy as np
import pytest

from anomaly import specimen
from anomaly.detectors.slow_drift import SlowDrift
from anomaly.evidence import Evidence

JUDGE = SlowDrift()
A_YEAR = -0.0055
"""A drift of −87 % a year [1/d]."""


def drifting(kind: str = "water_meter", *, judged: int = 210, days: int = 430, rate: float = A_YEAR) -> Evidence:
    """Twenty-four homes in a common season; the fifth one's register ever slower from day 150 on."""
    season = 1 + 0.3 * np.sin(2 * np.pi * np.arange(days) / 365)
    use = specimen.household(21, days, 24) * season[:, None]
    use[150:, 4] *= np.exp(rate * np.arange(days - 150))
    return specimen.days(kind, use, judged=judged)


def test_a_drift_is_told_once_with_its_rate_and_onset():
    seen = drifting()
    [finding] = JUDGE.judge(seen).findings
    assert (finding.instrument, finding.register) == (5, "volume")
    assert finding.evidence["percent_a_year_from"] < -75 < finding.evidence["percent_a_year_to"] + 25  # type: ignore[operator]
    assert finding.magnitude.relative_percent is not None
    assert finding.magnitude.relative_percent < -75
    begun = seen.days["volume"].starts[150, 4] / 1e6
    assert finding.onset_earliest is not None
    assert finding.onset_latest is not None
    assert finding.onset_earliest.timestamp() <= begun + 21 * 86_400
    assert finding.onset_latest.timestamp() >= begun - 21 * 86_400


def test_it_does_not_matter_where_the_judged_period_begins():
    early = JUDGE.judge(drifting(judged=210)).findings
    [panel] = drifting().days.values()
    noticed = int(np.searchsorted(panel.starts[:, 4] / 1e6, early[0].noticed_at.timestamp()))
    assert JUDGE.judge(drifting(judged=noticed - 10)).findings == early
    assert JUDGE.judge(drifting(judged=noticed + 1)).findings == ()


def test_a_step_is_left_to_the_judges_of_steps():
    use = specimen.household(22, 430, 24)
    use[300:, 4] *= 0.2
    assert JUDGE.judge(specimen.days("water_meter", use, judged=210)).findings == ()


def test_a_drift_of_a_few_percent_is_not_told():
    assert JUDGE.judge(drifting(rate=-0.0002)).findings == ()


def test_gas_is_held_against_the_weather():
    days = 430
    cold = specimen.temperature(3, specimen.FIRST, days)
    use = specimen.household(3, days, 8) * (1 + 0.3 * np.maximum(0, 15 - cold))[:, None]
    honest = specimen.under_weather(specimen.days("gas_meter", use, judged=210), 3)
    assert JUDGE.judge(honest).findings == ()
    use[150:, 2] *= np.exp(-0.012 * np.arange(days - 150))
    [finding] = JUDGE.judge(specimen.under_weather(specimen.days("gas_meter", use, judged=210), 3)).findings
    assert finding.instrument == 3
    assert "weather" in finding.statement.en
    assert JUDGE.judge(replace(honest, weather=None)).not_judged == {"no_weather": 8}


def test_every_reason_is_counted_once():
    seen = drifting(rate=0.0)
    [panel] = seen.days.values()
    consumption = panel.consumption.copy()
    consumption[:, 0] = np.nan
    consumption[:380, 1] = np.nan
    consumption[:, 2] = 0.0
    readings = np.where(np.isfinite(consumption), 24, 0).astype(np.int32)
    spoiled = replace(seen, days={"volume": replace(panel, consumption=consumption, readings=readings)})
    assert JUDGE.judge(spoiled).not_judged == {"no_readings": 1, "short_history": 1, "idle_history": 1}


@pytest.mark.parametrize("seed", [41, 42, 43])
def test_homes_that_do_not_change_raise_no_alarm(seed: int):
    use = specimen.household(seed, 500, 300)
    assert JUDGE.judge(specimen.days("electricity_meter", use, judged=210)).findings == ()
