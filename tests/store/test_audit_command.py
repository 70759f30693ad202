import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from store import audit, command
from tests.services.enrolled import connect_to

Run = Callable[..., Result]

WRITTEN = (
    ("command:root", "source.add", "source:water", {"name": "水务"}),
    ("ingest", "source.refused", "source:water", {"instrument": "W-1\x1b[2J"}),
    ("Li", "alert.acknowledge", "alert:1", None),
    ("Li", "alerting.test", "sources", None),
)


@pytest.fixture
def run(plain_database: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("HENGJIAN_DATABASE_URL", plain_database)
    with connect_to(plain_database) as connection:
        connection.execute("ALTER TABLE audit ALTER at SET DEFAULT now() - interval '3 days'")
        audit.record(connection, actor="watch", action="alert.raise_again", subject="alert:12")
        connection.execute("ALTER TABLE audit ALTER at SET DEFAULT now()")
        for actor, action, subject, detail in WRITTEN:
            audit.record(connection, actor=actor, action=action, subject=subject, detail=detail)
    app = typer.Typer()
    command.register(app)
    return lambda *arguments: CliRunner().invoke(app, ["audit", *map(str, arguments)])


def subjects(answer: Result) -> list[str]:
    assert answer.exit_code == 0, answer.output
    return [json.loads(line)["subject"] for line in answer.output.splitlines()]


@pytest.mark.parametrize(
    "asked, found",
    [
        ((), ["alert:12", "source:water", "source:water", "alert:1", "sources"]),
        (("--actor", "Li"), ["alert:1", "sources"]),
        (("--action", "alert"), ["alert:12", "alert:1"]),
        (("--action", "alert.acknowledge"), ["alert:1"]),
        (("--subject", "source"), ["source:water", "source:water"]),
        (("--subject", "alert:1"), ["alert:1"]),
        (("--subject", "source", "--actor", "watch"), []),
        (("--limit", "2"), ["alert:1", "sources"]),
    ],
)
def test_finds_what_is_asked_for_oldest_first(run: Run, asked: tuple[str, ...], found: list[str]) -> None:
    assert subjects(run(*asked, "--json")) == found


def test_finds_what_was_done_since(run: Run) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    for since in (f"{yesterday:%Y-%m-%d}", yesterday.strftime("%Y-%m-%dT%H:%M:%S+00:00")):
        assert "alert:12" not in subjects(run("--since", since, "--json"))
        assert "alert:1" in subjects(run("--since", since, "--json"))
    assert run("--since", "2026-11-22T08:00:00").exit_code == 2


def test_says_one_thing_a_line_and_nothing_to_the_terminal(run: Run) -> None:
    first, *_, last = run("--subject", "source").output.splitlines()
    assert first.endswith('Z  command:root  source.add  source:water  {"name": "水务"}')
    assert last.endswith('{"instrument": "W-1\\u001b[2J"}')
    [whole] = map(json.loads, run("--actor", "command:root", "--json").output.splitlines())
    assert (whole["detail"], whole["at"][-1]) == ({"name": "水务"}, "Z")
