"""What the judges of drift say of honest data, and what they find: false alarms and power, as a page section.

Run as `python -m benchmarks.drift`; it prints the section and writes it between its marks in docs/scorecard.md.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np

from anomaly.detectors.slow_drift import SlowDrift
from anomaly.detectors.weather_shift import WeatherShift
from anomaly.evidence import Evidence
from benchmarks.gas_city import honest
from benchmarks.injection import Injected, inject
from benchmarks.listening import Heard, listen
from benchmarks.recorded import RECORDINGS, evidence
from benchmarks.section_command import run
from metrology.civil import DAY, local_day

SEEDS = (201, 202, 203)
"""Simulated cities that nobody developed on."""
METERS, DAYS = 300, 730
FACTORS = (0.8, 0.7, 0.5, 0.3)
WITHIN = timedelta(days=120)
DECISIONS = (6.0, 7.0, 8.0, 9.0)
LEAST = (40.0, 60.0, 75.0)
FALLS = (0.05, 0.5, 0.75, 0.9)
"""Injected drifts: shares lost in a year [1]."""
REAL = ("water_daiad", "electricity_london daily", "electricity_sgsc", "electricity_uci_household")
_HALF, _BEFORE, _AFTER = 0.5, 120, 180


def gas() -> Iterator[str]:
    """Shifts in the use of gas, on simulated cities."""
    cities = [honest(seed, METERS, DAYS) for seed in SEEDS]
    yield "### Gas under its weather: `weather_shift`"
    yield ""
    yield f"Honest simulated gas fleets, seeds {SEEDS}, {METERS} meters, {DAYS} days each. No recording of real gas"
    yield "with its weather lies beside the checkout: nothing here says how often real households change by themselves."
    yield f"Recall: falls of a random half of the meters, found within {WITHIN.days} days."
    yield ""
    yield (
        "| h [σ] | Alarms | Instrument-years | per 1,000 | "
        + " | ".join(f"−{100 * (1 - factor):.0f} %" for factor in FACTORS)
        + " |"
    )
    yield "|---" * (4 + len(FACTORS)) + "|"
    for decision in DECISIONS:
        judge = WeatherShift(decision_sigma=decision)
        heard = [listen(judge, city) for city in cities]
        alarms, years = sum(len(each.findings) for each in heard), sum(each.years for each in heard)
        cells = []
        for factor in FACTORS if decision == WeatherShift().decision_sigma else ():
            injected = [inject(city, factor, seed) for city, seed in zip(cities, SEEDS, strict=True)]
            found = sum(hits(listen(judge, each.evidence), each, WITHIN) for each in injected)
            cells.append(f"{found}/{sum(len(each.begins) for each in injected)}")
        cells = cells or ["" for _ in FACTORS]
        rate = f"{1000 * alarms / years:.1f}"
        yield f"| {_marked(decision, judge)} | {alarms} | {years:.0f} | {rate} | {' | '.join(cells)} |"
    yield ""
    drift = [listen(SlowDrift(), city) for city in cities]
    alarms, years = sum(len(each.findings) for each in drift), sum(each.years for each in drift)
    yield f"`slow_drift` on the same: {alarms} alarms in {years:.0f} instrument-years."


def _marked(decision: float, judge: WeatherShift) -> str:
    return f"{decision:.0f}{' (in force)' if decision == type(judge)().decision_sigma else ''}"


def drifts(folder: Path) -> Iterator[str]:
    """Slow drifts on recorded data: how far honest consumption drifts by itself."""
    wholes = {item.name: _days(evidence(item, folder)) for item in RECORDINGS if item.name in REAL}
    yield "### Slow drifts: `slow_drift`"
    yield ""
    yield "Alarms on the recordings as they are, by the smallest change a year that is told; and what is found of"
    yield f"drifts put into a random half from a random day on, seeds {SEEDS}, a share of consumption lost each year."
    yield ""
    yield (
        "| Recording | least a year | Alarms | Instrument-years | per 1,000 | "
        + " | ".join(f"−{100 * fall:.0f} %/a" for fall in FALLS)
        + " |"
    )
    yield "|---" * (5 + len(FALLS)) + "|"
    totals = {least: [0.0, 0.0] for least in LEAST}
    for name, whole in wholes.items():
        for least in LEAST:
            judge = SlowDrift(least_percent=least)
            heard = listen(judge, whole)
            totals[least][0] += len(heard.findings)
            totals[least][1] += heard.years
            cells = []
            for fall in FALLS:
                injected = [ramp(whole, fall, seed) for seed in SEEDS]
                found = sum(hits(listen(judge, each.evidence), each, timedelta(days=10_000)) for each in injected)
                cells.append(f"{found}/{sum(len(each.begins) for each in injected)}")
            rate = f"{1000 * len(heard.findings) / heard.years:.0f}"
            told = f"{len(heard.findings)} | {heard.years:.1f} | {rate}"
            yield f"| {name} | {least:.0f} % | {told} | {' | '.join(cells)} |"
    for least, (alarms, years) in totals.items():
        blank = "| " * len(FALLS)
        yield f"| **all** | {least:.0f} % | {alarms:.0f} | {years:.1f} | **{1000 * alarms / years:.0f}** {blank}|"


def ramp(whole: Evidence, fall: float, seed: int) -> Injected:
    """Let a random half of the fleet register ever less from a random day on: a share of the consumption a year."""
    chance = np.random.default_rng(seed)
    begins, days = {}, {}
    for name, panel in whole.days.items():
        consumption = panel.consumption.copy()
        for owner in range(consumption.shape[1]):
            known = np.flatnonzero(np.isfinite(consumption[:, owner]))
            if len(known) < _BEFORE + _AFTER or chance.random() < _HALF:
                continue
            row = int(known[chance.integers(_BEFORE, len(known) - _AFTER + 1)])
            consumption[row:, owner] *= (1 - fall) ** (np.arange(len(consumption) - row) / 365.25)
            begins[int(whole.fleet.ids[owner])] = panel.first + row * DAY
        days[name] = replace(panel, consumption=consumption)
    return Injected(replace(whole, days=days), begins)


def hits(heard: Heard, injected: Injected, within: timedelta) -> int:
    """Falls found within some time after they set in."""
    zone = injected.evidence.fleet.zones[0]
    return sum(
        any(
            finding.instrument == number
            and (finding.magnitude.relative_percent or 0) < 0
            and begin <= local_day(finding.noticed_at, zone) < begin + within
            for finding in heard.findings
        )
        for number, begin in injected.begins.items()
    )


def _days(whole: Evidence) -> Evidence:
    """Without hours: these judges do not ask for them."""
    return replace(whole, readings={}, days={name: replace(panel, hourly=None) for name, panel in whole.days.items()})


def section(folder: Path) -> str:
    """The whole section as Markdown."""
    lines = ["## Drift", "", "Made by `python -m benchmarks.drift`; every number of this section is printed by it.", ""]
    lines += [*gas(), "", *drifts(folder), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(run("benchmarks.drift", __doc__, section, mark="drift"))
