"""What the command line says for all rooms together."""

import sys

import pytest
from typer.testing import CliRunner

from standalone.command import application, main


@pytest.mark.parametrize(
    "command, said",
    [
        pytest.param("replay", "mqtt[s]://[user:password@]host[:port]", id="an address"),
        pytest.param("replay", "[default: the file's folder]", id="a default in words"),
        pytest.param("up", "[default: any free one]", id="another default in words"),
    ],
)
def test_help_leaves_nothing_in_square_brackets_out(command: str, said: str) -> None:
    result = CliRunner().invoke(application(), [command, "--help"], env={"COLUMNS": "200"}, terminal_width=200)
    assert said in " ".join(result.output.split())


@pytest.mark.parametrize(
    "command, variable, value, said",
    [
        ("api", "HENGJIAN_API_PATIENCE", "7", "it is a duration in ISO 8601 (P for the period, T before"),
        ("watch", "HENGJIAN_WATCH_QUIET", "soon", "; for example HENGJIAN_WATCH_QUIET=PT20S"),
        ("bridge", "HENGJIAN_WEBHOOKS", "topsecret", "it is no JSON; for example HENGJIAN_WEBHOOKS=[{"),
        ("bridge", "HENGJIAN_WEBHOOKS", '[{"url": "http://topsecret"}]', "(0.secret): Field required"),
        ("ingest", "HENGJIAN_MQTT_VERSION", "4", "'5' or '3.1.1'; for example HENGJIAN_MQTT_VERSION=5"),
        (
            "migrate",
            "HENGJIAN_DATABASE_URL",
            "mysql://me:topsecret@there/x",
            "; for example HENGJIAN_DATABASE_URL=",
        ),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(
    command: str,
    variable: str,
    value: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(variable, value)
    monkeypatch.setattr(sys, "argv", ["hengjian", command])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    errors = capsys.readouterr().err
    assert errors.startswith(f"hengjian: {variable} cannot be used")
    assert said in errors
    assert len(errors.splitlines()) == 1
    assert "topsecret" not in errors
