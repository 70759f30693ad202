"""A recorded silence of a source, recomputed from the intake ledger.

Who listened when is not kept beyond the present stretch: since when anybody did is taken from the evidence that the
finding keeps. So a recorded silence can be recomputed, but none found that nobody recorded.
"""

from datetime import datetime, timedelta

from anomaly.source_silence import Heard, SourceSilence
from metrology.finding import Finding, SourceFinding
from store import recorded, source_findings
from store.connection import Connection
from store.recorded import Recorded

_MOMENT = timedelta(microseconds=1)


def silence_now(connection: Connection, judge: SourceSilence, then: Recorded) -> Finding | None:
    """What the judge says of a recorded silence now; None where the ledger shows otherwise."""
    known = then.evidence
    assert then.source is not None  # noqa: S101 - the caller asks about sources
    whose, committed_at, enrolled_at = recorded.ledger(connection, then.source, int(known["intake"]))
    ever_spoke = known["last_received_at"] is not None
    onset = committed_at if ever_spoke else enrolled_at
    if onset is None or (ever_spoke and whose != then.source_code):
        return None
    listening_since = known["listening_since"]
    _, zone = source_findings.charge(connection, then.source)
    heard = Heard(
        source=then.source,
        code=then.source_code or "",
        onset=onset,
        ever_spoke=ever_spoke,
        report_interval=timedelta(seconds=known["report_interval_seconds"]),
        listening_since=None if listening_since is None else datetime.fromisoformat(listening_since),
        instruments=int(known["instruments"]),
        zone=zone,
        intake=int(known["intake"]),
    )
    allowed = heard.report_interval + timedelta(seconds=judge.grace_seconds)
    noticed_at = max(onset, heard.listening_since or onset) + allowed
    spoke = source_findings.first_after(connection, heard.code, heard.intake)
    if spoke is not None and spoke <= noticed_at:
        return None
    until = spoke or then.until  # a revoked source's silence ends with its revocation
    if until is not None:
        return _comparable(judge.ended(heard, noticed_at, until), then)
    answer = judge.judge(heard, noticed_at + _MOMENT)
    return _comparable(answer, then) if isinstance(answer, SourceFinding) else None


def _comparable(told: SourceFinding, then: Recorded) -> Finding | None:
    """The claim in the shape in which others are compared; None where it is another one, of another onset."""
    if told.onset != then.onset:
        return None
    return Finding(
        instrument=0,
        onset=told.onset,
        until=told.until,
        noticed_at=told.noticed_at,
        statement=told.statement,
        magnitude=told.magnitude,
        evidence=told.evidence,
    )
