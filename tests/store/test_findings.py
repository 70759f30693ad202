import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import LiteralString

import numpy as np
import psycopg
import pytest

from metrology.alert import ClosedReason, Severity
from metrology.finding import Finding, Grade, Magnitude
from metrology.wording import Wording
from store import findings
from store.alerts import Acknowledgement, acknowledge
from store.connection import Connection, connect
from store.findings import Appraised, Judged, Recorded, Silent, Speaker
from store.instruments import Enrolment, Site, enrol

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SPEAKER = Speaker(
    name="backward_register",
    version="1",
    grade=Grade.EXACT,
    question=Wording(zh="倒走了吗？", en="Did it run back?"),
    check=Wording(zh="看表", en="Look at it"),
    method="compare",
    parameters={},
    policy_hash="0" * 64,
    false_alarms_per_1000_instrument_years=None,
)


def one_day(day: date = date(2026, 11, 20), *, horizon: datetime | None = None) -> Judged:
    start = datetime.combine(day, datetime.min.time(), UTC)
    end = start + timedelta(days=1)
    return Judged(0, day, day, start, end, lambda _, instant: start <= instant < end, horizon or end)


def claim(onset: datetime, *, size: float = 1.0, until: datetime | None = None, instrument: int = 1) -> Appraised:
    finding = Finding(
        instrument=instrument,
        register="volume",
        onset=onset,
        until=until,
        noticed_at=onset + HOUR,
        statement=Wording(zh=f"退{size}", en=f"fell by {size}"),
        magnitude=Magnitude(size, "m3"),
        evidence={"size": size},
    )
    return Appraised(finding, Severity.MINOR)


@pytest.fixture
def store(database: str) -> Iterator[Connection]:
    with connect(database, application="test", autocommit=True) as connection:
        site = Site("S", "站", "site")
        enrol(connection, [Enrolment("src", f"W-{n}", "water_meter", site) for n in (1, 2)])
        yield connection


def record(store: Connection, judged: Judged, *said: Appraised) -> Recorded:
    with store.transaction():
        return findings.record(store, SPEAKER, judged, said)


def alerts(store: Connection) -> list[tuple[object, ...]]:
    return store.execute(
        "SELECT instrument_id, findings, condition_present, statement_en, closed_reason FROM alert ORDER BY id"
    ).fetchall()


def topics(store: Connection) -> list[str]:
    return [topic for (topic,) in store.execute("SELECT topic FROM outbox ORDER BY id").fetchall()]


def test_a_finding_opens_an_alert_and_tells_the_outbox(store: Connection) -> None:
    assert record(store, one_day(), claim(NOON)) == Recorded(changed=1, opened=1)
    assert alerts(store) == [(1, 1, True, "fell by 1.0", None)]
    assert topics(store) == ["alert.opened"]


def test_an_onset_known_more_closely_updates_finding_and_alert(store: Connection) -> None:
    said = claim(NOON)
    for hours in (5, 2, 2):
        known = replace(said.finding, onset_earliest=NOON - hours * HOUR, onset_latest=NOON)
        record(store, one_day(), replace(said, finding=known))
    interval = (NOON - 2 * HOUR, NOON)
    assert store.execute("SELECT since_earliest, since_latest FROM alert").fetchall() == [interval]
    assert store.execute("SELECT onset_earliest, onset_latest FROM finding").fetchall() == [interval]
    assert topics(store) == ["alert.opened", "alert.updated"]


def test_saying_the_same_again_changes_nothing(store: Connection) -> None:
    record(store, one_day(), claim(NOON))
    assert record(store, one_day(), claim(NOON)) == Recorded()
    assert topics(store) == ["alert.opened"]


def test_findings_of_one_instrument_gather_under_one_alert_and_the_gravest_speaks(store: Connection) -> None:
    record(store, one_day(), claim(NOON, until=NOON + HOUR))
    grave = replace(claim(NOON + 2 * HOUR, size=3, until=NOON + 3 * HOUR), severity=Severity.MAJOR)
    light = claim(NOON + 4 * HOUR, size=9, until=NOON + 5 * HOUR)
    record(store, one_day(), claim(NOON, until=NOON + HOUR), grave, light)
    assert alerts(store) == [(1, 3, False, "fell by 3", None)]
    assert topics(store) == ["alert.opened", "alert.updated"]


def test_instruments_have_alerts_of_their_own(store: Connection) -> None:
    record(store, one_day(), claim(NOON), claim(NOON, instrument=2))
    assert [row[0] for row in alerts(store)] == [1, 2]


