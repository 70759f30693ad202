"""What is said of sources, and the alerts it gathers under: written by whichever watch holds the lock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from metrology.alert import Severity
from metrology.finding import SourceFinding
from metrology.wording import Wording
from store import findings, sql
from store.connection import Connection
from store.findings import Recorded, Speaker
from store.listening import WayIn


@dataclass(frozen=True, slots=True)
class Spoken:
    """A source that declared how often it reports, and when anything last came from it.

    Parameters
    ----------
    enrolled_at
        Since when it could have spoken.
    last_intake, last_received_at
        Ledger row and instant of the last message; None while nothing ever came.
    """

    id: int
    code: str
    enrolled_at: datetime
    report_interval: timedelta
    last_intake: int | None
    last_received_at: datetime | None


@dataclass(frozen=True, slots=True)
class Lasting:
    """A finding on a source that had not ended when it was last looked at."""

    id: int
    source: int
    code: str
    onset: datetime
    evidence: Mapping[str, Any]
    revoked_at: datetime | None


def lock(connection: Connection) -> bool:
    """Whether this transaction alone looks at sources now."""
    return connection.execute(sql.statements("source_findings")["lock"]).fetchone() == (True,)


def now(connection: Connection) -> datetime:
    """The clock by which everything received is stamped."""
    row = connection.execute(sql.statements("source_findings")["now"]).fetchone()
    assert row is not None  # noqa: S101 - a function without a table always answers
    return row[0]  # type: ignore[no-any-return]  # psycopg types rows as Any


def spoken(connection: Connection) -> list[Spoken]:
    """Sources that declared an interval and may speak, by id."""
    return [Spoken(*row) for row in connection.execute(sql.statements("source_findings")["spoken"]).fetchall()]


def ways(connection: Connection, source: Spoken) -> list[WayIn]:
    """By which ways in a source speaks, or may be expected to: at least one."""
    asked = {"source": source.id, "code": source.code}
    row = connection.execute(sql.statements("source_findings")["ways"], asked).fetchone()
    assert row is not None  # noqa: S101 - both parts of the question always have an answer
    return [way for way, used in zip((WayIn.MQTT, WayIn.HTTP), row, strict=True) if used]


def first_after(connection: Connection, code: str, intake: int) -> datetime | None:
    """When a source first spoke after a row of the ledger; None where it has not."""
    row = connection.execute(sql.statements("source_findings")["first_after"], {"code": code, "intake": intake})
    found = row.fetchone()
    return found[0] if found else None


def charge(connection: Connection, source: int) -> tuple[int, str]:
    """How many instruments a source speaks for, and the zone by whose clock most of them live."""
    row = connection.execute(sql.statements("source_findings")["charge"], {"source": source}).fetchone()
    assert row is not None  # noqa: S101 - a count without a table always answers
    return row[0], row[1]


def lasting(connection: Connection, judge: str) -> list[Lasting]:
    """Findings of a judge on sources that have not ended and stand."""
    rows = connection.execute(sql.statements("source_findings")["lasting"], {"judge": judge}).fetchall()
    return [Lasting(*row) for row in rows]


def record(
    connection: Connection,
    speaker: Speaker,
    said: Sequence[tuple[SourceFinding, Severity, Sequence[Wording]]],
    withdrawn: Sequence[Lasting] = (),
) -> Recorded:
    """Enter findings or bring them up to date by (judge, source, onset), withdraw others, and let alerts follow.

    In the caller's transaction; the outbox stays locked until it ends.

    Parameters
    ----------
    said
        Findings, how urgent each is, and why.
    """
    named = sql.statements("source_findings")
    judge_id = findings.number_of(connection, speaker)
    for finding, severity, reasons in said:
        connection.execute(named["enter"], _fields(finding, severity, reasons, judge_id, speaker.name))
    if withdrawn:
        connection.execute(sql.statements("findings")["withdraw"], {"ids": [finding.id for finding in withdrawn]})
    touched = {finding.source for finding, _, _ in said} | {finding.source for finding in withdrawn}
    scope = {"judge": speaker.name, "grade": speaker.grade.value, "sources": sorted(touched)}
    opened = {int(number) for (number,) in connection.execute(named["open_alerts"], scope).fetchall()}
    connection.execute(named["attach"], scope)
    alerts = [int(number) for (number,) in connection.execute(named["alerts_of_sources"], scope).fetchall()]
    return Recorded(len(said), len(withdrawn)) + findings.follow(connection, alerts, opened)


def _fields(
    finding: SourceFinding, severity: Severity, reasons: Sequence[Wording], judge_id: int, judge: str
) -> dict[str, object]:
    return {
        "judge_id": judge_id,
        "judge": judge,
        "source": finding.source,
        "onset": finding.onset,
        "until": finding.until,
        "noticed_at": finding.noticed_at,
        # Nothing after the notice is needed while it lasts; a horizon that moved would change the alert at each look.
        "horizon": finding.until or finding.noticed_at,
        "statement_zh": finding.statement.zh,
        "statement_en": finding.statement.en,
        "magnitude": finding.magnitude.value,
        "magnitude_unit": finding.magnitude.unit,
        "severity": severity.value,
        "severity_reasons": Jsonb([{"zh": reason.zh, "en": reason.en} for reason in reasons]),
        "evidence": Jsonb(dict(finding.evidence)),
    }
