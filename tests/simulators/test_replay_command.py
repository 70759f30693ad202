"""`hengjian replay` on the command line."""

import json
from pathlib import Path
from typing import Never

import pytest
import typer
from typer.testing import CliRunner, Result

from simulators import replay_command
from simulators.command import register
from tests.services.fixtures import Broker
from tests.services.mqtt_client import Listener

ROWS = "".join(f"a,2024-07-01T{hour:02}:00:00+02:00,volume,{hour}.125\n" for hour in range(24))
TABLE = "instrument,taken_at,register,value\n" + ROWS + "a,2024-07-02T00:00:00+02:00,volume,1.23456\n"


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    (tmp_path / "water_lab").mkdir()
    file = tmp_path / "water_lab" / "readings.csv"
    file.write_text(TABLE, encoding="utf-8")
    return file


def run(*arguments: object) -> Result:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, ["replay", *map(str, arguments)])


def test_writes_the_enrolment_of_a_file_without_a_broker(recording: Path, tmp_path: Path) -> None:
    result = run(recording, "--enrolment", tmp_path / "e.ndjson", "--time-zone", "Europe/Madrid")
    assert result.exit_code == 0, result.output
    (line,) = (tmp_path / "e.ndjson").read_text(encoding="utf-8").splitlines()
    enrolled = json.loads(line)
    assert (enrolled["source"], enrolled["serial"], enrolled["kind"]) == ("water_lab", "a", "water_meter")
    assert enrolled["site"]["time_zone"] == "Europe/Madrid"


@pytest.mark.parametrize(
    "arguments, said",
    [
        (("--time-zone", "Mars/Olympus"), "no IANA time zone"),
        (("--speed", "0"), "neither a positive number nor max"),
        (("--speed", "fast"), "neither a positive number nor max"),
        (("--kind", "flux_capacitor"), "no instrument kind is called"),
        (("--kind", "tank_gauge", "--kind", "ev_charger", "--source", "a b"), "cannot be a source"),
        ((), "no broker"),
    ],
)
def test_says_in_one_sentence_what_is_wrong(
    recording: Path, arguments: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("HENGJIAN_BROKER_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    broker = ("--broker", "mqtt://127.0.0.1:1") if "--kind" in arguments else ()
    result = run(recording, *arguments, *broker)
    assert result.exit_code == 1
    assert said in result.stderr


def test_an_interruption_before_anything_was_published_is_no_fault(
    recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_arguments: object) -> Never:
        raise KeyboardInterrupt

    monkeypatch.setattr(replay_command, "open_publisher", interrupted)
    result = run(recording, "--broker", "mqtt://127.0.0.1:1")
    assert result.exit_code == 130, result.exception


@pytest.mark.journey
def test_accounts_for_every_row_of_every_file(broker: Broker, recording: Path, tmp_path: Path) -> None:
    credentials, summary = tmp_path / "credentials.json", tmp_path / "summary.ndjson"
    credentials.write_text(json.dumps({"water_lab": broker.ensure_source("water_lab")}), encoding="utf-8")
    where = ("--broker", broker.url(), "--mqtt-version", broker.mqtt_version, "--credentials", credentials)
    with Listener(broker.url(), "taker", subscribe="telemetry/#", version=broker.mqtt_version) as taker:
        result = run(recording, recording, *where, "--per-message", 10, "--summary", summary)
        assert result.exit_code == 0, result.output
        # 22 hours of 1 July in UTC make three messages, two more hours of 30 June one, the unfit row its own.
        assert taker.wait(lambda: len(taker.bodies()) >= 10)
    for line in summary.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        assert told["rows"] == told["readings"] == told["acknowledged"]["readings"] == 25
        assert told["messages"] == told["acknowledged"]["messages"] == 5
        assert told["unfit"] == 1
        assert told["source"] == "water_lab"
    assert len(set(taker.bodies())) == 5
