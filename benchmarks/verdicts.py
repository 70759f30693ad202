"""What findings say against the truth beside the data: found, missed, explained by something else, unexplained."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from anomaly.policy import Policy

JUDGE_OF = {
    "register_set_back": "backward_register",
    "silence": "reading_gap",
    "amount_over_charged": "amount_mismatch",
    "stopped_register": "stopped_register",
    "level_shift": "level_shift",
}
"""Which judge is asked about which tampering mode."""

JUDGE_OF_KIND = {("level_shift", "gas_meter"): "weather_shift"}
"""Which other judge is asked about a mode on instruments of one kind."""

SLACK = {"level_shift": timedelta(days=21), "weather_shift": timedelta(days=21), "stopped_register": timedelta(days=2)}
"""How far a finding's onset may lie outside the tampering that explains it; a CUSUM's onset is an estimate."""

A_DAY = timedelta(days=1)
"""The slack of all others: the city's history is told by the day."""


def judge_of(mode: str, kind: str) -> str:
    """Judge that is asked about a tampering mode on instruments of a kind."""
    return JUDGE_OF_KIND.get((mode, kind), JUDGE_OF[mode])


@dataclass(frozen=True)
class Fact:
    """One line of the truth file."""

    instrument: str
    kind: str
    mode: str
    onset: datetime
    until: datetime | None
    tampering: bool

    @property
    def judge(self) -> str:
        """Judge that is asked about it."""
        return judge_of(self.mode, self.kind)

    def explains(self, onset: datetime, slack: timedelta) -> bool:
        """Whether something that set in then lies inside, or within the slack of it."""
        return self.onset - slack <= onset and (self.until is None or onset <= self.until + slack)


@dataclass(frozen=True)
class Said:
    """One finding."""

    judge: str
    instrument: str
    kind: str
    onset: datetime
    noticed_at: datetime


@dataclass
class Comparison:
    """Truth against findings.

    Parameters
    ----------
    found, missed
        Tamperings about which their judge is asked, by (mode, kind).
    not_asked
        Tamperings of kinds whose policy does not name the judge.
    verdicts
        Findings by (judge, what explains them).
    unexplained
        Findings that nothing explains.
    first
        Of each tampering found the finding that noticed it first.
    """

    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    missed: Counter[tuple[str, str]] = field(default_factory=Counter)
    not_asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    unexplained: list[Said] = field(default_factory=list)
    first: dict[Fact, Said] = field(default_factory=dict)


def facts(path: Path) -> Iterator[Fact]:
    """Lines of a truth file."""
    for line in path.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        until = datetime.fromisoformat(told["until"]) if told["until"] else None
        onset = datetime.fromisoformat(told["onset"])
        yield Fact(told["instrument"], told["kind"], told["mode"], onset, until, told["tampering"])


def compare(truth: list[Fact], said: list[Said], policy: Policy) -> Comparison:
    """Which tamperings were found by their judge, and what explains each finding.

    A finding counts as a hit where it sets in during a tampering about which its judge is asked, as the other
    tampering's where it sets in during one that another judge is asked about, as the empty home's where it sets in
    while a home honestly stood empty, and as unexplained otherwise.
    """
    result = Comparison()
    of_instrument: dict[str, list[Fact]] = {}
    for fact in truth:
        of_instrument.setdefault(fact.instrument, []).append(fact)
    for finding in sorted(said, key=lambda finding: finding.noticed_at):
        slack = SLACK.get(finding.judge, A_DAY)
        near = [fact for fact in of_instrument.get(finding.instrument, []) if fact.explains(finding.onset, slack)]
        own = [fact for fact in near if fact.tampering and fact.judge == finding.judge]
        for fact in own:
            result.first.setdefault(fact, finding)
        if own:
            verdict = "hit"
        elif any(fact.tampering for fact in near):
            verdict = "other tampering"
        else:
            verdict = "empty home" if near else "unexplained"
        result.verdicts[finding.judge, verdict] += 1
        if verdict == "unexplained":
            result.unexplained.append(finding)
    for fact in truth:
        if fact.tampering:
            asked = any(judge.name == fact.judge for judge in policy.judges(fact.kind))
            counter = result.found if fact in result.first else result.missed if asked else result.not_asked
            counter[fact.mode, fact.kind] += 1
    return result
