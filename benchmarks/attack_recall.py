"""What the judges in force find of the synthetic thefts of the literature, attack by attack.

Run as `python -m benchmarks.attack_recall`; it prints the section.
"""

import sys
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from statistics import mean

from anomaly.detectors.level_shift import LevelShift
from anomaly.detectors.scaled_shape import ScaledShape
from anomaly.detectors.stopped_register import StoppedRegister
from anomaly.evidence import Evidence
from anomaly.judge import Judge
from anomaly.policy import Policy
from benchmarks.attacks import ATTACKS, TARIFF_ONLY
from benchmarks.injection import attack
from benchmarks.listening import listen
from benchmarks.recorded import RECORDINGS, evidence
from benchmarks.section_command import run
from metrology.civil import local_day
from metrology.finding import Finding

SEEDS = (21, 22, 23)
"""Seeds that nothing was developed on."""
WITHIN = timedelta(days=120)
RECORDED = ("electricity_sgsc", "electricity_london half-hourly", "electricity_london daily", "water_daiad")
ASKED = (LevelShift, ScaledShape, StoppedRegister)


def found(whole: Evidence, name: str, judges: Sequence[Judge]) -> tuple[dict[str, int], int, float]:
    """Attacks found by each judge and by any of them, attacks played, and the mean share of consumption taken."""
    hits = {judge.name: 0 for judge in judges} | {"any": 0}
    played, taken = 0, []
    for seed in SEEDS:
        attacked = attack(whole, name, seed)
        played += len(attacked.begins)
        taken += list(attacked.taken.values())
        caught: set[int] = set()
        for judge in judges:
            told = listen(judge, attacked.evidence).findings
            mine = {finding.instrument for finding in told if _timely(finding, attacked.begins, whole)}
            hits[judge.name] += len(mine)
            caught |= mine
        hits["any"] += len(caught)
    return hits, played, mean(taken) if taken else 0.0


def _timely(finding: Finding, begins: dict[int, date], whole: Evidence) -> bool:
    begin = begins.get(finding.instrument)
    if begin is None or (finding.magnitude.relative_percent or 0) >= 0:
        return False
    return begin <= local_day(finding.noticed_at, whole.fleet.zones[0]) < begin + WITHIN


def section(folder: Path) -> Iterator[str]:
    """Table of every recording and attack, as Markdown lines."""
    policy = Policy.load()
    yield "### Synthetic thefts, attack by attack"
    yield ""
    yield f"A random half of each recording's instruments tells what the thief of a paper tells (seeds {SEEDS}), from a"
    yield "random day on; found: a fall noticed by a judge in force within 120 days. Formulas: `benchmarks/attacks.py`."
    yield "h5, h6, t5, t6 and a5 take no energy: only a tariff makes them theft, and no total shows them. Whether such"
    yield "attacks are like real ones is open; no judge was trained on them."
    yield ""
    yield "| Recording | Attack | Taken | Played | level_shift | scaled_shape | stopped_register | any |"
    yield "|---|---|--:|--:|--:|--:|--:|--:|"
    for recorded in RECORDED:
        recording = next(recording for recording in RECORDINGS if recording.name == recorded)
        whole = evidence(recording, folder)
        judges = [judge for judge in policy.judges(whole.fleet.kind.name) if isinstance(judge, ASKED)]
        for name in ATTACKS:
            hits, played, taken = found(whole, name, judges)
            share = "no energy" if name in TARIFF_ONLY else f"{100 * taken:.0f} %"
            cells = [str(hits.get(judge, "–")) for judge in ("level_shift", "scaled_shape", "stopped_register", "any")]
            yield f"| {recorded} | {name} | {share} | {played} | {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(run("benchmarks.attack_recall", __doc__, lambda folder: "\n".join(section(folder))))
