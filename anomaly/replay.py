"""What the judges say of the stored data now: for a comparison with what stands recorded, which is left alone."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from anomaly import gather
from anomaly.gather import Block
from anomaly.hearing import Voices, put_detectors, put_rules
from anomaly.judge import REMEMBERED, Judge
from anomaly.policy import Policy
from anomaly.stretches import months, pieces
from metrology.civil import DAY, local_day
from metrology.finding import Finding
from store import evidence, recorded
from store.connection import Connection
from store.findings import Appraised, Judged
from store.recorded import Recorded
from store.registers import all_registers

Key = tuple[str, int, str | None, datetime]
"""What makes a finding one and the same: judge, instrument, register, onset."""

Told = Callable[[str], None]
"""Takes a line on how far the replay has come."""

_SAME = 1e-9
"""Relative difference up to which two floating-point numbers are one: another processor may add in another order."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A finding beside what stands recorded under its key.

    Parameters
    ----------
    now
        What the judge says now; None where it says nothing.
    then
        What stands recorded; None where nothing does.
    changed
        Names of what differs.
    """

    judge: str
    now: Finding | None
    then: Recorded | None
    changed: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """new, gone, changed or same."""
        if self.then is None:
            return "new"
        if self.now is None:
            return "gone"
        return "changed" if self.changed else "same"


def only(policy: Policy, judges: Iterable[str]) -> Policy:
    """The policy with some judges alone."""
    wanted = set(judges)
    return replace(
        policy,
        by_kind={kind: tuple(one for one in those if one.name in wanted) for kind, those in policy.by_kind.items()},
    )


def with_judge(policy: Policy, kind: str, judge: Judge) -> Policy:
    """The policy with one judge on one kind, as it is given here, and no other."""
    return replace(policy, by_kind={kind: (judge,)})


def replay_block(
    connection: Connection, policy: Policy, block: int, first: date, last: date, *, now: datetime, told: Told
) -> dict[Key, Appraised]:
    """What the judges of a policy say of a block now, noticed on the civil days from `first` to `last`.

    Every judge is shown the evidence that the watch shows it: rules single days with their neighbours, detectors whole
    months with their memory. Where a detector's claim lasts, later months are looked at too, until it ends.
    """
    registers = {stored.id: stored for stored in all_registers(connection)}
    members = gather.block(connection, block, registers)
    if not members.fleets:
        return {}
    said: dict[Key, tuple[Appraised, datetime]] = {}
    for begin, end in pieces([(first, last)]) if _any(policy, members, remember=False) else ():
        told(f"block {block}: rules, {begin} to {end}")
        stretch = gather.look(connection, members, begin - DAY, end + DAY)
        _keep(said, *put_rules(policy, stretch, begin, end))
    if _any(policy, members, remember=True):
        yesterday = min(local_day(now, zone) for zone in members.zones) - DAY
        latest = min(evidence.latest_day(connection, block) or yesterday, yesterday)
        for begin, end in months([first], latest - first, latest):
            if begin > last and not _lasting(said, members, first, last):
                break
            told(f"block {block}: detectors, {begin:%Y-%m}")
            _keep(said, *put_detectors(connection, policy, members, (begin,), begin, end))
    return {key: one for key, (one, _) in said.items() if members.covers(first, last, key[1], one.finding.noticed_at)}


def recorded_block(
    connection: Connection, block: int, first: date, last: date, judges: Iterable[str]
) -> dict[Key, Recorded]:
    """What stands recorded of a block by some judges, noticed on the civil days from `first` to `last`."""
    members = gather.block(connection, block, {})
    if not members.fleets:
        return {}
    wanted = set(judges)
    return {
        (one.judge, one.instrument, one.register, one.onset): one
        for one in recorded.of_block(connection, block, *members.stretch(first, last))
        if one.judge in wanted
        and one.instrument is not None
        and members.covers(first, last, one.instrument, one.noticed_at)
    }


def compare(now: dict[Key, Appraised], then: dict[Key, Recorded]) -> list[Difference]:
    """What is said now beside what stands, in order of (judge, instrument, onset)."""
    keys = sorted(now.keys() | then.keys(), key=lambda key: (key[0], key[1], key[3], key[2] or ""))
    return [difference(key[0], now[key].finding if key in now else None, then.get(key)) for key in keys]


def difference(judge: str, now: Finding | None, then: Recorded | None) -> Difference:
    """One finding beside what stands recorded under its key."""
    if now is None or then is None:
        return Difference(judge, now, then)
    pairs: dict[str, tuple[object, object]] = {
        "statement": (now.statement, then.statement),
        "magnitude": (now.magnitude.value, then.magnitude),
        "unit": (now.magnitude.unit, then.unit),
        "uncertainty": (now.magnitude.uncertainty, then.uncertainty),
        "relative_percent": (now.magnitude.relative_percent, then.relative_percent),
        "p_value": (now.p_value, then.p_value),
        "onset_earliest": (now.onset_earliest, then.onset_earliest),
        "onset_latest": (now.onset_latest, then.onset_latest),
        "until": (now.until, then.until),
    }
    return Difference(judge, now, then, tuple(name for name, (one, other) in pairs.items() if not _alike(one, other)))


def _alike(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= _SAME * max(abs(one), abs(other))
    return one == other


def _keep(said: dict[Key, tuple[Appraised, datetime]], judged: Judged, voices: Voices) -> None:
    """Let a later look add what it knows, as the store does: one that saw no end, nor further, has nothing to add."""
    for name, those in voices.said.items():
        if name in voices.failed:
            continue
        for one in those:
            key = (name, one.finding.instrument, one.finding.register, one.finding.onset)
            if key not in said or one.finding.until is not None or judged.horizon >= said[key][1]:
                said[key] = (one, judged.horizon)


def _lasting(said: dict[Key, tuple[Appraised, datetime]], members: Block, first: date, last: date) -> bool:
    return any(
        one.finding.until is None and members.covers(first, last, key[1], one.finding.noticed_at)
        for key, (one, _) in said.items()
    )


def _any(policy: Policy, members: Block, *, remember: bool) -> bool:
    return any(bool(judge.needs & REMEMBERED) is remember for kind in members.fleets for judge in policy.judges(kind))
