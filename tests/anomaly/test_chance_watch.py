"""Findings of a month against chance, on a real store: what opens an alert depends on the whole fleet."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from anomaly.chance_watch import reckon_once
from anomaly.policy import Policy
from anomaly.speaker import speaker
from metrology.alert import Severity
from metrology.finding import Finding, Magnitude
from metrology.wording import Wording
from store import chance, due, findings
from store.connection import Connection, connect
from store.findings import Appraised, Judged, Silent
from store.instruments import Enrolment, Site, enrol

POLICY = Policy.load()
NOW = datetime(2026, 11, 22, tzinfo=UTC)
NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)
FLEET = 8


@pytest.fixture
def store(database: str) -> Iterator[Connection]:
    with connect(database, application="test", autocommit=True) as connection:
        site = Site("S", "站", "site")
        enrol(connection, [Enrolment("src", f"W-{n}", "water_meter", site) for n in range(FLEET)])
        yield connection


def march(block: int = 0) -> Judged:
    start, end = datetime(2026, 2, 28, 16, tzinfo=UTC), datetime(2026, 3, 31, 16, tzinfo=UTC)
    return Judged(block, date(2026, 3, 1), date(2026, 3, 31), start, end, lambda *_: True, end)


def claim(instrument: int, p_value: float) -> Appraised:
    finding = Finding(
        instrument=instrument,
        register="volume",
        onset=NOON,
        until=None,
        noticed_at=NOON,
        statement=Wording(zh="停走", en="stopped"),
        magnitude=Magnitude(-1.0, "m3", 0.1),
        p_value=p_value,
    )
    return Appraised(finding, Severity.WARNING)


def say(store: Connection, *said: Appraised, asked: int = FLEET, block: int = 0, policy: Policy = POLICY) -> None:
    with store.transaction():
        findings.record_asked(store, "stopped_register", "water_meter", march(block), asked, {"idle": Silent(1, None)})
        findings.record(store, speaker(policy, "stopped_register"), march(block), said)
        chance.mark(store, [march().first])


def shown(store: Connection) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    alerts = "SELECT instrument_id, findings, closed_reason, q_value FROM alert ORDER BY instrument_id, id"
    stored = "SELECT instrument_id, q_value, stands_out, alert_id IS NULL FROM finding ORDER BY instrument_id"
    return store.execute(alerts).fetchall(), store.execute(stored).fetchall()


def test_nothing_opens_before_the_month_was_set_against_chance_and_then_what_stands_out_does(store: Connection) -> None:
    say(store, claim(1, 1e-4), claim(3, 0.9), asked=1000)
    assert shown(store) == ([], [(1, None, False, True), (3, None, False, True)])
    weighed = reckon_once(store, POLICY, now=NOW)
    assert weighed is not None
    [month] = weighed.months
    assert (month.month, month.questions, month.found, month.standing_out) == (date(2026, 3, 1), 999, 2, 1)
    alerts, stored = shown(store)
    assert [alert[:3] for alert in alerts] == [(1, 1, None)]
    assert [finding[0::2] for finding in stored] == [(1, True), (3, False)]
    assert stored[0][1] == alerts[0][3]
    assert stored[1][1] == pytest.approx(999 * 10 / 12_000)
    assert reckon_once(store, POLICY, now=NOW) is None
    assert [row.month for row in chance.months(store, before=None, limit=5)] == [date(2026, 3, 1)]


def test_what_no_longer_stands_out_of_a_larger_fleet_closes_with_that_reason_and_may_open_anew(
    store: Connection,
) -> None:
    say(store, claim(1, 0.001))
    reckon_once(store, POLICY, now=NOW)
    say(store, asked=1_000_000, block=1)
    reckon_once(store, POLICY, now=NOW)
    alerts, stored = shown(store)
    assert [(alert[0], alert[2]) for alert in alerts] == [(1, "chance")]
    assert [finding[2] for finding in stored] == [False]
    say(store, claim(1, 1e-30))
    reckon_once(store, POLICY, now=NOW)
    assert [(alert[0], alert[2]) for alert in shown(store)[0]] == [(1, "chance"), (1, None)]


def test_the_end_does_not_depend_on_which_block_came_first(store: Connection) -> None:
    def judge_blocks(order: list[int]) -> object:
        store.execute(
            "TRUNCATE finding, alert, outbox, judging, not_judged, chance, chance_due RESTART IDENTITY CASCADE"
        )
        for block in order:
            say(store, *([claim(1, 0.002), claim(4, 1e-6)] if block == 0 else []), asked=3000, block=block)
            reckon_once(store, POLICY, now=NOW)
        alerts, stored = shown(store)
        return [alert for alert in alerts if alert[2] is None], [finding[:3] for finding in stored]

    assert judge_blocks([0, 1, 2]) == judge_blocks([2, 1, 0]) == judge_blocks([1, 0, 2])


def test_blocks_still_due_are_waited_for_but_not_for_ever(store: Connection) -> None:
    say(store, claim(1, 1e-4))
    due.mark_detect(store, 1, {date(2026, 3, 5)})
    assert reckon_once(store, POLICY, now=NOW) is None
    assert reckon_once(store, POLICY, now=NOW, patience=timedelta(0)) is not None


def test_one_watch_at_a_time_takes_the_step(store: Connection, database: str) -> None:
    say(store, claim(1, 1e-4))
    with connect(database, application="other") as other:
        assert chance.lock(other)
        assert reckon_once(store, POLICY, now=NOW) is None
    assert reckon_once(store, POLICY, now=NOW) is not None


def test_a_policy_without_a_budget_opens_an_alert_for_each_finding(store: Connection) -> None:
    free = replace(POLICY, budget=None)
    say(store, claim(1, 0.9))
    say(store, claim(1, 0.9), policy=free)
    assert [alert[:3] for alert in shown(store)[0]] == [(1, 1, None)]
    assert reckon_once(store, free, now=NOW) is None
