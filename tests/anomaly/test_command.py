from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from anomaly import command
from anomaly.policy import STANDARD
from tests.services.databases import DatabaseServer

RUNNER = CliRunner()
UNKNOWN_KIND = STANDARD.read_text(encoding="utf-8").replace("[judges.water_meter]", "[judges.water_metre]")


def application() -> typer.Typer:
    app = typer.Typer(pretty_exceptions_enable=False)
    command.register(app)
    return app


@pytest.mark.parametrize("line", ["watch", "explain 1", "judge --from 2026-01-01 --to 2026-01-02"])
@pytest.mark.parametrize("content", [None, "judges = 1", "[[", UNKNOWN_KIND])
def test_a_policy_that_cannot_be_used_is_named_and_nothing_begins(
    line: str, content: str | None, tmp_path: Path
) -> None:
    file = tmp_path / "policy.toml"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    ended = RUNNER.invoke(application(), [*line.split(), "--policy", str(file)])
    assert ended.exit_code == 1
    assert isinstance(ended.exception, SystemExit)
    assert str(file) in ended.stderr or "water_metre" in ended.stderr


@pytest.mark.parametrize("line", ["explain 1", "judge --from 2026-01-01 --to 2026-01-02"])
def test_a_database_of_an_earlier_version_is_to_be_migrated(
    line: str, plain_databases: DatabaseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with plain_databases.fresh(migrated=False) as empty:
        monkeypatch.setenv("HENGJIAN_DATABASE_URL", empty)
        ended = RUNNER.invoke(application(), line.split())
    assert ended.exit_code == 1
    assert "run `hengjian migrate`" in ended.stderr
