"""One look at all sources: who has been silent for longer than declared, who speaks again."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from anomaly.policy import Policy
from anomaly.source_silence import Heard, SourceSilence, Unjudged
from anomaly.speaker import speaker_of
from metrology.finding import SourceFinding
from store import listening, source_findings
from store.connection import Connection
from store.findings import Recorded
from store.listening import WayIn
from store.source_findings import Lasting, Spoken


@dataclass
class Looked:
    """What a look at the sources did.

    Parameters
    ----------
    not_judged
        How many silent sources could not be judged, by reason.
    """

    recorded: Recorded = field(default_factory=Recorded)
    not_judged: Counter[Unjudged] = field(default_factory=Counter)


def look_once(connection: Connection, policy: Policy, *, now: datetime | None = None) -> Looked | None:
    """Judge the silence of every source that declared an interval; None where another watch does, or nobody asks.

    Parameters
    ----------
    now
        The database's clock by default: what was received is stamped by it.
    """
    judge = policy.source_silence
    if judge is None:
        return None
    with connection.transaction():
        if not source_findings.lock(connection):
            return None
        return _look(connection, policy, judge, now or source_findings.now(connection))


def _look(connection: Connection, policy: Policy, judge: SourceSilence, now: datetime) -> Looked:
    looked = Looked()
    ears = {way: _ear(connection, way, now) for way in WayIn}
    lasting = {finding.source: finding for finding in source_findings.lasting(connection, judge.name)}
    said: list[SourceFinding] = []
    withdrawn: list[Lasting] = []
    for source in source_findings.spoken(connection):
        stands = lasting.pop(source.id, None)
        heard = _heard(source)
        if now - heard.onset > heard.report_interval:  # the others need not be asked about
            heard = _listened_to(heard, [ears[way] for way in source_findings.ways(connection, source)])
        if stands is not None and heard.onset != stands.onset:
            spoke = source_findings.first_after(connection, source.code, int(stands.evidence["intake"]))
            said.append(_over(connection, judge, stands, spoke or heard.onset))
            stands = None
        verdict = judge.judge(heard, now)
        if isinstance(verdict, Unjudged):
            looked.not_judged[verdict] += 1
        elif verdict is None:
            withdrawn += [stands] if stands else []
        elif stands is None:
            verdict = judge.judge(_in_charge(connection, heard), now)
            said += [verdict] if isinstance(verdict, SourceFinding) else []
    for stands in lasting.values():  # revoked meanwhile, or it takes back what it declared
        if stands.revoked_at is None:
            withdrawn.append(stands)
        else:
            said.append(_over(connection, judge, stands, max(stands.onset, stands.revoked_at)))
    if said or withdrawn:
        weighed = [(finding, *judge.severity(int(str(finding.evidence["instruments"])))) for finding in said]
        looked.recorded = source_findings.record(connection, speaker_of(judge, policy), weighed, withdrawn)
    return looked


class _Ear(NamedTuple):
    """Since when one way in hears, if it does, and whether somebody is missing there."""

    since: datetime | None
    missing: bool


def _ear(connection: Connection, way: WayIn, now: datetime) -> _Ear:
    missing = way is WayIn.MQTT and listening.somebody_missing(connection, way, now=now)
    return _Ear(listening.since(connection, way, now=now), missing)


def _listened_to(heard: Heard, ears: list[_Ear]) -> Heard:
    """With what is known of those who listen where it speaks: all of them are needed."""
    since = [ear.since for ear in ears if ear.since is not None]
    return replace(
        heard,
        listening_since=max(since) if len(since) == len(ears) else None,
        everybody_listens=not any(ear.missing for ear in ears),
    )


def _heard(source: Spoken) -> Heard:
    return Heard(
        source=source.id,
        code=source.code,
        onset=source.last_received_at or source.enrolled_at,
        ever_spoke=source.last_received_at is not None,
        report_interval=source.report_interval,
        listening_since=None,
        instruments=0,
        zone="Asia/Shanghai",
        intake=source.last_intake or 0,
    )


def _in_charge(connection: Connection, heard: Heard) -> Heard:
    """With what has to be counted only where there is something to say."""
    instruments, zone = source_findings.charge(connection, heard.source)
    return replace(heard, instruments=instruments, zone=zone)


def _over(connection: Connection, judge: SourceSilence, stands: Lasting, until: datetime) -> SourceFinding:
    """A silence that is over, told by what was known of it when it was noticed."""
    known = stands.evidence
    listening_since = known["listening_since"]
    _, zone = source_findings.charge(connection, stands.source)
    heard = Heard(
        source=stands.source,
        code=stands.code,
        onset=stands.onset,
        ever_spoke=known["last_received_at"] is not None,
        report_interval=timedelta(seconds=known["report_interval_seconds"]),
        listening_since=None if listening_since is None else datetime.fromisoformat(listening_since),
        instruments=known["instruments"],
        zone=zone,
        intake=known["intake"],
    )
    return judge.ended(heard, datetime.fromisoformat(known["noticed_at"]), until)
