"""Passes of the watch on a real store: the same end in whatever order readings come and passes are made."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from anomaly.chance_watch import reckon_once
from anomaly.judge import Judgement
from anomaly.passes import detect_once, summarise_once
from anomaly.policy import Policy
from anomaly.rules.reading_gap import ReadingGap
from store import due
from store.columns import EPOCH_SHIFT, send
from store.connection import Connection, connect
from store.due import Stage
from store.instruments import Enrolment, Site, enrol

POLICY = Policy.load()
START = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)
INSTRUMENTS = 3
Row = tuple[int, datetime, int]

FINDINGS = """
    SELECT judge_name, instrument_id, onset, until, noticed_at, statement_en, evidence
      FROM finding WHERE withdrawn_at IS NULL ORDER BY 1, 2, 3"""
ALERTS = """
    SELECT judge_name, instrument_id, findings, condition_present, since, severity, statement_en
      FROM alert WHERE closed_at IS NULL ORDER BY 1, 2"""
DAYS = "SELECT * FROM instrument_day ORDER BY instrument_id, register_id, day"


@pytest.fixture
def store(database: str) -> Iterator[Connection]:
    with connect(database, application="test", autocommit=True) as connection:
        site = Site("S", "站", "site")
        enrol(connection, [Enrolment("src", f"W-{n}", "water_meter", site) for n in range(INSTRUMENTS)])
        yield connection


def history(days: int = 40) -> list[Row]:
    """Hourly volumes of three meters, with a decrease, a gap of 50 h, and another gap of 9 days."""
    generator = np.random.default_rng(20260301)
    rows: list[Row] = []
    for instrument in range(1, INSTRUMENTS + 1):
        value = np.cumsum(generator.integers(0, 30, days * 24))
        for hour in range(days * 24):
            if instrument == 1 and hour == 500:
                value[hour:] -= 200
            if (instrument == 2 and 300 < hour < 350) or (instrument == 3 and 400 < hour < 616):
                continue
            rows.append((instrument, START + hour * HOUR, int(value[hour])))
    return rows


def arrive(store: Connection, rows: list[Row]) -> None:
    """Readings in the store, and their days due, as ingest leaves them."""
    layout = [
        ("taken_at", "i8"),
        ("value", "i8"),
        ("received_at", "i8"),
        ("instrument_id", "i4"),
        ("register_id", "i2"),
    ]
    (register,) = (
        store.execute("SELECT id FROM register WHERE kind = 'water_meter' AND name = 'volume'").fetchone() or ()
    )
    columns = np.zeros(len(rows), dtype=layout)
    columns["instrument_id"] = [row[0] for row in rows]
    columns["register_id"] = register
    columns["taken_at"] = [int(row[1].timestamp()) * 1_000_000 - EPOCH_SHIFT for row in rows]
    columns["received_at"] = columns["taken_at"]
    columns["value"] = [row[2] for row in rows]
    with store.transaction():
        send(store, "COPY reading FROM STDIN (FORMAT BINARY)", columns)
        mark(store, rows)


def mark(store: Connection, rows: list[Row]) -> None:
    days = sorted({(row[1] + 8 * HOUR).date() for row in rows})
    due.mark_summarise(store, [0] * len(days), days)


def watch(store: Connection) -> None:
    while (
        summarise_once(store, POLICY)
        or detect_once(store, POLICY, now=NOW, quiet=timedelta(0))
        or reckon_once(store, POLICY, now=NOW)
    ):
        pass


def outcome(store: Connection) -> tuple[list[object], ...]:
    return tuple(store.execute(query).fetchall() for query in (FINDINGS, ALERTS, DAYS))  # type: ignore[call-overload]  # test-only constants


def test_what_is_wrong_with_the_readings_comes_out_as_alerts(store: Connection) -> None:
    arrive(store, history())
    watch(store)
    claims = {(judge, instrument) for judge, instrument, *_ in store.execute(FINDINGS).fetchall()}
    assert {("backward_register", 1), ("reading_gap", 2), ("reading_gap", 3)} <= claims
    assert ("backward_register", 2) not in claims
    assert ("reading_gap", 1) not in claims


@pytest.mark.parametrize("seed", [1, 2])
def test_the_end_does_not_depend_on_the_order_of_arrival(store: Connection, database: str, seed: int) -> None:
    rows = history()
    arrive(store, rows)
    watch(store)
    expected = outcome(store)
    with connect(database, application="other", autocommit=True) as again:
        again.execute(
            "TRUNCATE reading, day_sheet, finding, alert, outbox, judging, not_judged, chance, chance_due, due "
            "RESTART IDENTITY CASCADE"
        )
        generator = np.random.default_rng(seed)
        shuffled = [rows[index] for index in generator.permutation(len(rows))]
        cuts = sorted(generator.integers(0, len(rows), 6).tolist())
        for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True):
            if start < end:
                arrive(again, shuffled[start:end])
                watch(again)
        for found, wanted in zip(outcome(again), expected, strict=True):
            assert found == wanted


LONGEST_GAPS = "SELECT day, longest_gap FROM instrument_day ORDER BY day"
GAPS = """
    SELECT onset, until FROM finding
     WHERE judge_name = 'reading_gap' AND withdrawn_at IS NULL ORDER BY onset"""


def test_a_late_reading_changes_what_a_far_later_day_says_of_the_gap_that_it_ends(store: Connection) -> None:
    # Half an hour after midnight in Shanghai: by UTC these would be other days.
    first, between, last = (START + timedelta(days=days, hours=-7.5) for days in (0, 4, 19))
    days = [(START + timedelta(days=days)).date() for days in (0, 4, 19)]
    arrive(store, [(1, first, 100), (1, last, 300)])
    watch(store)
    assert store.execute(GAPS).fetchall() == [(first, last)]
    assert store.execute(LONGEST_GAPS).fetchall() == [(days[0], None), (days[2], last - first)]
    arrive(store, [(1, between, 200)])
    watch(store)
    assert store.execute(GAPS).fetchall() == [(first, between), (between, last)]
    assert store.execute(LONGEST_GAPS).fetchall() == [
        (days[0], None),
        (days[1], between - first),
        (days[2], last - between),
    ]


def test_a_reading_that_bridges_a_silent_day_tells_what_the_day_before_it_consumed(store: Connection) -> None:
    # Shanghai: 23:00 of 2 March, then nothing until 01:00 of 4 March: the midnight between lies in a gap of 26 hours.
    before = [(1, START + hour * HOUR, hour) for hour in range(10, 40)]
    after = [(1, START + hour * HOUR, hour) for hour in range(65, 70)]
    question = "SELECT day, consumption FROM instrument_day ORDER BY day"
    arrive(store, before)
    watch(store)
    assert store.execute(question).fetchall()[1] == (date(2026, 3, 2), None)
    arrive(store, after)
    watch(store)
    assert store.execute(question).fetchall()[1] == (date(2026, 3, 2), 24)


def test_detectors_look_again_at_a_changed_day_and_at_the_day_its_readings_reach(store: Connection) -> None:
    arrive(store, [(1, START, 100), (1, START + timedelta(days=19), 300)])
    watch(store)
    assert due.depth(store, Stage.DETECT) == (0, None)
    arrive(store, [(1, START + timedelta(days=4), 200)])
    while summarise_once(store, POLICY):
        pass
    with store.transaction():
        claim = due.claim(store, Stage.DETECT)
    assert claim is not None
    assert [(START.date() - day).days for day in claim.days] == [-4, -19]


def test_detectors_leave_yesterday_alone_unless_today_changes_it(store: Connection) -> None:
    arrive(store, [(1, START + hour * HOUR, hour) for hour in range(50)])
    watch(store)
    arrive(store, [(1, START + 50 * HOUR, 50)])
    while summarise_once(store, POLICY):
        pass
    with store.transaction():
        claim = due.claim(store, Stage.DETECT)
    assert claim is not None
    assert claim.days == (date(2026, 3, 3),)


def test_a_reading_belongs_to_the_civil_day_of_its_own_site(store: Connection) -> None:
    west = Site("W", "西站", "west", time_zone="Asia/Urumqi")
    enrol(store, [Enrolment("src", "W-west", "water_meter", west)])
    (western,) = store.execute("SELECT id FROM instrument WHERE serial = 'W-west'").fetchone() or ()
    midnight = datetime(2026, 3, 1, 16, tzinfo=UTC)  # the end of 1 March in Shanghai, 22:00 of it in Urumqi
    instants = [midnight - HOUR / 2, midnight, midnight + HOUR / 2, midnight + 2 * HOUR]
    arrive(store, [(owner, at, value) for owner in (1, western) for value, at in enumerate(instants)])
    watch(store)
    counted = "SELECT instrument_id, day, readings, first_at, last_at FROM instrument_day ORDER BY 1, 2"
    march = [date(2026, 3, day) for day in (1, 2)]
    assert store.execute(counted).fetchall() == [
        (1, march[0], 1, instants[0], instants[0]),
        (1, march[1], 3, instants[1], instants[3]),
        (western, march[0], 3, instants[0], instants[2]),
        (western, march[1], 1, instants[3], instants[3]),
    ]


def test_a_pass_that_dies_leaves_its_marks(store: Connection) -> None:
    arrive(store, history(3))
    marked = due.depth(store, Stage.SUMMARISE)[0]

    def die_before_commit() -> None:
        with store.transaction():
            assert summarise_once(store, POLICY) is not None
            raise InterruptedError

    with pytest.raises(InterruptedError):
        die_before_commit()
    assert due.depth(store, Stage.SUMMARISE)[0] == marked
    assert outcome(store) == ([], [], [])


def test_detectors_wait_until_the_day_is_over(store: Connection) -> None:
    arrive(store, history(2))
    while summarise_once(store, POLICY):
        pass
    assert detect_once(store, POLICY, now=START - 24 * HOUR, quiet=timedelta(0)) is None
    assert detect_once(store, POLICY, now=NOW, quiet=timedelta(0)) is not None


def test_detectors_wait_until_past_days_are_quiet(store: Connection) -> None:
    arrive(store, history(2))
    while summarise_once(store, POLICY):
        pass
    assert detect_once(store, POLICY, now=NOW, quiet=timedelta(hours=1)) is None


def test_too_short_a_history_is_counted_not_silent(store: Connection) -> None:
    arrive(store, history(5))
    watch(store)
    march = "SELECT judge_name, instruments FROM not_judged WHERE lower(period) = '2026-03-01'"
    assert ("level_shift", INSTRUMENTS) in store.execute(march).fetchall()


def test_an_unknown_block_is_cleared(store: Connection) -> None:
    due.mark_summarise(store, [99], [START.date()])
    assert summarise_once(store, POLICY) is not None
    assert due.depth(store, Stage.SUMMARISE) == (0, None)


def test_a_block_with_transactions_and_no_reading_is_judged(store: Connection) -> None:
    with store.transaction():
        enrol(store, [Enrolment("src", "N-1", "fuel_dispenser", Site("S", "站", "site"))])
        store.execute(
            """INSERT INTO transaction (instrument_id, sequence, started_at, ended_at, received_at, quantity,
                                        unit_price, amount)
               SELECT id, 1, %(at)s, %(at)s, %(at)s, 100, 785000, 1785 FROM instrument WHERE serial = 'N-1'""",
            {"at": START},
        )
        due.mark_summarise(store, [0], [START.date()])
    watch(store)
    assert [judge for judge, *_ in store.execute(ALERTS).fetchall()] == ["amount_mismatch"]


def test_a_judge_that_fails_is_counted_and_the_others_are_heard(
    store: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive(store, history())
    watch(store)
    before = store.execute(FINDINGS).fetchall()
    store.execute("TRUNCATE finding, alert, outbox CASCADE")

    def fail(*_: object) -> Judgement:
        raise ZeroDivisionError

    monkeypatch.setattr(ReadingGap, "judge", fail)
    mark(store, history())
    watch(store)
    after = store.execute(FINDINGS).fetchall()
    assert {row for row in map(str, before) if "reading_gap" not in row} == set(map(str, after))
    failed = store.execute("SELECT DISTINCT judge_name FROM not_judged WHERE reason = 'judge_failed'").fetchall()
    assert failed == [("reading_gap",)]


def test_what_stood_of_a_judge_that_fails_stays(store: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    arrive(store, history())
    watch(store)
    before = outcome(store)

    def fail(*_: object) -> Judgement:
        raise ZeroDivisionError

    monkeypatch.setattr(ReadingGap, "judge", fail)
    mark(store, history())
    watch(store)
    assert outcome(store) == before
