"""Alerts: the list, one with its evidence, and taking note."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import BaseModel

from api import entity_tags, paging, problems
from api.access import PROTECTED, Pool, Supervisor, Viewer
from api.alert_shapes import AlertDetail, AlertItem, Comment
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page
from api.shapes import LARGEST_ID, WordFilter
from metrology import confidence, plain_number
from metrology.alert import Severity
from store import alert_document, alerts
from store.alert_document import instant
from store.alerts import Acknowledgement, Alert, Filters, RecordedFinding, RecordedJudge, Standing
from store.connection import Connection

router = APIRouter(prefix="/v1/alerts", tags=["alerts"])

_MOST_FINDINGS = 200

AlertId = Annotated[int, Path(ge=1, le=2**63 - 1, description="Number of the alert.")]


class _Key(BaseModel):
    before: int


@router.get("", response_model=Page[AlertItem], responses=problems.declared(*PROTECTED, problems.CursorMalformed))
def list_alerts(
    _holder: Viewer,
    pool: Pool,
    state: Annotated[Standing, Query(description="Which alerts to show.")] = Standing.OPEN,
    kind: WordFilter = None,
    judge: WordFilter = None,
    severity: Annotated[Severity | None, Query()] = None,
    source: WordFilter = None,
    site: WordFilter = None,
    instrument: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> dict[str, object]:
    """Alerts, newest first."""
    key = paging.decode(cursor, _Key)
    filters = Filters(state, judge, severity, instrument, kind, source, site)
    with pool.connection() as connection:
        found = alerts.page(connection, filters, before=key.before if key else None, limit=limit + 1)
    shown = found[:limit]
    more = len(found) > limit
    return {
        "items": [alert_document.document(alert) for alert in shown],
        "next": paging.encode(_Key(before=shown[-1].id)) if more else None,
    }


@router.get("/{number}", response_model=AlertDetail, responses=problems.declared(*PROTECTED, problems.AlertUnknown))
def show_alert(_holder: Viewer, pool: Pool, number: AlertId, response: Response) -> dict[str, object]:
    """One alert with its findings, its judge, and all that was done to it; its version is the ETag."""
    with pool.connection() as connection, connection.transaction():
        alert = _alert(connection, number)
        detail = _detail(connection, alert)
    response.headers["ETag"] = entity_tags.of(alert.version)
    return detail


@router.post(
    "/{number}/acknowledge",
    response_model=AlertItem,
    responses=problems.declared(
        *PROTECTED,
        problems.EntityTagMalformed,
        problems.AlertUnknown,
        problems.AlreadyAcknowledged,
        problems.AlertClosed,
        problems.VersionStale,
        problems.BodyTooLarge,
        problems.VersionMissing,
    ),
)
def acknowledge(
    holder: Supervisor,
    pool: Pool,
    number: AlertId,
    comment: Comment,
    response: Response,
    if_match: Annotated[str | None, Header(description='ETag of the alert as it was read: `"3"`.')] = None,
) -> dict[str, object]:
    """Take note of an alert, in the version that was read; of several at once, one succeeds."""
    versions = entity_tags.versions(if_match)
    with pool.connection() as connection:
        outcome = alerts.acknowledge(connection, number, versions=versions, actor=holder.name, comment=comment.comment)
        alert = _alert(connection, number)
    if outcome is Acknowledgement.ALREADY:
        raise problems.AlreadyAcknowledged(f"{alert.acknowledged_by} acknowledged alert {number} before")
    if outcome is Acknowledgement.CLOSED:
        raise problems.AlertClosed(f"alert {number} is closed: {alert.closed_reason}")
    if outcome is Acknowledgement.STALE:
        raise problems.VersionStale(f"alert {number} is at version {alert.version} now; read it again")
    response.headers["ETag"] = entity_tags.of(alert.version)
    return alert_document.document(alert)


def _alert(connection: Connection, number: int) -> Alert:
    found = alerts.by_id(connection, [number])
    if number not in found:
        raise problems.AlertUnknown(f"there is no alert {number}")
    return found[number]


def _detail(connection: Connection, alert: Alert) -> dict[str, object]:
    judge = alerts.judge(connection, alert.id)
    return alert_document.document(alert) | {
        "findings": [_finding(finding) for finding in alerts.findings(connection, alert.id, limit=_MOST_FINDINGS)],
        "findings_count": alert.findings,
        "severity_reasons": alert.severity_reasons,
        "judge": judge and _judge(judge),
        "check": judge and asdict(judge.check),
        "history": [
            {"at": at, "who": who, "action": action, "detail": detail}
            for at, who, action, detail in alerts.history(connection, alert.id)
        ],
    }


def _judge(judge: RecordedJudge) -> dict[str, object]:
    return {
        "name": judge.name,
        "version": judge.version,
        "grade": judge.grade,
        "question": asdict(judge.question),
        "method": judge.method,
        "parameters": judge.parameters,
        "policy_hash": judge.policy_hash,
    }


def _cost(finding: RecordedFinding) -> dict[str, object] | None:
    if finding.cost_amount is None:
        return None
    return {
        "amount": plain_number.text(finding.cost_amount),
        "currency": alert_document.CURRENCY,
        "basis": {"zh": finding.cost_basis_zh or "", "en": finding.cost_basis_en or ""},
        "quantity": finding.cost_quantity and plain_number.text(finding.cost_quantity),
        "price": finding.cost_price and plain_number.text(finding.cost_price),
    }


def _finding(finding: RecordedFinding) -> dict[str, object]:
    return {
        "id": finding.id,
        "onset": instant(finding.onset),
        "onset_earliest": finding.onset_earliest and instant(finding.onset_earliest),
        "onset_latest": finding.onset_latest and instant(finding.onset_latest),
        "until": finding.until and instant(finding.until),
        "statement": asdict(finding.statement),
        "magnitude": alert_document.magnitude(
            finding.magnitude, finding.uncertainty, finding.unit, finding.relative_percent, finding.mpe_percent
        ),
        "confidence": {
            "p_value": finding.p_value,
            "false_alarms_per_1000_instrument_years": finding.false_alarms_per_1000_instrument_years,
            "q_value": finding.q_value,
            "stands_out": finding.stands_out,
            "meaning": asdict(
                confidence.meaning(
                    finding.p_value,
                    finding.false_alarms_per_1000_instrument_years,
                    finding.q_value,
                    stands_out=finding.stands_out,
                )
            ),
        },
        "cost": _cost(finding),
        "evidence_from": finding.evidence_from and instant(finding.evidence_from),
        "evidence_to": finding.evidence_to and instant(finding.evidence_to),
        "judge_version": finding.judge_version,
        "policy_hash": finding.policy_hash,
        "evidence": finding.evidence,
        "withdrawn_at": finding.withdrawn_at and instant(finding.withdrawn_at),
    }