def test_what_fuller_evidence_no_longer_shows_is_withdrawn(store: Connection) -> None:
    record(store, one_day(), claim(NOON))
    assert record(store, one_day()) == Recorded(withdrawn=1, closed=1)
    assert alerts(store) == [(1, 0, False, "fell by 1.0", "withdrawn")]
    assert topics(store) == ["alert.opened", "alert.closed"]


def test_what_is_said_again_after_withdrawal_opens_a_new_alert(store: Connection) -> None:
    record(store, one_day(), claim(NOON))
    record(store, one_day())
    assert record(store, one_day(), claim(NOON)) == Recorded(changed=1, opened=1)
    assert [row[4] for row in alerts(store)] == ["withdrawn", None]


def test_silence_about_another_stretch_withdraws_nothing(store: Connection) -> None:
    record(store, one_day(), claim(NOON))
    assert record(store, one_day(date(2026, 11, 21))) == Recorded()


def test_a_later_look_ends_a_condition_and_an_earlier_one_does_not_undo_it(store: Connection) -> None:
    late = one_day(date(2026, 12, 20))
    record(store, one_day(), claim(NOON))
    record(store, late, claim(NOON, until=NOON + 50 * HOUR))
    record(store, one_day(), claim(NOON))
    assert [row[2] for row in alerts(store)] == [False]


def test_what_could_not_be_judged_is_counted_anew_each_time(store: Connection) -> None:
    for silent in (
        {"short_history": Silent(5, None), "silent": Silent()},
        {"short_history": Silent.of(np.array([1, 2, 3, 9]))},
    ):
        findings.record_asked(store, "stopped_register", "water_meter", one_day(), 7, silent)
    rows = store.execute("SELECT reason, instruments FROM not_judged").fetchall()
    assert rows == [("short_history", 4)]


def test_the_judge_is_remembered_in_the_state_in_which_it_spoke(store: Connection) -> None:
    record(store, one_day(), claim(NOON))
    with store.transaction():
        findings.record(store, replace(SPEAKER, version="2"), one_day(), [claim(NOON)])
    rows = store.execute("SELECT version FROM finding JOIN judge ON judge.id = judge_id").fetchall()
    assert rows == [("2",)]


def test_the_stated_false_alarm_rate_is_remembered_with_the_judge(store: Connection) -> None:
    detector = replace(
        SPEAKER, name="level_shift", grade=Grade.STATISTICAL, false_alarms_per_1000_instrument_years=20.0
    )
    with store.transaction():
        findings.record(store, SPEAKER, one_day(), [claim(NOON)])
        findings.record(store, detector, one_day(), [claim(NOON)])
    rows = store.execute("SELECT name, false_alarms_per_1000_instrument_years FROM judge ORDER BY name").fetchall()
    assert rows == [("backward_register", None), ("level_shift", 20.0)]


def test_an_alert_says_limit_and_cost_in_both_languages(store: Connection) -> None:
    appraised = replace(
        claim(NOON),
        mpe_source=Wording(zh="使用中最大允许误差", en="in-service MPE"),
        cost_amount=Decimal("5.00"),
        cost_basis=Wording(zh="1 m³ × 5.00元/m³", en="1 m³ × 5.00 CNY/m³"),
    )
    record(store, one_day(), appraised)
    said = [("使用中最大允许误差", "in-service MPE", "1 m³ × 5.00元/m³", "1 m³ × 5.00 CNY/m³")]
    columns = "mpe_source_zh, mpe_source_en, cost_basis_zh, cost_basis_en"
    assert store.execute(f"SELECT {columns} FROM alert").fetchall() == said
    assert store.execute(f"SELECT {columns} FROM finding").fetchall() == said


@pytest.mark.parametrize(
    "change",
    [
        "closed_at = now(), closed_reason = 'gone'",
        "closed_at = now()",
        "closed_reason = 'handled'",
        "mpe_source_zh = '限值'",
        "cost_basis_en = 'basis'",
    ],
)
def test_the_store_refuses_half_a_closing_and_half_a_text(store: Connection, change: LiteralString) -> None:
    record(store, one_day(), claim(NOON))
    with pytest.raises(psycopg.errors.CheckViolation):
        store.execute(f"UPDATE alert SET {change}")


@pytest.mark.parametrize("reason", ClosedReason)
def test_every_reason_of_closing_is_accepted(store: Connection, reason: ClosedReason) -> None:
    record(store, one_day(), claim(NOON))
    store.execute("UPDATE alert SET closed_at = now(), closed_reason = %s", [reason.value])


def acknowledged(store: Connection) -> list[object]:
    return [by for (by,) in store.execute("SELECT acknowledged_by FROM alert ORDER BY id").fetchall()]


