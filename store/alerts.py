"""Alerts as they are read and acknowledged; what judges write of them is the business of store.findings."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from metrology.alert import Severity
from metrology.wording import Wording
from store import audit, outbox, sql
from store.connection import Connection


class Standing(StrEnum):
    """Which alerts a list shows; condition and human handling are separate facts."""

    OPEN = "open"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of alerts is narrowed to; None lets all through."""

    standing: Standing = Standing.OPEN
    judge: str | None = None
    severity: Severity | None = None
    instrument: int | None = None
    kind: str | None = None
    source: str | None = None
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert with the instrument, source and site it speaks of; quantities as in table alert.

    Where it speaks of a source as a whole there is no instrument, and so neither serial, kind nor site.
    """

    id: int
    judge: str
    grade: str
    severity: str
    severity_reasons: Sequence[object]
    condition_present: bool
    shelved: bool
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    opened_at: datetime
    since: datetime
    last_finding_at: datetime
    findings: int
    statement_zh: str
    statement_en: str
    instrument_id: int | None
    serial: str | None
    kind: str | None
    source: str
    source_name: str
    site: str | None
    site_name_zh: str | None
    site_name_en: str | None
    time_zone: str | None
    magnitude: float
    uncertainty: float | None
    unit: str
    relative_percent: float | None
    register: str | None
    mpe_percent: Decimal | None
    mpe_source_zh: str | None
    mpe_source_en: str | None
    cost_amount: Decimal | None
    cost_basis_zh: str | None
    cost_basis_en: str | None
    closed_at: datetime | None
    closed_reason: str | None
    version: int
    since_earliest: datetime | None
    since_latest: datetime | None
    p_value: float | None
    q_value: float | None


@dataclass(frozen=True, slots=True)
class RecordedFinding:
    """One finding under an alert."""

    id: int
    onset: datetime
    until: datetime | None
    statement: Wording
    magnitude: float
    uncertainty: float | None
    unit: str
    relative_percent: float | None
    p_value: float | None
    false_alarms_per_1000_instrument_years: float | None
    evidence: Mapping[str, Any]
    withdrawn_at: datetime | None
    onset_earliest: datetime | None
    onset_latest: datetime | None
    evidence_from: datetime | None
    evidence_to: datetime | None
    mpe_percent: Decimal | None
    cost_amount: Decimal | None
    cost_basis_zh: str | None
    cost_basis_en: str | None
    cost_quantity: Decimal | None
    cost_price: Decimal | None
    q_value: float | None
    stands_out: bool
    judge_version: str
    policy_hash: str


@dataclass(frozen=True, slots=True)
class RecordedJudge:
    """A judge as it was when it spoke."""

    name: str
    version: str
    grade: str
    question: Wording
    check: Wording
    method: str
    parameters: Mapping[str, Any]
    policy_hash: str


class Acknowledgement(StrEnum):
    """What became of an acknowledgement."""

    DONE = "done"
    UNKNOWN = "unknown"
    ALREADY = "already"
    CLOSED = "closed"
    STALE = "stale"


def page(connection: Connection, filters: Filters, *, before: int | None, limit: int) -> list[Alert]:
    """Up to `limit` alerts with ids below `before`, newest first."""
    return _select(connection, filters, ids=None, before=before, limit=limit)


def by_id(connection: Connection, ids: Collection[int]) -> dict[int, Alert]:
    """Alerts as they stand now, by their ids; an unknown id is left out."""
    alerts = _select(connection, Filters(standing=Standing.ALL), ids=list(ids), before=None, limit=None)
    return {alert.id: alert for alert in alerts}


def findings(connection: Connection, alert: int, *, limit: int) -> list[RecordedFinding]:
    """Up to `limit` findings of an alert, latest onset first."""
    rows = connection.execute(sql.statements("alerts")["findings"], {"alert": alert, "limit": limit}).fetchall()
    return [RecordedFinding(row[0], row[1], row[2], Wording(row[3], row[4]), *row[5:]) for row in rows]


def judge(connection: Connection, alert: int) -> RecordedJudge | None:
    """The judge of an alert as it last spoke of it; None if no such judge was ever entered."""
    row = connection.execute(sql.statements("alerts")["judge"], {"alert": alert}).fetchone()
    if row is None:
        return None
    return RecordedJudge(row[0], row[1], row[2], Wording(row[3], row[4]), Wording(row[5], row[6]), *row[7:])


def history(connection: Connection, alert: int) -> list[tuple[datetime, str, str, Mapping[str, Any]]]:
    """When, who, what and particulars of everything done to an alert, oldest first."""
    return connection.execute(sql.statements("audit")["of_subject"], {"subject": f"alert:{alert}"}).fetchall()


def acknowledge(
    connection: Connection, alert: int, *, versions: Collection[int] | None, actor: str, comment: str
) -> Acknowledgement:
    """Take note of an alert in one of the `versions` the actor has seen; None takes any.

    One transaction: the alert, the audit trail and the outbox change together. Of several actors at once exactly one
    succeeds; what the others tried is in the audit trail too.
    """
    named = sql.statements("alerts")
    wanted = None if versions is None else list(versions)
    with connection.transaction():
        outbox.lock(connection)
        row = connection.execute(named["acknowledge"], {"alert": alert, "versions": wanted, "actor": actor}).fetchone()
        if row is None:
            outcome = _what_stood_against(connection, alert)
            if outcome is not Acknowledgement.UNKNOWN:
                _record(connection, alert, actor, "alert.acknowledge_refused", because=outcome, comment=comment)
            return outcome
        _record(connection, alert, actor, "alert.acknowledge", comment=comment)
        topic = "alert.acknowledged"
        outbox.append(connection, topic, alert, {"alert": alert, "topic": topic, "version": row[0]})
    return Acknowledgement.DONE


def _what_stood_against(connection: Connection, alert: int) -> Acknowledgement:
    row = connection.execute(sql.statements("alerts")["standing"], {"alert": alert}).fetchone()
    if row is None:
        return Acknowledgement.UNKNOWN
    _, acknowledged, closed = row
    if acknowledged:
        return Acknowledgement.ALREADY
    return Acknowledgement.CLOSED if closed else Acknowledgement.STALE


def _record(connection: Connection, alert: int, actor: str, action: str, **detail: str) -> None:
    audit.record(connection, actor=actor, action=action, subject=f"alert:{alert}", detail=detail)


def _select(
    connection: Connection, filters: Filters, *, ids: list[int] | None, before: int | None, limit: int | None
) -> list[Alert]:
    rows = connection.execute(
        sql.statements("alerts")["page"],
        {
            "ids": ids,
            "before": before,
            "limit": limit,
            "state": filters.standing.value,
            "judge": filters.judge,
            "severity": filters.severity.value if filters.severity else None,
            "instrument": filters.instrument,
            "kind": filters.kind,
            "source": filters.source,
            "site": filters.site,
        },
    ).fetchall()
    return [Alert(*row) for row in rows]
