"""One pass of the watch over one claimed block: everything in one transaction, so that a crash leaves no half of it.

A pass over readings sums up days and puts the exact rules to them. A pass over days puts the detectors, month by
month: a month is judged whole, with the judge's memory before it, so that what stands in the store is a function of
the readings alone and not of the order in which they came.
"""

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import psycopg

from anomaly import gather, quality_pass
from anomaly.gather import Block
from anomaly.hearing import Voices, put_detectors, put_rules
from anomaly.judge import REMEMBERED, Judge
from anomaly.policy import Policy
from anomaly.speaker import speaker
from anomaly.stretches import months, pieces, runs
from metrology.civil import DAY, local_day
from store import chance, due, evidence, findings
from store.connection import Connection
from store.due import Claim, Stage
from store.findings import Judged, Recorded
from store.registers import all_registers

QUIET = timedelta(seconds=20)
"""Detectors wait until a block's past days have been left alone for so long: a backfill is judged once, not often."""

logger = logging.getLogger("hengjian.watch")


@dataclass
class Passed:
    """What a pass did.

    Parameters
    ----------
    days_written
        Civil days that were new or changed [instrument × register × day].
    recorded
        What changed in the store, by judge.
    failures
        Judges that failed, one for each stretch: their question stays open there.
    """

    claim: Claim
    days_written: int = 0
    recorded: dict[str, Recorded] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def summarise_once(connection: Connection, policy: Policy, *, resting: Iterable[int] = ()) -> Passed | None:
    """Sum up and judge by exact rules the block longest due; None where nothing is due.

    Days next to the due ones are looked at too: their midnights lie between two readings.
    """
    with connection.transaction():
        claim = due.claim(connection, Stage.SUMMARISE, resting=resting)
        if claim is None:
            return None
        passed = Passed(claim)
        members = _block(connection, claim.block)
        heard: list[tuple[Judged, Voices]] = []
        if members.fleets:
            looked: set[date] = set()
            reached: set[date] = set()
            written: Counter[date] = Counter()
            for first, last in pieces(runs(claim.days)):
                stretch = gather.look(connection, members, first - DAY, last + DAY)
                written += gather.write_days(connection, stretch, first - DAY, last + DAY)
                heard.append(put_rules(policy, stretch, first, last + DAY))
                looked.update(first + offset * DAY for offset in range((last - first).days + 2))
                reached |= gather.reached_days(stretch, first, last)
            for day in sorted(reached - looked):
                stretch = gather.look(connection, members, day, day)
                written += gather.write_days(connection, stretch, day, day)
                heard.append(put_rules(policy, stretch, day, day))
            passed.days_written = written.total()
            # Of the neighbours only those that changed: or each reading of today would have yesterday judged anew.
            due.mark_detect(connection, claim.block, {*claim.days, *written})
        _record(connection, policy, heard, passed)
        due.clear(connection, claim)
    return passed


def detect_once(connection: Connection, policy: Policy, *, now: datetime, quiet: timedelta = QUIET) -> Passed | None:
    """Put the detectors to the block longest due whose days are over; None where nothing is due."""
    with connection.transaction():
        zones = evidence.zones(connection)
        if not zones:
            return None
        today = min(local_day(now, zone) for zone in zones)
        claim = due.claim(connection, Stage.DETECT, before=today, quiet=quiet, days=1_000_000)
        if claim is None:
            return None
        passed = Passed(claim)
        members = _block(connection, claim.block)
        latest = evidence.latest_day(connection, claim.block)
        heard: list[tuple[Judged, Voices]] = []
        if latest is not None:
            longest = max((judge.memory for judge in _judges_of_days(policy, members)), default=timedelta(0))
            for first, last in months(claim.days, longest, min(latest, today - DAY)):
                heard.append(put_detectors(connection, policy, members, claim.days, first, last))
            if not quality_pass.write(connection, members, claim.days, min(latest, today - DAY)):
                passed.failures.append(quality_pass.FAILED)
        _record(connection, policy, heard, passed)
        due.clear(connection, claim)
    return passed


def _block(connection: Connection, number: int) -> Block:
    registers = {stored.id: stored for stored in all_registers(connection)}
    return gather.block(connection, number, registers)


def _record(connection: Connection, policy: Policy, heard: list[tuple[Judged, Voices]], passed: Passed) -> None:
    """Write what was heard, last of all: from the first alert on, the outbox is locked.

    What a judge that failed had said of the stretch before is left as it stands.
    """
    for judged, voices in heard:
        for (name, kind), asked in sorted(voices.asked.items()):
            findings.record_asked(connection, name, kind, judged, asked, voices.silent[name, kind])
    if policy.budget is not None:
        chance.mark(connection, (judged.first for judged, voices in heard if policy.statistical & voices.asked_judges))
    for judged, voices in heard:
        for name in sorted(voices.said.keys() - voices.failed):
            try:
                with connection.transaction():
                    recorded = findings.record(connection, speaker(policy, name), judged, voices.said[name])
            except psycopg.DataError:
                logger.exception("what %s says of block %d cannot be written", name, judged.block)
                passed.failures.append(name)
            else:
                passed.recorded[name] = passed.recorded.get(name, Recorded()) + recorded
        passed.failures += sorted(voices.failed)


def _judges_of_days(policy: Policy, members: Block) -> list[Judge]:
    return [judge for kind in members.fleets for judge in policy.judges(kind) if judge.needs & REMEMBERED]
