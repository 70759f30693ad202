"""What rules and detectors say of recorded real data, in which nobody put a fault; and what each alarm looks like."""

from collections.abc import Iterable, Iterator
from statistics import median

from anomaly.evidence import Evidence
from anomaly.judge import Judge
from anomaly.policy import Policy
from benchmarks import intervals
from benchmarks.listening import listen
from benchmarks.recorded import Recording
from metrology.civil import local_day
from metrology.finding import Finding, Grade

DOCUMENTED = {
    ("water_daiad", "14388098"): "frozen register, named in the data's README",
    ("water_daiad", "08f33d34"): "frozen register, named in the data's README",
    ("electricity_sgsc", "10006704"): "zero for 83 days, named in the data's README",
    ("electricity_sgsc", "10017994"): "zero for 50 days, named in the data's README",
    ("electricity_sgsc", "10017554"): "zero for 16 days, named in the data's README",
}
"""Faults that the data's own description names: found, they are no false alarms."""


def rules(wholes: dict[Recording, Evidence], policy: Policy) -> Iterator[str]:
    """Table of what the rules found."""
    yield "### Rules on recorded data"
    yield ""
    yield "| Recording | Rule | Findings | Instruments with findings | Not judged |"
    yield "|---|---|---|---|---|"
    for recording, whole in wholes.items():
        for judge in policy.judges(recording.kind):
            if judge.grade is Grade.EXACT and _concerns(judge, whole):
                answer = judge.judge(whole)
                speaking = len({finding.instrument for finding in answer.findings})
                missing = ", ".join(f"{count} {code}" for code, count in sorted(answer.not_judged.items())) or "–"
                yield f"| {recording.name} | {judge.name} | {len(answer.findings)} | {speaking} | {missing} |"


def detectors(wholes: dict[Recording, Evidence], policy: Policy) -> Iterator[str]:
    """Table of false alarms on recorded data, and every alarm of them."""
    rows, alarms = [], []
    pooled: dict[str, list[float]] = {}
    for recording, whole in wholes.items():
        for judge in policy.judges(recording.kind):
            if judge.grade is not Grade.STATISTICAL or not whole.days:
                continue
            heard = listen(judge, whole)
            unexplained = [finding for finding in heard.findings if not documented(recording, whole, finding)]
            if not recording.simulated:
                total = pooled.setdefault(judge.name, [0.0, 0.0])
                total[0] += len(unexplained)
                total[1] += heard.years
            rows.append(
                f"| {recording.name} | {judge.name} | {heard.years:.1f} | {len(heard.findings)} | {len(unexplained)} | "
                f"{rate(len(unexplained), heard.years)} | {_below(len(unexplained), heard.years)} |"
            )
            alarms += [_alarm(recording, whole, judge, finding) for finding in heard.findings]
    yield "### Detectors on recorded data: alarms where nobody put a fault"
    yield ""
    yield "Asked month by month with the memory of each, ignorant of the future. An alarm is unexplained where the"
    yield "data's own README does not name the fault; it counts as false, though a household may well have changed."
    yield "The policy's parameters were chosen on these same recordings: the rates are a fit to them, not a forecast;"
    yield "the last column is the rate that so few alarms exclude with 95 % confidence (Poisson)."
    yield ""
    yield (
        "| Recording | Detector | Instrument-years judged | Alarms | Unexplained | per 1,000 instrument-years "
        "| below, 95 % |"
    )
    yield "|---|---|---|---|---|---|---|"
    yield from rows
    for name, (count, years) in sorted(pooled.items()):
        yield (
            f"| **all real recordings** | **{name}** | {years:.1f} | | {count:.0f} | **{rate(count, years)}** "
            f"| {_below(int(count), years)} |"
        )
    yield ""
    yield "Every alarm:"
    yield ""
    yield "| Recording | Detector | Instrument | Onset | Noticed | Until | Size | What it looks like |"
    yield "|---|---|---|---|---|---|---|---|"
    yield from alarms


def _concerns(judge: Judge, whole: Evidence) -> bool:
    """Whether the recording holds what the judge needs at all."""
    return sum(judge.judge(whole).not_judged.values()) < len(whole.fleet)


def documented(recording: Recording, whole: Evidence, finding: Finding) -> str | None:
    """What the data's own description says of a finding; None where it says nothing."""
    serial = whole.fleet.serials[finding.instrument - 1]
    return next(
        (why for (name, begin), why in DOCUMENTED.items() if (name, serial[:8]) == (recording.name, begin)), None
    )


def _alarm(recording: Recording, whole: Evidence, judge: Judge, finding: Finding) -> str:
    zone = whole.fleet.zones[finding.instrument - 1]
    until = "–" if finding.until is None else str(local_day(finding.until, zone))
    size = f"{finding.magnitude.relative_percent:+.0f} %" if finding.magnitude.relative_percent is not None else ""
    look = documented(recording, whole, finding) or _look(whole, finding)
    return (
        f"| {recording.name} | {judge.name} | {whole.fleet.serials[finding.instrument - 1][:24]} | "
        f"{local_day(finding.onset, zone)} | {local_day(finding.noticed_at, zone)} | {until} | {size} | {look} |"
    )


def _look(whole: Evidence, finding: Finding) -> str:
    """What became of the consumption after the notice, against the level before the onset."""
    panel = next(panel for name, panel in whole.days.items() if name == finding.register)
    owner = finding.instrument - 1
    zone = whole.fleet.zones[owner]
    onset = (local_day(finding.onset, zone) - panel.first).days
    noticed = (local_day(finding.noticed_at, zone) - panel.first).days
    usual = _level(panel.consumption[max(0, onset - 56) : onset, owner])
    later = _level(panel.consumption[noticed + 30 : noticed + 90, owner])
    if later is None or not usual:
        return "too few days are known afterwards to tell whether it lasts"
    share = later / usual
    if 2 / 3 < share < 3 / 2:
        return f"passing: one to three months later at {100 * share:.0f} % of the level before"
    return f"lasting: one to three months later still at {100 * share:.0f} % of the level before"


def _level(values: Iterable[float]) -> float | None:
    known = [float(value) for value in values if value == value]  # noqa: PLR0124 - NaN differs from itself
    return median(known) if len(known) >= 20 else None  # noqa: PLR2004 - days enough for a level


def rate(count: float, years: float) -> str:
    """Per 1,000 instrument-years."""
    return f"{1000 * count / years:.0f}" if years else "–"


def _below(count: int, years: float) -> str:
    return rate(intervals.mean_at_most(count), years)
