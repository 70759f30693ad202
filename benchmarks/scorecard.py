"""Detection scorecard: what every judge says of simulated worlds, of recorded real data, and of faults put into them.

Run as `make scorecard` or `python -m benchmarks.scorecard`; it prints the section and writes it between its marks in
docs/scorecard.md.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median

from anomaly.detectors.level_shift import LevelShift
from anomaly.evidence import Evidence
from anomaly.judge import Judge
from anomaly.policy import Policy
from benchmarks import attack_recall, recall_curve, recorded_rating, rule_faults, stops, world_rating
from benchmarks.injection import inject
from benchmarks.listening import listen
from benchmarks.recorded import RECORDINGS, Recording, evidence
from benchmarks.section_command import run
from metrology.civil import local_day

SEEDS = (11, 12, 13)
DECISIONS = (4.0, 5.0, 6.0, 7.0, 8.0)
WITHIN = timedelta(days=120)
HALVES = ("water_daiad", "electricity_london daily")
"""Recordings large enough to inject into."""


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
            wrong = [
                finding for finding in honest.findings if not recorded_rating.documented(recording, whole, finding)
            ]
            cells: list[str] = []
            delays: list[int] = []
            for factor in cuts:
                found, asked, delays = recall(judge, whole, factor)
                cells.append(f"{found}/{asked}")
            mark = " (in force)" if decision == in_force.decision_sigma else ""
            yield (
                f"| {recording.name} | {decision:g}{mark} | {len(wrong)} in {honest.years:.1f} a | "
                f"{recorded_rating.rate(len(wrong), honest.years)} | {' | '.join(cells)} | {_middle(delays)} |"
            )


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


def _middle(delays: list[int]) -> str:
    return f"{median(delays):.0f}" if delays else "–"


def section(folder: Path) -> str:
    """The whole section as Markdown."""
    policy = Policy.load()
    wholes = {recording: evidence(recording, folder) for recording in RECORDINGS}
    sizes = ", ".join(sorted({f"{recording.kind} {recording.size}" for recording in RECORDINGS}))
    lines = [
        "## Judges on simulated and recorded data",
        "",
        "Made by `python -m benchmarks.scorecard` from the recorded data beside the checkout,",
        f"with the policy `{policy.hash[:12]}`; every number of this section is printed by that command.",
        f"Sizes are declared for the test: {sizes}.",
        "",
    ]
    for part in (rule_faults.section, world_rating.section):
        lines += [*part(policy), ""]
    for of_recordings in (recorded_rating.rules, recorded_rating.detectors, shifts, stops.section):
        lines += [*of_recordings(wholes, policy), ""]
    lines += [recall_curve.section(folder), *attack_recall.section(folder), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(run("benchmarks.scorecard", __doc__, section, mark="judges"))
