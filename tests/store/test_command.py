import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from ingest import command as ingest_commands
from store import command, keys, quarantine
from store.arrivals import Held
from tests.services.enrolled import connect_to
from tests.store.test_enrolment_list import GOOD
from tests.store.test_quarantine import AT

Run = Callable[..., Result]


@pytest.fixture
def run(plain_database: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("HENGJIAN_DATABASE_URL", plain_database)
    app = typer.Typer()
    command.register(app)
    ingest_commands.register(app)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_migrating_twice_is_safe(run: Run) -> None:
    assert run("migrate").exit_code == 0
    assert "up to date" in run("migrate").output


def test_a_database_that_is_away_is_said_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HENGJIAN_DATABASE_URL", "postgresql://hengjian@127.0.0.1:9/none")
    for arguments in (("migrate",), ("key", "create", "--name", "x"), ("quarantine", "list")):
        result = run(*arguments)
        assert result.exit_code == 1
        assert "no connection to the database" in result.output


def test_enrols_a_hundred_thousand_instruments_quickly_and_only_once(
    run: Run, tmp_path: Path, plain_database: str
) -> None:
    file = tmp_path / "list.ndjson"
    rows = (json.dumps(GOOD | {"serial": f"W-{number:06}"}) for number in range(100_000))
    file.write_text("\n".join(rows), encoding="utf-8")
    began = time.monotonic()
    result = run("instrument", "enrol", file)
    assert result.stdout == "enrolled 100000, known before 0\n"  # the bar is for whoever looks on
    assert time.monotonic() - began < 60
    assert "enrolled 0, known before 100000" in run("instrument", "enrol", file).output
    with connect_to(plain_database) as connection:
        assert connection.execute("SELECT count(*), count(DISTINCT site_id) FROM instrument").fetchone() == (100_000, 1)
        assert connection.execute("SELECT count(*) FROM audit").fetchone() == (2,)


def test_says_which_known_instruments_a_list_describes_otherwise_and_leaves_them(
    run: Run, tmp_path: Path, plain_database: str
) -> None:
    def enrolled(*rows: dict[str, object]) -> str:
        file = tmp_path / "list.ndjson"
        file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        return run("instrument", "enrol", file).output.strip()

    rows = [GOOD | {"serial": f"W-{number}"} for number in range(8)]
    assert enrolled(*rows) == "enrolled 8, known before 0"
    assert enrolled(*rows) == "enrolled 0, known before 8"
    moved = rows[7] | {"site": {"code": "elsewhere", "name_zh": "别处", "name_en": "Elsewhere"}}
    assert (
        enrolled(rows[0], rows[1] | {"size": "DN20"}, rows[2] | {"accuracy_class": "1"}, moved)
        == "enrolled 0, known before 4, of which 3 differ and were left as they are: W-1, W-2, W-7"
    )
    output = enrolled(*(row | {"size": None} for row in rows), GOOD | {"serial": "W-8"}).replace("\n", "")
    assert output.startswith("enrolled 1, known before 8, of which 8 differ and were left as they are: W-0, W-1, W-2")
    assert output.endswith("W-4, …")
    with connect_to(plain_database) as connection:
        kept = connection.execute(
            "SELECT max(id), count(*), count(DISTINCT (size, site_id)) FROM instrument"
        ).fetchone()
        assert kept == (9, 9, 1)  # known ones use no number up


def test_enrols_nothing_of_a_list_with_a_bad_row(run: Run, tmp_path: Path, plain_database: str) -> None:
    file = tmp_path / "list.ndjson"
    file.write_text(json.dumps(GOOD) + "\n" + json.dumps(GOOD | {"kind": "sundial"}), encoding="utf-8")
    result = run("instrument", "enrol", file)
    assert result.exit_code == 1
    assert "list.ndjson:2: no instrument kind" in result.output.replace("\n", "")
    file.write_text(json.dumps(GOOD) + "\n" + json.dumps(GOOD | {"kind": "gas_meter", "accuracy_class": None}))
    result = run("instrument", "enrol", file)
    assert result.exit_code == 1
    assert "row 2" in result.output
    with connect_to(plain_database) as connection:
        assert connection.execute("SELECT count(*) FROM instrument").fetchone() == (0,)


def test_makes_and_revokes_a_key(run: Run, plain_database: str) -> None:
    key = run("key", "create", "--name", "inspector", "--role", "supervisor").output.strip()
    with connect_to(plain_database) as connection:
        holder = keys.holder(connection, key)
        assert holder is not None
        assert (holder.name, holder.role) == ("inspector", keys.Role.SUPERVISOR)
        assert run("key", "revoke", holder.key_id).exit_code == 0
        assert keys.holder(connection, key) is None
    assert run("key", "revoke", holder.key_id).exit_code == 1


def test_shows_quarantine_without_touching_the_terminal(run: Run, plain_database: str) -> None:
    topic = "telemetry/city/native"
    with connect_to(plain_database) as connection:
        quarantine.hold(connection, ["city"], [Held(0, topic, b"\x1b[2J", "bad_json", "payload is not JSON", AT)])
    listed = run("quarantine", "list").output
    assert "city" in listed
    assert "bad_json" in listed
    number = run("quarantine", "list", "--numbers").output.strip()
    shown = run("quarantine", "show", number).output
    assert "\\x1b[2J" in shown
    assert "\x1b" not in shown
    assert run("quarantine", "show", 999).exit_code == 1
    assert run("quarantine", "replay").exit_code == 1
    refused = run("quarantine", "replay", "--cause", "bad_json")
    assert refused.exit_code == 1
    assert f"message {number} stays held, bad_json" in refused.output
    assert "released 0, refused 1" in refused.output
