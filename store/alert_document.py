"""An alert as JSON: the one rendering behind the list, the detail, the live feed and webhooks."""

from datetime import UTC, datetime
from decimal import Decimal

from metrology import plain_number
from metrology.alert import state
from store.alerts import Alert

CURRENCY = "CNY"
"""ISO 4217 code of every cost."""


def document(alert: Alert) -> dict[str, object]:
    """Alert item: quantities as exact decimal text, instants as RFC 3339 in UTC, units as UCUM codes."""
    return {
        "id": alert.id,
        "judge": alert.judge,
        "grade": alert.grade,
        "severity": alert.severity,
        "state": state(
            condition_present=alert.condition_present,
            acknowledged=alert.acknowledged_at is not None,
            shelved=alert.shelved,
        ).value,
        "condition_present": alert.condition_present,
        "acknowledged": alert.acknowledged_at
        and {"at": instant(alert.acknowledged_at), "by": alert.acknowledged_by or ""},
        "opened_at": instant(alert.opened_at),
        "since": instant(alert.since),
        "last_finding_at": instant(alert.last_finding_at),
        "findings": alert.findings,
        "statement": {"zh": alert.statement_zh, "en": alert.statement_en},
        "instrument": {
            "id": alert.instrument_id,
            "serial": alert.serial,
            "kind": alert.kind,
            "source": alert.source,
        },
        "site": {
            "code": alert.site,
            "name": {"zh": alert.site_name_zh, "en": alert.site_name_en},
            "time_zone": alert.time_zone,
        },
        "magnitude": magnitude(alert.magnitude, alert.uncertainty, alert.unit, alert.relative_percent),
        "mpe_percent": _text(alert.mpe_percent),
        "mpe_source": alert.mpe_source,
        "cost": None
        if alert.cost_amount is None
        else {"amount": _text(alert.cost_amount), "currency": CURRENCY, "basis": alert.cost_basis or ""},
        "register": alert.register,
        "closed": alert.closed_at and {"at": instant(alert.closed_at), "reason": alert.closed_reason or ""},
        "version": alert.version,
    }


def magnitude(value: float, uncertainty: float | None, unit: str, relative_percent: float | None) -> dict[str, object]:
    """Size of an effect; its digits are those that the uncertainty leaves meaningful, a share has three."""
    value_text, uncertainty_text = plain_number.estimate(value, uncertainty)
    share = None if relative_percent is None else plain_number.text(plain_number.significant(relative_percent, 3))
    return {"value": value_text, "uncertainty": uncertainty_text, "unit": unit, "relative_percent": share}


def instant(at: datetime) -> str:
    """RFC 3339 in UTC, with `Z`.

    Examples
    --------
    >>> instant(datetime(2024, 5, 1, 8, tzinfo=UTC))
    '2024-05-01T08:00:00Z'
    """
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _text(number: Decimal | None) -> str | None:
    return None if number is None else plain_number.text(number)
