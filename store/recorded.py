"""Findings as they stand recorded, for whoever compares them with what the judges say of the same data now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from metrology.wording import Wording
from store import sql
from store.connection import Connection
from store.due import BLOCK_BITS


@dataclass(frozen=True, slots=True)
class Recorded:
    """One standing finding with the judge as it was when it last said so.

    Parameters
    ----------
    instrument, source
        Of whom it speaks; exactly one is not None.
    serial, kind, time_zone
        Of the instrument; None where a source is spoken of.
    parameters
        In force when the judge last said so: by kind, or its own where it judges sources.
    """

    id: int
    alert: int | None
    judge: str
    version: str
    policy_hash: str
    parameters: Mapping[str, Any]
    grade: str
    instrument: int | None
    serial: str | None
    kind: str | None
    time_zone: str | None
    source: int | None
    source_code: str | None
    register: str | None
    onset: datetime
    onset_earliest: datetime | None
    onset_latest: datetime | None
    until: datetime | None
    noticed_at: datetime
    statement: Wording
    magnitude: float
    unit: str
    uncertainty: float | None
    relative_percent: float | None
    p_value: float | None
    q_value: float | None
    stands_out: bool
    evidence: Mapping[str, Any]
    evidence_from: datetime | None
    evidence_to: datetime | None


def snapshot(connection: Connection) -> None:
    """See one state of the store, and change nothing, to the end of this transaction."""
    connection.execute(sql.statements("recorded")["snapshot"])


def blocks(connection: Connection) -> list[int]:
    """Every block that has instruments."""
    return [number for (number,) in connection.execute(sql.statements("recorded")["blocks"], {"bits": BLOCK_BITS})]


def of_block(connection: Connection, block: int, start: datetime, end: datetime) -> list[Recorded]:
    """Standing findings on the instruments of a block, noticed in [start, end)."""
    members = {"first": block << BLOCK_BITS, "last": ((block + 1) << BLOCK_BITS) - 1}
    return _rows(connection, members | {"start": start, "end": end})


def of_sources(connection: Connection, start: datetime, end: datetime) -> list[Recorded]:
    """Standing findings on sources, noticed in [start, end)."""
    return _rows(connection, {"start": start, "end": end, "sources": True})


def of_alert(connection: Connection, alert: int) -> list[Recorded]:
    """Standing findings of an alert, latest first."""
    return _rows(connection, {"alert": alert})


def ledger(connection: Connection, source: int, intake: int) -> tuple[str | None, datetime | None, datetime]:
    """Whose a row of the intake ledger is and when it was committed; and when the source was enrolled."""
    row = connection.execute(sql.statements("recorded")["ledger"], {"source": source, "intake": intake}).fetchone()
    assert row is not None  # noqa: S101 - a finding refers to its source
    return row[0], row[1], row[2]


def _rows(connection: Connection, wanted: dict[str, object]) -> list[Recorded]:
    nothing: dict[str, object] = dict.fromkeys(("alert", "first", "last", "start", "end"))
    rows = connection.execute(sql.statements("recorded")["findings"], nothing | {"sources": False} | wanted).fetchall()
    told = ([*row[:19], Wording(row[19], row[20]), *row[21:]] for row in rows)
    return [Recorded(*values) for values in told]
