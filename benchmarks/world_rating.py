"""What every judge finds in simulated worlds whose truth is known, and what it says where nothing was done."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median

from anomaly.evidence import Evidence
from anomaly.judge import Judge, Sight
from anomaly.policy import Policy
from benchmarks import intervals
from benchmarks.listening import YEAR_DAYS, listen
from benchmarks.simulated_worlds import World, world
from benchmarks.verdicts import Fact, Said, compare
from metrology.finding import Finding, Grade

SEEDS = (9001, 9002, 9003)
"""Seeds of the worlds that rate: no judge and no parameter was developed on them."""
INSTRUMENTS = 900
FIRST, DAYS = date(2025, 1, 1), 365

_DAY = timedelta(days=1)


@dataclass
class Rating:
    """How one judge did on one kind, over all worlds.

    Parameters
    ----------
    played, delays, onsets
        Tamperings it is asked about; of those found the delay from onset to notice and the error of the onset [d].
    verdicts
        Findings by what explains them.
    years, silent
        Instrument-years put before it, and those of them that it did not judge [a].
    """

    played: int = 0
    delays: list[float] = field(default_factory=list)
    onsets: list[float] = field(default_factory=list)
    verdicts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    years: float = 0.0
    silent: float = 0.0


def rate(policy: Policy) -> dict[tuple[str, str], Rating]:
    """Ratings by (judge, kind) over the worlds of :data:`SEEDS`."""
    ratings: dict[tuple[str, str], Rating] = defaultdict(Rating)
    for seed in SEEDS:
        _add(ratings, world(seed, INSTRUMENTS, FIRST, DAYS), policy)
    return ratings


def _add(ratings: dict[tuple[str, str], Rating], one: World, policy: Policy) -> None:
    said: list[Said] = []
    for kind, evidence in one.evidence.items():
        for judge in policy.judges(kind):
            rating = ratings[judge.name, kind]
            findings, judged = _heard(judge, evidence)
            years = len(evidence.fleet) * DAYS / YEAR_DAYS
            rating.years += years
            rating.silent += years - judged
            said += [_said(judge, finding, evidence) for finding in findings]
    result = compare(one.truth, said, policy)
    for fact in one.truth:
        for name in fact.judges if fact.tampering else ():
            if (name, fact.kind) in ratings:
                ratings[name, fact.kind].played += 1
    for (fact, name), finding in result.first.items():
        rating = ratings[name, fact.kind]
        rating.delays.append((finding.noticed_at - fact.onset) / _DAY)
        rating.onsets.append((finding.onset - fact.onset) / _DAY)
    for (judge_name, kind), counted in _by_kind(one.truth, said, policy).items():
        for verdict, number in counted.items():
            ratings[judge_name, kind].verdicts[verdict] += number


def _by_kind(truth: list[Fact], said: list[Said], policy: Policy) -> dict[tuple[str, str], dict[str, int]]:
    counted: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for kind in {item.kind for item in said}:
        result = compare(truth, [item for item in said if item.kind == kind], policy)
        for (judge, verdict), number in result.verdicts.items():
            counted[judge, kind][verdict] += number
    return counted


def _heard(judge: Judge, evidence: Evidence) -> tuple[list[Finding], float]:
    """What a judge says of a world, and how many instrument-years of it it judged [a]."""
    if Sight.DAYS in judge.needs:
        heard = listen(judge, evidence)
        return heard.findings, heard.years
    answer = judge.judge(evidence)
    judged = len(evidence.fleet) - sum(answer.not_judged.values())
    return list(answer.findings), judged * DAYS / YEAR_DAYS


def _said(judge: Judge, finding: Finding, evidence: Evidence) -> Said:
    fleet = evidence.fleet
    return Said(judge.name, fleet.serials[finding.instrument - 1], fleet.kind.name, finding.onset, finding.noticed_at)


def section(policy: Policy) -> Iterator[str]:
    """Table of every judge and kind, as Markdown lines."""
    yield "### Simulated worlds with known truth"
    yield ""
    yield f"Cities of about {INSTRUMENTS} instruments walked by the hour from {FIRST} for {DAYS} days, seeds"
    yield f"{SEEDS}, on which nothing was developed. Recall with Wilson's 95 % interval; delay from onset to notice"
    yield "and error of the onset are medians. Unexplained: no tampering and no honestly empty home is near; a finding"
    yield "on an empty home is counted as false with them. The rate's limit is Poisson's, 95 %."
    yield ""
    yield (
        "| Judge | Kind | Played | Found | Recall | Delay [d] | Onset error [d] | Hits | On other tampering "
        "| On empty homes | Unexplained | False per 1,000 instrument-years | below, 95 % | Not judged |"
    )
    yield "|---|---|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    ratings = rate(policy)
    grades = {(judge.name, kind): judge.grade for _, kind in ratings for judge in policy.judges(kind)}
    for name, kind in sorted(ratings, key=lambda key: (grades[key] is Grade.STATISTICAL, key)):
        yield _row(name, kind, ratings[name, kind])


def _row(name: str, kind: str, rating: Rating) -> str:
    found = len(rating.delays)
    low, high = intervals.share(found, rating.played)
    recall = f"{found / rating.played:.0%} ({low:.0%}–{high:.0%})" if rating.played else "–"
    verdicts = [rating.verdicts[verdict] for verdict in ("hit", "other tampering", "empty home", "unexplained")]
    false, judged = sum(verdicts[2:]), rating.years - rating.silent
    cells = [
        f"| {name} | {kind} | {rating.played} | {found} | {recall}",
        _middle(rating.delays),
        _middle(rating.onsets),
        *map(str, verdicts),
        f"{1000 * false / judged:.0f}" if judged else "–",
        f"{1000 * intervals.mean_at_most(false) / judged:.0f}" if judged else "–",
        f"{abs(rating.silent) / rating.years:.0%} |",
    ]
    return " | ".join(cells)


def _middle(values: list[float]) -> str:
    return f"{median(values):.1f}" if values else "–"
