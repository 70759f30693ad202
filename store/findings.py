"""Findings and the alerts they gather under: written by the watch alone, one block at a time."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray
from psycopg.types.json import Jsonb
from psycopg.types.range import DateRange

from metrology.alert import Severity
from metrology.finding import Finding, Grade
from metrology.wording import Wording
from store import audit, outbox, sql
from store.connection import Connection
from store.due import BLOCK_BITS


@dataclass(frozen=True, slots=True)
class Speaker:
    """A judge as it speaks now: what an alert needs to be recomputed."""

    name: str
    version: str
    grade: Grade
    question: Wording
    check: Wording
    method: str
    parameters: Mapping[str, object]
    policy_hash: str
    false_alarms_per_1000_instrument_years: float | None
    rates: Mapping[str, float] = field(default_factory=dict)
    """Stated false-alarm rate of each kind on which it is another one [1/(1000 instrument-years)]."""
    controlled: bool = False
    """Whether its findings open alerts only after they were set against chance (store.chance)."""


@dataclass(frozen=True, slots=True)
class Appraised:
    """A finding and what it means: how urgent, against which limit, at what cost, from which data."""

    finding: Finding
    severity: Severity
    reasons: Sequence[Wording] = ()
    mpe_percent: Decimal | None = None
    mpe_source: Wording | None = None
    cost_amount: Decimal | None = None
    cost_basis: Wording | None = None
    cost_quantity: Decimal | None = None
    cost_price: Decimal | None = None
    evidence_from: datetime | None = None
    evidence_to: datetime | None = None


_NOBODY = bytes(1 << BLOCK_BITS >> 3)


@dataclass(frozen=True, slots=True)
class Silent:
    """Instruments of a block that a judge could not judge for one reason.

    Parameters
    ----------
    members
        One bit for each id of the block, from the lowest of each byte on; None where the judge told their number alone.
    """

    count: int = 0
    members: bytes | None = _NOBODY

    @classmethod
    def of(cls, ids: NDArray[np.int64]) -> "Silent":
        r"""These instruments, all of one block.

        Examples
        --------
        >>> Silent.of(np.array([4096, 4107])).members[:3]
        b'\x01\x08\x00'
        """
        bits = np.zeros(1 << BLOCK_BITS, dtype=np.bool_)
        bits[ids & ((1 << BLOCK_BITS) - 1)] = True
        return cls(len(ids), np.packbits(bits, bitorder="little").tobytes())

    def __add__(self, other: "Silent") -> "Silent":
        """Both together, of which nobody is in both."""
        if self.members is None or other.members is None:
            return Silent(self.count + other.count, None)
        both = int.from_bytes(self.members, "little") | int.from_bytes(other.members, "little")
        return Silent(self.count + other.count, both.to_bytes(len(_NOBODY), "little"))


@dataclass(frozen=True, slots=True)
class Judged:
    """The stretch that a judge has just judged.

    Parameters
    ----------
    first, last
        Civil days, both included.
    start, end
        The earliest beginning and the latest end of these days in any zone of the block.
    covers
        Whether an instant lies in the judged days of an instrument, in its own zone.
    horizon
        Instant up to which evidence was looked at.
    """

    block: int
    first: date
    last: date
    start: datetime
    end: datetime
    covers: Callable[[int, datetime], bool]
    horizon: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """What changed: numbers of findings and alerts."""

    changed: int = 0
    withdrawn: int = 0
    opened: int = 0
    updated: int = 0
    closed: int = 0

    def __add__(self, other: "Recorded") -> "Recorded":
        """Both together."""
        return Recorded(
            self.changed + other.changed,
            self.withdrawn + other.withdrawn,
            self.opened + other.opened,
            self.updated + other.updated,
            self.closed + other.closed,
        )


def number_of(connection: Connection, speaker: Speaker) -> int:
    """Number of a judge in this version and policy, entered where it is new."""
    named = sql.statements("findings")
    fields = {
        "name": speaker.name,
        "version": speaker.version,
        "grade": speaker.grade.value,
        "question_zh": speaker.question.zh,
        "question_en": speaker.question.en,
        "check_zh": speaker.check.zh,
        "check_en": speaker.check.en,
        "method": speaker.method,
        "parameters": Jsonb(dict(speaker.parameters)),
        "policy_hash": speaker.policy_hash,
        "digest": _digest(speaker),
        "false_alarms_per_1000_instrument_years": speaker.false_alarms_per_1000_instrument_years,
        "rates": Jsonb(dict(speaker.rates)),
    }
    for step in ("number_of_judge", "enter_judge", "number_of_judge"):  # another watch may enter it in between
        row = connection.execute(named[step], fields).fetchone()
        if row is not None:
            return int(row[0])
    raise AssertionError(f"judge {speaker.name} neither entered nor found")


def record(connection: Connection, speaker: Speaker, judged: Judged, findings: Sequence[Appraised]) -> Recorded:
    """Make the store say of the judged stretch what the judge says now, in the caller's transaction.

    Findings are entered or brought up to date by (judge, instrument, register, onset); those that stood in the
    stretch and are not said again are withdrawn. Alerts follow, and the outbox is told. The outbox stays locked until
    the transaction ends: commit soon.
    """
    named = sql.statements("findings")
    judge_id = number_of(connection, speaker)
    names = {"judge": speaker.name, "grade": speaker.grade.value}
    standing = connection.execute(
        named["standing"],
        names | _ids(judged.block) | {"start": judged.start, "end": judged.end},
    ).fetchall()
    touched: set[int] = set()
    for item in findings:
        row = connection.execute(named["record"], _fields(item, judged, judge_id, speaker)).fetchone()
        if row is not None:
            touched.add(int(row[0]))
    changed = len(touched)
    said = {(item.finding.instrument, item.finding.register, item.finding.onset) for item in findings}
    gone = [
        (number, instrument)
        for number, instrument, register, onset, noticed_at in standing
        if (instrument, register, onset) not in said and judged.covers(instrument, noticed_at)
    ]
    if gone:
        connection.execute(named["withdraw"], {"ids": [number for number, _ in gone]})
        touched.update(instrument for _, instrument in gone)
    if not touched:
        return Recorded()
    if speaker.controlled:
        connection.execute(named["mark_chance"], names | {"instruments": sorted(touched)})
    done = follow_instruments(connection, speaker.name, speaker.grade, sorted(touched))
    return Recorded(changed, len(gone)) + done


def record_asked(
    connection: Connection, judge: str, kind: str, judged: Judged, asked: int, silent: Mapping[str, Silent]
) -> None:
    """Remember about how many instruments of a block a judge was asked, and which it could not judge, and why.

    What was said of parts of the period before is forgotten; of the rest of its own period it still holds.
    """
    named = sql.statements("findings")
    period = {
        "judge": judge,
        "kind": kind,
        "block": judged.block,
        "period": DateRange(judged.first, judged.last + timedelta(days=1)),
    }
    connection.execute(named["forget_judging"], period)
    connection.execute(named["forget_not_judged"], period)
    connection.execute(named["judging"], period | {"instruments": asked})
    for reason, those in silent.items():
        if those.count:
            told = {"reason": reason, "instruments": those.count, "members": those.members}
            connection.execute(named["not_judged"], period | told)


def follow_instruments(connection: Connection, judge: str, grade: Grade, instruments: Sequence[int]) -> Recorded:
    """Gather the standing findings of a judge on some instruments under alerts; what became of these."""
    named = sql.statements("findings")
    scope = {"judge": judge, "grade": grade.value, "instruments": list(instruments)}
    opened = {int(number) for (number,) in connection.execute(named["open_alerts"], scope).fetchall()}
    connection.execute(named["attach"], scope)
    alerts = [int(number) for (number,) in connection.execute(named["alerts_of_instruments"], scope).fetchall()]
    return follow(connection, alerts, opened)


def follow(connection: Connection, alerts: list[int], opened: set[int]) -> Recorded:
    """Let open alerts say what their standing findings say now, and tell the outbox; what became of them.

    Parameters
    ----------
    opened
        Those of them that this transaction has opened.
    """
    named = sql.statements("findings")
    scope = {"alerts": alerts}
    for (alert,) in connection.execute(named["raise_again"], scope).fetchall():
        audit.record(connection, actor="watch", action="alert.raise_again", subject=f"alert:{alert}")
    refreshed = connection.execute(named["refresh_alerts"], scope).fetchall()
    closed = connection.execute(named["close_withdrawn"], scope).fetchall()
    for number, version in sorted(refreshed):
        _tell(connection, "alert.opened" if number in opened else "alert.updated", number, version)
    for number, version in sorted(closed):
        _tell(connection, "alert.closed", number, version)
    return Recorded(opened=len(opened), updated=len(refreshed) - len(opened), closed=len(closed))


def _digest(speaker: Speaker) -> str:
    said = (speaker.method, speaker.parameters, asdict(speaker.question), asdict(speaker.check), speaker.grade.value)
    return sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _tell(connection: Connection, topic: str, alert: int, version: int) -> None:
    outbox.append(connection, topic, alert, {"alert": alert, "topic": topic, "version": version})


def _fields(item: Appraised, judged: Judged, judge_id: int, speaker: Speaker) -> dict[str, object]:
    finding = item.finding
    return {
        "judge_id": judge_id,
        "judge": speaker.name,
        "controlled": speaker.controlled,
        "instrument": finding.instrument,
        "register": finding.register,
        "onset": finding.onset,
        "onset_earliest": finding.onset_earliest,
        "onset_latest": finding.onset_latest,
        "until": finding.until,
        "noticed_at": finding.noticed_at,
        "horizon": judged.horizon,
        "statement_zh": finding.statement.zh,
        "statement_en": finding.statement.en,
        "magnitude": finding.magnitude.value,
        "magnitude_unit": finding.magnitude.unit,
        "uncertainty": finding.magnitude.uncertainty,
        "relative_percent": finding.magnitude.relative_percent,
        "p_value": finding.p_value,
        "loss": finding.loss,
        "severity": item.severity.value,
        "severity_reasons": Jsonb([{"zh": reason.zh, "en": reason.en} for reason in item.reasons]),
        "mpe_percent": item.mpe_percent,
        "mpe_source_zh": item.mpe_source and item.mpe_source.zh,
        "mpe_source_en": item.mpe_source and item.mpe_source.en,
        "cost_amount": item.cost_amount,
        "cost_basis_zh": item.cost_basis and item.cost_basis.zh,
        "cost_basis_en": item.cost_basis and item.cost_basis.en,
        "evidence": Jsonb(dict(finding.evidence)),
        "cost_quantity": item.cost_quantity,
        "cost_price": item.cost_price,
        "evidence_from": item.evidence_from,
        "evidence_to": item.evidence_to,
    }


def _ids(block: int) -> dict[str, int]:
    return {"first": block << BLOCK_BITS, "last": ((block + 1) << BLOCK_BITS) - 1}
