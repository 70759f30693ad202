"""An alert as JSON: the one rendering behind the list, the detail, the live feed and webhooks."""

from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal

from metrology import plain_number
from metrology.alert import ClosedReason, state
from metrology.wording import Wording
from store.alerts import Alert

CURRENCY = "CNY"
"""ISO 4217 code of every cost."""

_SUM = Wording(zh="{findings}项发现合计", en="{findings} findings together")
_SUM_WITH_GRAVEST = Wording(
    zh="{findings}项发现合计，其中最重的一项：{zh}", en="{findings} findings together, the gravest: {en}"
)


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
        "since_earliest": alert.since_earliest and instant(alert.since_earliest),
        "since_latest": alert.since_latest and instant(alert.since_latest),
        "last_finding_at": instant(alert.last_finding_at),
        "findings": alert.findings,
        "statement": {"zh": alert.statement_zh, "en": alert.statement_en},
        **_subject(alert),
        "magnitude": magnitude(
            alert.magnitude, alert.uncertainty, alert.unit, alert.relative_percent, alert.mpe_percent
        ),
        "p_value": alert.p_value,
        "q_value": alert.q_value,
        "mpe_percent": _text(alert.mpe_percent),
        "mpe_source": _both(alert.mpe_source_zh, alert.mpe_source_en),
        "cost": None
        if alert.cost_amount is None
        else {"amount": _text(alert.cost_amount), "currency": CURRENCY, "basis": _basis(alert)},
        "register": alert.register,
        "closed": alert.closed_at
        and alert.closed_reason
        and _closed(alert.closed_at, ClosedReason(alert.closed_reason)),
        "version": alert.version,
    }


def _subject(alert: Alert) -> dict[str, object]:
    """Of whom it speaks: an instrument at its site, or a source as a whole; exactly one of the two is not null."""
    if alert.instrument_id is None:
        return {"instrument": None, "site": None, "source": {"code": alert.source, "name": alert.source_name}}
    return {
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
        "source": None,
    }


def magnitude(
    value: float,
    uncertainty: float | None,
    unit: str,
    relative_percent: float | None,
    mpe_percent: Decimal | None = None,
) -> dict[str, object]:
    """Size of an effect in its unit, as a share, and as a multiple of the MPE.

    Digits are those that the uncertainty leaves meaningful; a share has three, a multiple of an exact effect too.

    Examples
    --------
    >>> magnitude(-12.0, 3.0, "m3", -31.04, Decimal(4))  # doctest: +NORMALIZE_WHITESPACE
    {'value': '-12.0', 'uncertainty': '3.0', 'unit': 'm3', 'relative_percent': '-31.0',
     'mpe_multiple': '7.8', 'mpe_multiple_uncertainty': '1.9'}
    """
    value_text, uncertainty_text = plain_number.estimate(value, uncertainty)
    share = None if relative_percent is None else plain_number.text(plain_number.significant(relative_percent, 3))
    multiple, around = _multiple(value, uncertainty, relative_percent, mpe_percent)
    return {
        "value": value_text,
        "uncertainty": uncertainty_text,
        "unit": unit,
        "relative_percent": share,
        "mpe_multiple": multiple,
        "mpe_multiple_uncertainty": around,
    }


def _multiple(
    value: float, uncertainty: float | None, relative_percent: float | None, mpe_percent: Decimal | None
) -> tuple[str | None, str | None]:
    if relative_percent is None or not mpe_percent:
        return None, None
    times = abs(relative_percent) / float(mpe_percent)
    if uncertainty is None or not value:
        return plain_number.text(plain_number.significant(times, 3)), None
    return plain_number.estimate(times, times * uncertainty / abs(value))


def instant(at: datetime) -> str:
    """RFC 3339 in UTC, with `Z`.

    Examples
    --------
    >>> instant(datetime(2024, 5, 1, 8, tzinfo=UTC))
    '2024-05-01T08:00:00Z'
    """
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _closed(at: datetime, reason: ClosedReason) -> dict[str, object]:
    return {"at": instant(at), "reason": reason.value, "wording": asdict(reason.wording)}


def _basis(alert: Alert) -> dict[str, str]:
    """How the cost was reckoned; the amount is that of all findings, the quantity told that of the gravest."""
    one = _both(alert.cost_basis_zh, alert.cost_basis_en)
    if one is None:
        return asdict(_SUM.fill(findings=alert.findings))
    return one if alert.findings <= 1 else asdict(_SUM_WITH_GRAVEST.fill(findings=alert.findings, **one))


def _both(zh: str | None, en: str | None) -> dict[str, str] | None:
    return None if zh is None or en is None else {"zh": zh, "en": en}


def _text(number: Decimal | None) -> str | None:
    return None if number is None else plain_number.text(number)
