"""Detection scorecard: what every judge says of recorded real data, and what it finds of injected faults.

Run as `python -m benchmarks.scorecard`; it prints the section and writes it between its marks in docs/scorecard.md.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median

from anomaly.detectors.level_shift import LevelShift
from anomaly.detectors.stopped_register import StoppedRegister
from anomaly.evidence import Evidence
from anomaly.judge import Judge
from anomaly.policy import Policy
from benchmarks import intervals
from benchmarks.injection import inject
from benchmarks.listening import listen
from benchmarks.page import write_section
from benchmarks.recorded import RECORDINGS, Recording, evidence
from metrology.civil import local_day
from metrology.finding import Finding, Grade

SEEDS = (11, 12, 13)
DECISIONS = (60.0, 90.0, 110.0, 140.0, 180.0)
WITHIN = timedelta(days=120)
HALVES = ("water_daiad", "electricity_london daily")
"""Recordings large enough to inject into."""

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
            unexplained = [finding for finding in heard.findings if not _documented(recording, whole, finding)]
            if not recording.simulated:
                total = pooled.setdefault(judge.name, [0.0, 0.0])
                total[0] += len(unexplained)
                total[1] += heard.years
            rows.append(
                f"| {recording.name} | {judge.name} | {heard.years:.1f} | {len(heard.findings)} | {len(unexplained)} | "
                f"{_rate(len(unexplained), heard.years)} | {_below(len(unexplained), heard.years)} |"
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
            f"| **all real recordings** | **{name}** | {years:.1f} | | {count:.0f} | **{_rate(count, years)}** "
            f"| {_below(int(count), years)} |"
        )
    yield ""
    yield "Every alarm:"
    yield ""
    yield "| Recording | Detector | Instrument | Onset | Noticed | Until | Size | What it looks like |"
    yield "|---|---|---|---|---|---|---|---|"
    yield from alarms


def shifts(wholes: dict[Recording, Evidence], policy: Policy) -> Iterator[str]:
    """Curve of false alarms against recall of the level shift detector, by decision interval."""
    yield "### Injected faults: level shift, recall against false alarms"
    yield ""
    yield f"A random half of the fleet registers only a share of its consumption from a random day on (seeds {SEEDS});"
    yield f"found: a fall noticed within {WITHIN.days} days after. Unexplained alarms are those of the untouched data."
    yield "The column −5 % shows what chance alone finds: this detector does not see errors of a few per cent."
    yield ""
    cuts = (0.95, 0.8, 0.5, 0.3)
    heads = " | ".join(f"−{100 * (1 - factor):.0f} %" for factor in cuts)
    yield f"| Recording | h [σ] | Unexplained | per 1,000 instrument-years | {heads} | Median delay at −70 % [d] |"
    yield "|---" * (5 + len(cuts)) + "|"
    for recording, whole in wholes.items():
        if recording.name not in HALVES:
            continue
        in_force = next(judge for judge in policy.judges(recording.kind) if isinstance(judge, LevelShift))
        for decision in sorted({*DECISIONS, in_force.decision_sigma}):
            judge = replace(in_force, decision_sigma=decision)
            honest = listen(judge, whole)
            wrong = [finding for finding in honest.findings if not _documented(recording, whole, finding)]
            cells: list[str] = []
            delays: list[int] = []
            for factor in cuts:
                found, asked, delays = recall(judge, whole, factor)
                cells.append(f"{found}/{asked}")
            mark = " (in force)" if decision == in_force.decision_sigma else ""
            yield (
                f"| {recording.name} | {decision:.0f}{mark} | {len(wrong)} in {honest.years:.1f} a | "
                f"{_rate(len(wrong), honest.years)} | {' | '.join(cells)} | {_middle(delays)} |"
            )


def stops(wholes: dict[Recording, Evidence], policy: Policy) -> Iterator[str]:
    """Recall and delay of the stopped register detector."""
    yield "### Injected faults: stopped register"
    yield ""
    yield "| Recording | Found within 120 days | Median delay [d] | Longest delay [d] | Onset exact |"
    yield "|---|---|---|---|---|"
    for recording, whole in wholes.items():
        if recording.name not in (*HALVES, "electricity_sgsc"):
            continue
        judge = next(judge for judge in policy.judges(recording.kind) if isinstance(judge, StoppedRegister))
        found, asked, delays = recall(judge, whole, 0.0)
        exact = sum(_onsets(judge, whole, seed) for seed in SEEDS)
        longest = max(delays, default=0)
        yield f"| {recording.name} | {found}/{asked} | {_middle(delays)} | {longest} | {exact}/{asked} |"


def recall(judge: Judge, whole: Evidence, factor: float) -> tuple[int, int, list[int]]:
    """Faults found, faults injected over all seeds, and the delays of those found [d]."""
    asked, delays = 0, []
    for seed in SEEDS:
        injected = inject(whole, factor, seed)
        heard = listen(judge, injected.evidence)
        asked += len(injected.begins)
        for number, begin in injected.begins.items():
            noticed = [
                local_day(finding.noticed_at, whole.fleet.zones[0])
                for finding in heard.findings
                if finding.instrument == number and (finding.magnitude.relative_percent or 0) < 0
            ]
            delays += [(day - begin).days + 1 for day in sorted(noticed) if begin <= day < begin + WITHIN][:1]
    return len(delays), asked, delays


def _onsets(judge: Judge, whole: Evidence, seed: int) -> int:
    injected = inject(whole, 0.0, seed)
    told = {
        (finding.instrument, local_day(finding.onset, whole.fleet.zones[0]))
        for finding in listen(judge, injected.evidence).findings
    }
    return sum(item in told for item in injected.begins.items())


def _concerns(judge: Judge, whole: Evidence) -> bool:
    """Whether the recording holds what the judge needs at all."""
    return sum(judge.judge(whole).not_judged.values()) < len(whole.fleet)


def _documented(recording: Recording, whole: Evidence, finding: Finding) -> str | None:
    serial = whole.fleet.serials[finding.instrument - 1]
    return next(
        (why for (name, begin), why in DOCUMENTED.items() if (name, serial[:8]) == (recording.name, begin)), None
    )


def _alarm(recording: Recording, whole: Evidence, judge: Judge, finding: Finding) -> str:
    zone = whole.fleet.zones[finding.instrument - 1]
    until = "–" if finding.until is None else str(local_day(finding.until, zone))
    size = f"{finding.magnitude.relative_percent:+.0f} %" if finding.magnitude.relative_percent is not None else ""
    look = _documented(recording, whole, finding) or _look(whole, finding)
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


def _rate(count: float, years: float) -> str:
    return f"{1000 * count / years:.0f}" if years else "–"


def _below(count: int, years: float) -> str:
    return _rate(intervals.mean_at_most(count), years)


def _middle(delays: list[int]) -> str:
    return f"{median(delays):.0f}" if delays else "–"


def section(folder: Path) -> str:
    """The whole section as Markdown."""
    policy = Policy.load()
    wholes = {recording: evidence(recording, folder) for recording in RECORDINGS}
    sizes = ", ".join(sorted({f"{recording.kind} {recording.size}" for recording in RECORDINGS}))
    lines = [
        "## Judges on recorded data",
        "",
        "Made by `python -m benchmarks.scorecard` from the recorded data beside the checkout,",
        f"with the policy `{policy.hash[:12]}`; every number of this section is printed by that command.",
        f"Sizes are declared for the test: {sizes}.",
        "",
    ]
    for part in (rules, detectors, shifts, stops):
        lines += [*part(wholes, policy), ""]
    return "\n".join(lines)


def main() -> int:
    """Print the section and write it into the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scorecard", description=__doc__)
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("--data", type=Path, default=root.parent / "shared" / "data", help="folder of the recordings")
    parser.add_argument("--page", type=Path, default=root / "docs" / "scorecard.md", help="page to write into")
    given = parser.parse_args()
    if not given.data.is_dir():
        print(f"there is no folder of recordings at {given.data}; name one with --data", file=sys.stderr)
        return 1
    text = section(given.data)
    print(text)
    write_section(given.page, "judges", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
