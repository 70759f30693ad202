"""A small world for the way out: instruments, readings and alerts, entered as the other rooms enter them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np

from metrology.alert import Severity
from metrology.finding import Finding, Grade, Magnitude, SourceFinding
from metrology.wording import Wording
from store import days, findings, instruments, source_findings
from store.columns import DAY_ZERO
from store.connection import Connection
from store.findings import Appraised, Judged, Speaker
from store.instruments import Enrolment, Operator, Site
from store.packed import ABSENT

MAY = datetime(2024, 5, 1, tzinfo=UTC)

WEST = Site("DMA-01", "城西一区", "West 1", "330106", 30.2, 120.1)
BERLIN = Site("DMA-02", "柏林", "Berlin", None, 52.5, 13.4, "Europe/Berlin")
UTILITY = Operator("91330100MA2XXXXX0A", "水务公司", "Water Utility")


def enrol(connection: Connection, count: int = 3, *, site: Site = WEST, source: str = "city-water") -> list[int]:
    """Enrol water meters and return their numbers."""
    known = instruments.resolve_since(connection, source, 0, "") or {}
    first = len(known) + 1
    serials = [f"W-{number:06}" for number in range(first, first + count)]
    instruments.enrol(
        connection,
        [
            Enrolment(source, serial, "water_meter", site, UTILITY, "2", "DN15", "M1", date(2023, 5, 1))
            for serial in serials
        ],
    )
    connection.commit()
    known = instruments.resolve_since(connection, source, 0, "") or {}
    return [known[serial].id for serial in serials]


def speaker(judge: str = "backward_register") -> Speaker:
    return Speaker(
        name=judge,
        version="1",
        grade=Grade.EXACT if judge == "backward_register" else Grade.STATISTICAL,
        question=Wording("示值是否倒退？", "Has the register gone backward?"),
        check=Wording("核对表盘", "Read the dial."),
        method="r(t+1) ≥ r(t)",
        parameters={"tolerance_steps": 0},
        policy_hash="0" * 64,
        false_alarms_per_1000_instrument_years=None if judge == "backward_register" else 20.0,
    )


def finding(
    instrument: int,
    *,
    onset: datetime = MAY,
    magnitude: float = 12.3,
    uncertainty: float | None = None,
    severity: Severity = Severity.MAJOR,
) -> Appraised:
    return Appraised(
        Finding(
            instrument=instrument,
            onset=onset,
            until=None,
            noticed_at=onset + timedelta(hours=1),
            statement=Wording("示值倒退12.3立方米", "The register went back by 12.3 m³"),
            magnitude=Magnitude(magnitude, "m3", uncertainty, -31.04),
            register="volume",
            p_value=None,
            evidence={"before": "100.000", "after": "87.700"},
        ),
        severity,
        [Wording("超过最大允许误差", "beyond the MPE")],
        Decimal(4),
        Wording("使用中最大允许误差：JJG 162-2019", "in-service MPE: JJG 162-2019"),
        Decimal("41.50"),
        Wording("12.3 m³ × 3.37元/m³", "12.3 m³ × 3.37 CNY/m³"),
    )


def raise_alerts(connection: Connection, *appraised: Appraised, judge: str = "backward_register") -> list[int]:
    """Record findings in one transaction and return the numbers of the alerts they stand under, in their order."""
    days = [item.finding.onset.date() for item in appraised]
    first, last = min(days), max(days)
    judged = Judged(
        block=0,
        first=first,
        last=last,
        start=datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=1),
        end=datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=2),
        covers=lambda _instrument, _at: False,
        horizon=datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1),
    )
    findings.record(connection, speaker(judge), judged, appraised)
    rows = connection.execute(
        "select instrument_id, id from alert where judge_name = %s and closed_at is null", (judge,)
    ).fetchall()
    connection.commit()
    numbers = dict(rows)
    return [numbers[item.finding.instrument] for item in appraised]


def raise_silence(connection: Connection, source: str = "city-water") -> int:
    """Record that a source has been silent since May, and return the number of the alert."""
    (number,) = connection.execute("select id from source where code = %s", (source,)).fetchone() or (0,)
    found = SourceFinding(
        source=number,
        onset=MAY,
        until=None,
        noticed_at=MAY + timedelta(minutes=16),
        statement=Wording("来源静默", "The source is silent"),
        magnitude=Magnitude(0.25, "h"),
        evidence={"report_interval_seconds": 900.0},
    )
    speaks = replace(speaker(), name="source_silence")
    source_findings.record(connection, speaks, [(found, Severity.MINOR, [Wording("直接得出", "exact")])])
    (alert,) = connection.execute("select id from alert where source_id = %s", (number,)).fetchone() or (0,)
    connection.commit()
    return int(alert)


def read(connection: Connection, instrument: int, register: str, readings: list[tuple[datetime, int]]) -> None:
    """Enter readings [counts of the register's resolution]."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into reading (taken_at, value, received_at, instrument_id, register_id) "
            "select %s, %s, %s, %s, register.id from register where kind = 'water_meter' and name = %s",
            [(at, value, at + timedelta(seconds=3), instrument, register) for at, value in readings],
        )
    connection.commit()


def summarise(
    connection: Connection, instrument: int, day: date, hourly: list[int | None] | None, *, consumption: int | None
) -> None:
    """Enter a civil day of the register volume."""
    (register,) = (
        connection.execute("select id from register where kind = 'water_meter' and name = 'volume'").fetchone() or ()
    )
    row = np.zeros(1, dtype=days.LAYOUT)
    row["instrument"], row["register"], row["day"] = instrument, register, (day - DAY_ZERO).days
    row["readings"], row["longest_gap"] = 24, 3_600_000_000
    row["consumption"] = ABSENT if consumption is None else consumption
    row["hourly"] = [ABSENT if hour is None else hour for hour in hourly or [None] * 24]
    days.write(connection, row)
    connection.commit()


def intake(connection: Connection, **counts: int) -> None:
    """Enter one row of the ledger, as of now."""
    connection.execute(
        "insert into intake (source_code, messages, readings, readings_stored, readings_repeated) "
        "values ('city-water', %(messages)s, %(readings)s, %(stored)s, %(repeated)s)",
        {"messages": 1, "readings": 0, "stored": 0, "repeated": 0} | counts,
    )
    connection.commit()


def quarantine(connection: Connection, cause: str, *, times: int = 1) -> None:
    """Hold messages of one cause."""
    for number in range(times):
        connection.execute(
            "insert into quarantine (source_code, topic, cause, detail, payload, digest, first_received_at, "
            "last_received_at) values ('city-water', 'telemetry/city-water/native', %s, 'x', %s, sha256(%s), %s, %s)",
            (cause, b"{", f"{cause}{number}".encode(), MAY, MAY + timedelta(minutes=number)),
        )
    connection.commit()


def audited(connection: Connection, action: str) -> list[tuple[str, dict[str, object]]]:
    """Who did it, with what particulars."""
    rows = connection.execute("select actor, detail from audit where action = %s order by id", (action,)).fetchall()
    connection.commit()
    return rows
