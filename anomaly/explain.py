"""Recomputing an alert from the stored data, with the judge and the parameters that it keeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from anomaly.catalogue import CATALOGUE
from anomaly.judge import Judge
from anomaly.policy import Policy
from anomaly.replay import Difference, Key, Told, difference, replay_block, with_judge
from anomaly.silence_replay import silence_now
from anomaly.source_silence import SourceSilence
from metrology.civil import local_day
from metrology.wording import Wording
from store import recorded
from store.connection import Connection
from store.due import BLOCK_BITS
from store.findings import Appraised
from store.recorded import Recorded

_VERSION = Wording(
    zh="判据“{judge}”当时为第{then}版，现为第{now}版：以现版本重算。",
    en="{judge} was at version {then}, now it is at {now}: recomputed with the present one.",
)
_POLICY = Wording(
    zh="判定策略已更改（当时{then}，现为{now}）：以告警所存参数重算。",
    en="The policy has changed (then {then}, now {now}): recomputed with the parameters that the alert keeps.",
)
_GONE = Wording(
    zh="已没有名为“{judge}”的判据：无法重算。", en="No judge is called {judge} any more: nothing to recompute with."
)
_UNFIT = Wording(
    zh="现版本判据不再接受所存参数{names}：这些参数以现行判定策略的取值重算。",
    en="The present judge no longer takes the kept parameters {names}: recomputed without them.",
)


@dataclass
class Explanation:
    """What became of an alert's findings when they were recomputed.

    Parameters
    ----------
    differences
        Each standing finding of the alert beside what the judge says now, latest first.
    parameters
        Recomputed with these, by name.
    remarks
        What has changed since the alert was last spoken.
    """

    alert: int
    judge: str
    differences: list[Difference] = field(default_factory=list)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    remarks: list[Wording] = field(default_factory=list)

    @property
    def reproduces(self) -> bool:
        """Whether every standing finding comes out the same; an alert without one has nothing that could."""
        return bool(self.differences) and all(one.verdict == "same" for one in self.differences)


def explain(connection: Connection, policy: Policy, alert: int, *, now: datetime, told: Told) -> Explanation | None:
    """Recompute the standing findings of an alert; None where there are none."""
    findings = recorded.of_alert(connection, alert)
    if not findings:
        return None
    latest = findings[0]
    explained = Explanation(alert, latest.judge)
    if latest.policy_hash != policy.hash:
        explained.remarks.append(_POLICY.fill(then=latest.policy_hash[:12], now=policy.hash[:12]))
    if latest.source is not None:
        _silences(connection, explained, findings)
    else:
        _instrument(connection, policy, explained, findings, now, told)
    return explained


def _silences(connection: Connection, explained: Explanation, findings: list[Recorded]) -> None:
    _remark_version(explained, findings[0], SourceSilence.version)
    explained.parameters = dict(findings[0].parameters)
    for then in findings:
        judge = SourceSilence(**_taken(explained, SourceSilence, then.parameters))
        explained.differences.append(difference(then.judge, silence_now(connection, judge, then), then))


def _instrument(
    connection: Connection,
    policy: Policy,
    explained: Explanation,
    findings: list[Recorded],
    now: datetime,
    told: Told,
) -> None:
    latest = findings[0]
    declared = CATALOGUE.get(latest.judge)
    if declared is None:
        explained.remarks.append(_GONE.fill(judge=latest.judge))
        explained.differences += [Difference(then.judge, None, then) for then in findings]
        return
    _remark_version(explained, latest, declared.version)
    looked: dict[tuple[Judge, str, int, date], dict[Key, Appraised]] = {}
    for then in findings:
        assert then.kind is not None and then.time_zone is not None and then.instrument is not None  # noqa: S101, PT018 - it speaks of an instrument
        kept = then.parameters.get(then.kind, {})
        judge: Judge = declared(**_taken(explained, declared, kept))
        explained.parameters = {one.name: getattr(judge, one.name) for one in fields(judge)}  # type: ignore[arg-type]  # every judge is a dataclass: conformance checks it
        day = local_day(then.noticed_at, then.time_zone)
        block = then.instrument >> BLOCK_BITS
        look = (judge, then.kind, block, day)
        if look not in looked:
            narrowed = with_judge(policy, then.kind, judge)
            looked[look] = replay_block(connection, narrowed, block, day, day, now=now, told=told)
        found = looked[look].get((then.judge, then.instrument, then.register, then.onset))
        explained.differences.append(difference(then.judge, found.finding if found else None, then))


def _remark_version(explained: Explanation, then: Recorded, now: str) -> None:
    if then.version != now:
        explained.remarks.append(_VERSION.fill(judge=then.judge, then=then.version, now=now))


def _taken(explained: Explanation, declared: type[Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    """Kept parameters that the judge still has."""
    known = {one.name for one in fields(declared)}
    unfit = sorted(set(kept) - known)
    remark = _UNFIT.fill(names=", ".join(unfit))
    if unfit and remark not in explained.remarks:
        explained.remarks.append(remark)
    return {name: value for name, value in kept.items() if name in known}