def test_more_findings_call_for_a_person_anew(store: Connection) -> None:
    record(store, one_day(), claim(NOON, until=NOON + HOUR))
    store.execute("UPDATE alert SET acknowledged_at = now(), acknowledged_by = 'li'")
    record(store, one_day(), claim(NOON, until=NOON + HOUR))
    assert acknowledged(store) == ["li"]
    record(store, one_day(), claim(NOON, until=NOON + HOUR), claim(NOON + 2 * HOUR, until=NOON + 3 * HOUR))
    assert acknowledged(store) == [None]
    assert store.execute("SELECT actor, action FROM audit").fetchall() == [("watch", "alert.raise_again")]


def test_a_graver_finding_calls_for_a_person_anew(store: Connection) -> None:
    record(store, one_day(), claim(NOON))
    store.execute("UPDATE alert SET acknowledged_at = now(), acknowledged_by = 'li'")
    record(store, one_day(), replace(claim(NOON), severity=Severity.CRITICAL))
    assert acknowledged(store) == [None]


def test_a_default_changed_without_a_new_version_is_another_state_of_the_judge(store: Connection) -> None:
    record(store, one_day(), claim(NOON))
    with store.transaction():
        findings.record(store, replace(SPEAKER, parameters={"water_meter": {"limit": 2}}), one_day(), [claim(NOON)])
    assert store.execute("SELECT count(*) FROM judge").fetchall() == [(2,)]
    rows = store.execute("SELECT parameters FROM finding JOIN judge ON judge.id = judge_id").fetchall()
    assert rows == [({"water_meter": {"limit": 2}},)]


def test_what_can_be_judged_now_is_no_longer_counted_as_not_judged(store: Connection) -> None:
    silent = {"no_consecutive_readings": Silent.of(np.array([1, 2, 3]))}
    findings.record_asked(store, "reading_gap", "water_meter", one_day(), 3, silent)
    findings.record_asked(store, "reading_gap", "water_meter", replace(one_day(), first=date(2026, 11, 19)), 3, {})
    assert store.execute("SELECT * FROM not_judged").fetchall() == []


def test_what_was_said_of_the_days_around_a_period_judged_anew_still_holds(store: Connection) -> None:
    month = replace(one_day(), first=date(2026, 11, 18), last=date(2026, 11, 25))
    silent = {"no_consecutive_readings": Silent.of(np.array([1, 2]))}
    findings.record_asked(store, "reading_gap", "water_meter", month, 3, silent)
    findings.record_asked(store, "reading_gap", "water_meter", one_day(), 3, {})
    days = [(date(2026, 11, 18), date(2026, 11, 20)), (date(2026, 11, 21), date(2026, 11, 26))]
    spans: LiteralString = "SELECT lower(period), upper(period) FROM {} ORDER BY period"
    assert store.execute(spans.format("not_judged")).fetchall() == days
    assert store.execute(spans.format("judging")).fetchall() == [days[0], (days[0][1], days[1][0]), days[1]]


def test_it_is_known_which_instruments_could_not_be_judged(store: Connection) -> None:
    silent = {
        "short_history": Silent.of(np.array([2, 11])) + Silent.of(np.array([4095])),
        "mood": Silent(1, None) + Silent.of(np.array([7])),
    }
    findings.record_asked(store, "level_shift", "water_meter", one_day(), 7, silent)
    bits = "SELECT n FROM not_judged, generate_series(0, 4095) AS n WHERE get_bit(members, n) = 1 ORDER BY 1"
    assert [number for (number,) in store.execute(bits).fetchall()] == [2, 11, 4095]
    counts = store.execute("SELECT reason, instruments, members IS NULL FROM not_judged ORDER BY 1").fetchall()
    assert counts == [("mood", 2, True), ("short_history", 3, False)]


def test_who_acknowledges_and_who_records_never_wait_for_each_other_for_ever(database: str, store: Connection) -> None:
    record(store, one_day(), claim(NOON), claim(NOON, instrument=2))
    with connect(database, application="watch") as watch, ThreadPoolExecutor() as people:
        findings.record(watch, SPEAKER, one_day(), [claim(NOON, size=2), claim(NOON, instrument=2)])
        note = people.submit(acknowledge_second, database)
        time.sleep(0.3)
        findings.record(watch, SPEAKER, one_day(), [claim(NOON, size=2), claim(NOON, instrument=2, size=3)])
        watch.commit()
        assert note.result(timeout=10) is Acknowledgement.DONE


def acknowledge_second(database: str) -> Acknowledgement:
    with connect(database, application="person") as connection:
        return acknowledge(connection, 2, versions=None, actor="li", comment="")
