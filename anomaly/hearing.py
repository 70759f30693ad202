"""Putting the judges' questions to the evidence of one stretch, and keeping what each of them said."""

import logging
import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

import numpy as np
from numpy.typing import NDArray

from anomaly import gather
from anomaly.appraisal import appraise
from anomaly.evidence import Evidence, Period
from anomaly.gather import Block, Stretch
from anomaly.judge import REMEMBERED, Judge, Sight
from anomaly.peers import by_region
from anomaly.policy import Policy
from metrology.civil import DAY, midnight
from metrology.finding import Finding
from store.connection import Connection
from store.findings import Appraised, Judged, Silent

JUDGE_FAILED = "judge_failed"
"""Why instruments were not judged where the judge itself failed; the log has the cause."""

logger = logging.getLogger("hengjian.watch")


@dataclass
class Voices:
    """What judges said of one stretch, kind after kind: one judge speaks once for the whole block.

    Parameters
    ----------
    said
        Findings of each judge that was asked, with their meaning.
    asked
        How many instruments each judge was asked about, by (judge, kind).
    silent
        Which of them it could not judge, and why, by (judge, kind) and reason.
    failed
        Judges that failed.
    """

    said: dict[str, list[Appraised]] = field(default_factory=lambda: defaultdict(list))
    asked: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    silent: dict[tuple[str, str], dict[str, Silent]] = field(default_factory=lambda: defaultdict(dict))
    failed: set[str] = field(default_factory=set)

    @property
    def asked_judges(self) -> frozenset[str]:
        """Names of the judges that were asked."""
        return frozenset(name for name, _ in self.asked)

    def hear(self, judge: Judge, seen: Evidence, policy: Policy) -> None:
        """Put a judge's question; one that fails is left out and counted: it must not silence the others."""
        self.asked[judge.name, seen.fleet.kind.name] += len(seen.fleet)
        try:
            self._hear(judge, seen, policy)
        except Exception:
            logger.exception("%s failed on %d instruments", judge.name, len(seen.fleet))
            self.failed.add(judge.name)
            self._keep(judge, seen, JUDGE_FAILED, len(seen.fleet), seen.fleet.ids)

    def _hear(self, judge: Judge, seen: Evidence, policy: Policy) -> None:
        judgement = judge.judge(seen)
        classes = dict(zip(seen.fleet.ids.tolist(), seen.fleet.accuracy_classes, strict=True))
        zones = dict(zip(seen.fleet.ids.tolist(), seen.fleet.zones, strict=True))
        kind = seen.fleet.kind
        voice = self.said[judge.name]
        for finding in judgement.findings:
            meaning = appraise(finding, judge, kind, classes[finding.instrument], policy)
            begin, end = _window(judge, finding, seen.period, zones[finding.instrument])
            voice.append(
                Appraised(
                    finding,
                    meaning.severity,
                    meaning.reasons,
                    meaning.mpe_percent,
                    meaning.mpe_source,
                    meaning.cost_amount,
                    meaning.cost_basis,
                    meaning.cost_quantity,
                    meaning.cost_price,
                    begin,
                    end,
                ),
            )
        for reason, count in judgement.not_judged.items():
            which = getattr(count, "which", None)
            self._keep(judge, seen, reason, int(count), None if which is None else seen.fleet.ids[which])

    def _keep(self, judge: Judge, seen: Evidence, reason: str, count: int, ids: NDArray[np.int64] | None) -> None:
        reasons = self.silent[judge.name, seen.fleet.kind.name]
        reasons[reason] = reasons.get(reason, Silent()) + (Silent(count, None) if ids is None else Silent.of(ids))


def put_rules(policy: Policy, stretch: Stretch, first: date, last: date) -> tuple[Judged, Voices]:
    """Put the judges without memory to the civil days of a stretch that was looked at with its neighbours."""
    judged, voices = judged_days(stretch.block, first, last), Voices()
    period = Period(first, last, judged.horizon)
    for kind in stretch.block.fleets:
        seen = gather.rule_evidence(stretch, kind, period)
        for judge in policy.judges(kind):
            if not judge.needs & REMEMBERED:
                voices.hear(judge, seen, policy)
    return judged, voices


def put_detectors(
    connection: Connection, policy: Policy, members: Block, days: tuple[date, ...], first: date, last: date
) -> tuple[Judged, Voices]:
    """Put the judges of days to the days of one month; those alone whose memory reaches one of `days`.

    Days are read once for all judges of a kind, and once more by the hour for those who ask for hours.
    """
    judged, voices = judged_days(members, first, last), Voices()
    period = Period(first, last, judged.horizon)
    for kind in members.fleets:
        asked = [
            judge
            for judge in policy.judges(kind)
            if judge.needs & REMEMBERED and any(first - judge.memory <= day <= last for day in days)
        ]
        for by_hour in (False, True):
            alike = [judge for judge in asked if (Sight.HOURS in judge.needs) is by_hour]
            if not alike:
                continue
            seen = gather.detector_evidence(
                connection,
                members,
                kind,
                period,
                max(judge.memory for judge in alike),
                by_hour=by_hour,
                outdoors=any(Sight.WEATHER in judge.needs for judge in alike),
            )
            parts = by_region(seen) if any(judge.compares_instruments for judge in alike) else []
            for judge in alike:
                for part in parts if judge.compares_instruments else [seen]:
                    voices.hear(judge, gather.recent(part, judge), policy)
    return judged, voices


def _window(judge: Judge, finding: Finding, period: Period, zone: str) -> tuple[datetime, datetime]:
    """From when to when the data reach that a claim was made from.

    A judge without memory needs what it speaks of and nothing else. One with memory was shown whole days from before
    its month on, up to the end of what it speaks of, or to the horizon where that lasts.
    """
    seen = max(finding.noticed_at, finding.until or finding.noticed_at)
    if not judge.needs & REMEMBERED:
        return finding.onset_earliest or finding.onset, seen
    begin = midnight(period.first - timedelta(days=math.ceil(judge.memory / DAY)), zone)
    return min(begin, finding.onset), seen if finding.until else max(seen, midnight(period.last + DAY, zone))


def judged_days(members: Block, first: date, last: date) -> Judged:
    """Civil days of a block as a judged stretch, with its ends in any zone of the block."""
    start, end = members.stretch(first, last)
    return Judged(members.number, first, last, start, end, partial(members.covers, first, last), horizon=end)
