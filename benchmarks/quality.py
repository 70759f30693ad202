"""How often real recordings get each quality code, and what the rules of data quality make of them.

    python -m benchmarks.quality ../shared/data

Printed per recording: days of registers looked at, and of each code how many of 1,000 such days bear it. The recordings
carry no stamps of receipt, so the codes of receipt are not among them.
"""

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from anomaly.day_flags import MEMORY_DAYS, flags
from anomaly.detectors.repeated_profile import RepeatedProfile
from anomaly.evidence import Evidence, Period
from anomaly.summarise import UNKNOWN, summarise
from benchmarks.recorded import RECORDINGS, Recording, evidence
from metrology.civil import DAY, HOURS, fleet_hour_starts

_YEAR_DAYS = 365.25


def by_hour(recording: Recording, folder: Path) -> Evidence:
    """A recording as one judged period behind 28 days of memory, its days known by the hour."""
    whole = evidence(recording, folder)
    days = {}
    for name, columns in whole.readings.items():
        panel = whole.days[name]
        starts = fleet_hour_starts(panel.first, panel.days, whole.fleet.zones)
        summed = summarise(columns.instrument, columns.taken_at, columns.value, starts)
        hourly = np.full((panel.days, HOURS, len(whole.fleet)), np.nan, dtype=np.float32)
        told = np.where(summed.hourly == UNKNOWN, np.nan, summed.hourly * float(panel.register.resolution))
        hourly[summed.day, :, summed.instrument] = told
        days[name] = replace(panel, hourly=hourly, judged=MEMORY_DAYS)
    first = whole.period.first + MEMORY_DAYS * DAY
    return replace(whole, days=days, period=Period(first, whole.period.last, whole.period.horizon))


def rates(recording: Recording, folder: Path) -> tuple[int, Counter[str]]:
    """Days looked at that have readings, and how many bear each code."""
    seen = by_hour(recording, folder)
    looked = sum(int(np.count_nonzero(panel.readings[panel.judged :])) for panel in seen.days.values())
    found: Counter[str] = Counter()
    for each in flags(seen):
        found[each.code.value] += len(each.row)
    return looked, found


def table(folder: Path) -> str:
    """Markdown table of every recording of registers."""
    lines = ["| recording | days | flagged days of 1,000 |", "| --- | --- | --- |"]
    years, alarms = 0.0, 0
    for recording in RECORDINGS:
        if recording.name.startswith("ev_"):
            continue
        looked, found = rates(recording, folder)
        told = ", ".join(f"`{code}` {1000 * count / looked:.1f}" for code, count in sorted(found.items()))
        lines.append(f"| {recording.name} | {looked:,} | {told} |")
        if not recording.simulated:
            seen = by_hour(recording, folder)
            hours = next(iter(seen.days.values())).hourly
            years += 0 if hours is None else np.count_nonzero(np.all(np.isfinite(hours), axis=1)) / _YEAR_DAYS
            alarms += len(RepeatedProfile().judge(seen).findings)
    lines.append(
        f"\n`repeated_profile` on real recordings: {alarms} alarms in {years:.1f} instrument-years known by the hour."
    )
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(Path(sys.argv[1])))
