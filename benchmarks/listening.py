"""What a detector says of a recording or a world, asked month by month as a live watch asks it."""

from dataclasses import dataclass

from anomaly.evidence import Evidence
from anomaly.judge import Judge
from benchmarks.recorded import months
from metrology.finding import Finding

YEAR_DAYS = 365.25


@dataclass(frozen=True)
class Heard:
    """What a detector said of a recording, month by month as a live watch asks it.

    Parameters
    ----------
    findings
        One of each key, as last told.
    years
        Instrument-years judged [a].
    """

    findings: list[Finding]
    years: float


def listen(judge: Judge, whole: Evidence) -> Heard:
    """Ask a detector month by month; what it could not judge does not count as time judged."""
    told: dict[tuple[object, ...], Finding] = {}
    years = 0.0
    for seen in months(whole, judge.memory):
        answer = judge.judge(seen)
        for finding in answer.findings:
            told[finding.instrument, finding.register, finding.onset] = finding
        judged = len(whole.fleet) - sum(answer.not_judged.values())
        years += judged * ((seen.period.last - seen.period.first).days + 1) / YEAR_DAYS
    return Heard(sorted(told.values(), key=lambda finding: (finding.instrument, finding.noticed_at)), years)
