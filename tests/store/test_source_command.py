import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from store import command, credentials
from tests.services.enrolled import connect_to

Run = Callable[..., Result]


@pytest.fixture
def run(plain_database: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("HENGJIAN_DATABASE_URL", plain_database)
    monkeypatch.setenv("COLUMNS", "200")
    app = typer.Typer()
    command.register(app)
    return lambda *arguments: CliRunner().invoke(app, ["source", *(str(argument) for argument in arguments)])


def test_shows_a_password_once_and_what_it_lets_in(run: Run, plain_database: str) -> None:
    added = run("add", "water", "--name", "Water Company", "--interval", "PT15M", "--messages-per-second", 5)
    password = added.output.strip()
    with connect_to(plain_database) as connection:
        [kept] = credentials.current(connection)
    assert kept.hashes is not None
    assert kept.hashes.match(password)
    listed = run("list").output
    assert password not in listed
    for word in ("water", "Water Company", "password", "every 0:15:00", "5 messages/s"):
        assert word in listed
    rotated = run("rotate", "water").output.strip()
    assert rotated not in {password, ""}
    assert run("add", "water").exit_code == 1


def test_says_everything_in_eighty_columns(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    limits = ("--interval", "PT15M", "--messages-per-second", 1000, "--bytes-per-second", 12345678)
    run("add", "charge-liangzhu", "--name", "Liangzhu Charging [east]", *limits, "--largest-message", 1048576)
    listed = run("list").output
    assert max(map(len, listed.splitlines())) <= 80
    assert "…" not in listed
    for word in ("charge-liangzhu", "[east]", "every 0:15:00", "1000 messages/s", "12345678 bytes/s", "1048576"):
        assert word in listed


def test_says_why_it_refuses(run: Run) -> None:
    for arguments, why in (
        (("add", "a/b"), "is not one"),
        (("add", "ingest"), "is not one"),
        (("add", "water", "--interval", "soon"), "is no duration"),
        (("rotate", "nobody"), "is not enrolled"),
        (("change", "nobody", "--name", "x"), "is not enrolled"),
        (("change", "nobody"), "say what to change"),
    ):
        result = run(*arguments)
        assert result.exit_code == 1, arguments
        assert why in result.output, arguments


def test_takes_limits_back(run: Run, plain_database: str) -> None:
    assert run("add", "water", "--certificate", "--largest-message", 100, "--interval", "P1D").exit_code == 0
    assert run("change", "water", "--largest-message", 0, "--interval", "none").output == "changed water\n"
    with connect_to(plain_database) as connection:
        row = connection.execute("SELECT largest_message, report_interval FROM source").fetchone()
    assert row == (None, None)
    assert "certificate" in run("list").output
    assert run("revoke", "water").output == "revoked water\n"
    assert run("revoke", "water").output == "water was revoked before\n"
    assert "revoked" in run("list").output


def test_takes_over_passwords_made_elsewhere_once(run: Run, plain_database: str, tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    file.write_text(json.dumps({"water": "one", "gas": "two"}))
    assert run("admit", file).output == "let in 2, known before 0\n"
    assert run("admit", file).output == "let in 0, known before 2\n"
    with connect_to(plain_database) as connection:
        kept = [one.hashes for one in credentials.current(connection)]
    gas, water = kept
    assert gas is not None
    assert water is not None
    assert (gas.match("two"), water.match("one")) == (True, True)
    for text in ("[1]", "{", '{"a": 1}'):
        file.write_text(text)
        assert run("admit", file).exit_code == 1
