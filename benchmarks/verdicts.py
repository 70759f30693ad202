"""What findings say against the truth beside the data: found, missed, explained by something else, unexplained."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from anomaly.policy import Policy

JUDGES_OF = {
    "register_set_back": ("backward_register",),
    "silence": ("reading_gap",),
    "amount_over_charged": ("amount_mismatch",),
    "stopped_register": ("stopped_register",),
    "level_shift": ("level_shift", "scaled_shape", "weather_shift"),
}
"""Which judges are asked about which tampering mode, where the policy puts them to the kind."""

_SHIFT = timedelta(days=21)
SLACK = {
    "level_shift": _SHIFT,
    "scaled_shape": _SHIFT,
    "weather_shift": _SHIFT,
    "stopped_register": timedelta(days=2),
}
"""How far a finding's onset may lie outside the tampering that explains it; a shift's onset is an estimate."""

A_DAY = timedelta(days=1)
"""The slack of all others: the city's history is told by the day."""


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
    def judges(self) -> tuple[str, ...]:
        """Judges that are asked about it."""
        return JUDGES_OF[self.mode]

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
        By tampering found and judge the finding that noticed it first.
    """

    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    missed: Counter[tuple[str, str]] = field(default_factory=Counter)
    not_asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    unexplained: list[Said] = field(default_factory=list)
    first: dict[tuple[Fact, str], Said] = field(default_factory=dict)


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
        own = [fact for fact in near if fact.tampering and finding.judge in fact.judges]
        for fact in own:
            result.first.setdefault((fact, finding.judge), finding)
        if own:
            verdict = "hit"
        elif any(fact.tampering for fact in near):
            verdict = "other tampering"
        else:
            verdict = "empty home" if near else "unexplained"
        result.verdicts[finding.judge, verdict] += 1
        if verdict == "unexplained":
            result.unexplained.append(finding)
    found = {fact for fact, _ in result.first}
    for fact in truth:
        if fact.tampering:
            asked = any(judge.name in fact.judges for judge in policy.judges(fact.kind))
            counter = result.found if fact in found else result.missed if asked else result.not_asked
            counter[fact.mode, fact.kind] += 1
    return result
