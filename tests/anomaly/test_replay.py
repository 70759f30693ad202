"""Judging stored data again: the same comes out, what was tampered with is named, and no alert is touched."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from typer import Typer
from typer.testing import CliRunner

from anomaly.chance_watch import reckon_once
from anomaly.explain import explain
from anomaly.passes import detect_once, summarise_once
from anomaly.policy import Policy
from anomaly.replay import compare, only, recorded_block, replay_block
from anomaly.replay_command import DIFFERS, register
from store.connection import Connection, connect
from store.instruments import Enrolment, Site, enrol
from tests.anomaly.test_passes import HOUR, NOW, POLICY, START, Row, arrive

DAYS = 110
FIRST, LAST = date(2026, 3, 1), date(2026, 6, 18)
EVERYTHING = (
    "SELECT row_to_json(alert)::text FROM alert UNION ALL SELECT row_to_json(finding)::text FROM finding ORDER BY 1"
)


def told(_: str) -> None:
    """Nobody listens to the progress."""


def history() -> list[Row]:
    """Three meters, four readings a day: one falls once, one stands still from day 60 on, one misses two days."""
    generator = np.random.default_rng(20260301)
    rows: list[Row] = []
    for instrument in (1, 2, 3):
        value = np.cumsum(generator.integers(1, 120, DAYS * 4))
        if instrument == 1:
            value[100:] -= 400
        if instrument == 2:
            value[240:] = value[240]
        rows += [
            (instrument, START + at * 6 * HOUR, int(value[at]))
            for at in range(DAYS * 4)
            if not (instrument == 3 and 50 < at < 60)
        ]
    return rows


@pytest.fixture(scope="module")
def judged(plain_databases) -> Iterator[str]:  # noqa: ANN001 - the fixture of the store's tests
    with plain_databases.fresh(migrated=True) as url:
        with connect(url, application="test", autocommit=True) as store:
            site = Site("S", "站", "site")
            enrol(store, [Enrolment("src", f"W-{n}", "water_meter", site) for n in range(3)])
            arrive(store, history())
            while (
                summarise_once(store, POLICY)
                or detect_once(store, POLICY, now=NOW, quiet=timedelta(0))
                or reckon_once(store, POLICY, now=NOW)
            ):
                pass
        yield url


@pytest.fixture
def store(judged: str) -> Iterator[Connection]:
    """The judged store, as it was before once the test is over."""
    with connect(judged, application="test") as connection:
        yield connection
        connection.rollback()


def verdicts(store: Connection, policy: Policy = POLICY) -> list[tuple[str, str, int]]:
    judges = {judge.name for judge in policy.judges("water_meter")}
    now = replay_block(store, policy, 0, FIRST, LAST, now=NOW, told=told)
    differences = compare(now, recorded_block(store, 0, FIRST, LAST, judges))
    return [(one.judge, (one.now or one.then).instrument or 0, one.verdict) for one in differences]  # type: ignore[union-attr]  # one of the two is there


def test_what_was_raised_comes_out_the_same_and_nothing_is_touched(store: Connection) -> None:
    before = store.execute(EVERYTHING).fetchall()
    found = verdicts(store)
    assert {("backward_register", 1, "same"), ("reading_gap", 3, "same"), ("stopped_register", 2, "same")} <= set(found)
    assert {verdict for *_, verdict in found} == {"same"}
    assert store.execute(EVERYTHING).fetchall() == before


def test_new_gone_and_changed_are_told_apart(store: Connection) -> None:
    store.execute("UPDATE finding SET magnitude = magnitude * 2 WHERE judge_name = 'backward_register'")
    store.execute("UPDATE finding SET withdrawn_at = now() WHERE judge_name = 'reading_gap'")
    store.execute("UPDATE finding SET onset = onset - interval '1 day' WHERE judge_name = 'stopped_register'")
    assert set(verdicts(store)) == {
        ("backward_register", 1, "changed"),
        ("reading_gap", 3, "new"),
        ("stopped_register", 2, "gone"),
        ("stopped_register", 2, "new"),
    }


def test_another_policy_shows_what_it_would_change(store: Connection) -> None:
    longer = replace(
        POLICY,
        by_kind={
            "water_meter": tuple(
                replace(judge, limit_hours=400.0) if judge.name == "reading_gap" else judge  # type: ignore[type-var, call-arg]  # every judge is a dataclass
                for judge in POLICY.judges("water_meter")
            )
        },
    )
    assert ("reading_gap", 3, "gone") in verdicts(store, longer)
    assert verdicts(store, only(POLICY, ["backward_register"])) == [("backward_register", 1, "same")]


def alert_of(store: Connection, judge: str) -> int:
    row = store.execute("SELECT id FROM alert WHERE judge_name = %s", [judge]).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("judge", ["backward_register", "stopped_register", "reading_gap"])
def test_an_alert_reproduces_even_under_another_policy(store: Connection, judge: str) -> None:
    alert = alert_of(store, judge)
    explained = explain(store, POLICY, alert, now=NOW, told=told)
    assert explained is not None
    assert explained.reproduces
    assert explained.remarks == []
    other = replace(POLICY, by_kind={}, hash="f" * 64)
    again = explain(store, other, alert, now=NOW, told=told)
    assert again is not None
    assert again.reproduces
    assert [remark.en[:10] for remark in again.remarks] == ["The policy"]


def test_a_tampered_alert_does_not_reproduce_and_what_changed_in_the_code_is_said(store: Connection) -> None:
    alert = alert_of(store, "stopped_register")
    store.execute("UPDATE finding SET p_value = 1e-12 WHERE alert_id = %s", [alert])
    store.execute("UPDATE judge SET version = '0' WHERE name = 'stopped_register'")
    explained = explain(store, POLICY, alert, now=NOW, told=told)
    assert explained is not None
    assert not explained.reproduces
    assert [one.changed for one in explained.differences] == [("p_value",)]
    assert any("version 0" in remark.en for remark in explained.remarks)


def test_an_alert_that_is_not_there_has_no_explanation(store: Connection) -> None:
    assert explain(store, POLICY, 999, now=NOW, told=told) is None


@pytest.fixture
def command(judged: str, monkeypatch: pytest.MonkeyPatch) -> Typer:
    monkeypatch.setenv("HENGJIAN_DATABASE_URL", judged)
    app = Typer()
    register(app)
    return app


def test_the_command_prints_the_difference_and_says_so_by_its_status(command: Typer, judged: str) -> None:
    runner = CliRunner()
    days = ["--from", FIRST.isoformat(), "--to", LAST.isoformat(), "--judge", "backward_register"]
    same = runner.invoke(command, ["judge", *days])
    assert (same.exit_code, same.stdout.strip()) == (0, "0 new, 0 gone, 0 changed, 1 same")
    assert "block 0: rules" in same.stderr
    with connect(judged, application="test", autocommit=True) as store:
        store.execute("UPDATE finding SET magnitude = magnitude + 1 WHERE judge_name = 'backward_register'")
        differs = runner.invoke(command, ["judge", *days, "--instrument", "1", "--json"])
        store.execute("UPDATE finding SET magnitude = magnitude - 1 WHERE judge_name = 'backward_register'")
    assert differs.exit_code == DIFFERS
    document = json.loads(differs.stdout)
    assert document["counts"] == {"new": 0, "gone": 0, "changed": 1, "same": 0}
    assert document["differences"][0]["changed"] == ["magnitude"]
    assert runner.invoke(command, ["judge", *days, "--instrument", "2"]).stdout.startswith(
        "0 new, 0 gone, 0 changed, 0 s"
    )
    assert runner.invoke(command, ["judge", *days[:4], "--judge", "clairvoyance"]).exit_code == 2


@pytest.mark.parametrize("language,word", [("zh", "一致"), ("en", "The alert reproduces")])
def test_the_explanation_lists_the_numbers_in_either_language(
    command: Typer, store: Connection, language: str, word: str
) -> None:
    runner = CliRunner()
    number = str(alert_of(store, "stopped_register"))
    answer = runner.invoke(command, ["explain", number, "--language", language])
    assert answer.exit_code == 0
    assert word in answer.stdout
    assert "expected_per_year = " in answer.stdout
    assert "usual_per_day = " in answer.stdout
    assert " kWh\n" in answer.stdout or " m³\n" in answer.stdout
    assert "T16:00:00+00:00" not in answer.stdout
    document = json.loads(runner.invoke(command, ["explain", number, "--json"]).stdout)
    assert document["reproduces"] is True
    assert document["parameters"]["prior_idle_days"] == 3.0
    assert document["findings"][0]["then"]["evidence_from"]
    assert runner.invoke(command, ["explain", "999"]).exit_code == 1
