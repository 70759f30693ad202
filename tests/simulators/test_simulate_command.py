"""`hengjian simulate` on the command line."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from simulators import state
from simulators.command import register
from store.weather_list import read_weather
from tests.services.fixtures import Broker


def run(*arguments: object) -> Result:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, ["simulate", *map(str, arguments)])


def test_writes_enrolment_and_truth_without_a_broker(tmp_path: Path) -> None:
    enrolment, truth = tmp_path / "enrolment.ndjson", tmp_path / "truth.ndjson"
    epoch = ("--epoch", "2026-10-01", "--until", "2026-11-20T00:00:00+08:00")
    result = run("--instruments", 120, *epoch, "--enrolment", enrolment, "--truth", truth)
    assert result.exit_code == 0, result.output
    kinds = {json.loads(line)["kind"] for line in enrolment.read_text(encoding="utf-8").splitlines()}
    assert len(kinds) == 6
    modes = {json.loads(line)["mode"] for line in truth.read_text(encoding="utf-8").splitlines()}
    assert modes >= {"register_set_back", "stopped_register", "level_shift", "silence", "amount_over_charged"}


@pytest.mark.parametrize(
    "arguments, said",
    [
        ((), "nothing to do"),
        (("--backfill", "1"), "never travels without its truth"),
        (("--backfill", "1", "--honest"), "no broker"),
        (("--backfill", "1", "--honest", "--broker", "x://y"), "no address of the form"),
        (("--backfill", "1", "--honest", "--broker", "mqtt://127.0.0.1:1", "--mqtt-version", "4"), "not spoken here"),
        (("--backfill", "1", "--honest", "--broker", "mqtt://127.0.0.1:1"), "no broker answers at"),
        (("--until", "2026-11-20T00:00:00", "--truth", "t"), "a naive time is refused"),
        (("--until", "soon", "--truth", "t"), "no RFC 3339 instant"),
        (("--instruments", "9", "--enrolment", "e"), "too small"),
        (("--epoch", "May", "--enrolment", "e"), "no day of the form"),
        (
            ("--epoch", "2026-11-01", "--daily-history", "9", "--until", "2026-11-05T00:00:00Z", "--live", "--honest"),
            "give an earlier --epoch",
        ),
    ],
)
def test_says_in_one_sentence_what_is_wrong(
    arguments: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("HENGJIAN_BROKER_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 1
    assert said in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.journey
def test_a_second_start_continues_where_the_first_ended(broker: Broker, tmp_path: Path) -> None:
    sources = ("city-water", "city-power", "city-gas", "fuel-qianjiang", "charge-tianmu")
    credentials, memory = tmp_path / "credentials.json", tmp_path / "state.json"
    credentials.write_text(json.dumps({source: broker.ensure_source(source) for source in sources}), encoding="utf-8")
    where = ("--broker", broker.url(), "--mqtt-version", broker.mqtt_version, "--credentials", credentials)
    city = ("--state", memory, "--truth", tmp_path / "truth.ndjson", "--summary", tmp_path / "summary.ndjson")
    first = run("--instruments", 80, "--backfill", 2, "--until", "2026-11-20T12:00:00+08:00", *where, *city)
    assert first.exit_code == 0, first.output
    second = run("--backfill", 2, "--until", "2026-11-21T12:00:00+08:00", *where, *city)
    assert second.exit_code == 0, second.output
    one, other = (json.loads(line) for line in (tmp_path / "summary.ndjson").read_text(encoding="utf-8").splitlines())
    assert one["published"] == one["acknowledged"]
    assert one["epoch"] == other["epoch"] == "2026-11-18"
    # Two and a half days against one.
    assert 2 < one["published"]["readings"] / other["published"]["readings"] < 3
    remembered = state.load(memory)
    assert remembered is not None
    assert remembered.published_until is not None
    assert remembered.published_until.isoformat() == "2026-11-21T04:00:00+00:00"
    stranger = run("--seed", 5, "--backfill", 1, *where, *city)
    assert stranger.exit_code == 1
    assert "remembers another city" in stranger.stderr


@pytest.mark.journey
def test_a_daily_history_goes_before_the_hours_and_is_not_sent_twice(broker: Broker, tmp_path: Path) -> None:
    sources = ("city-water", "city-power", "city-gas", "fuel-qianjiang", "charge-tianmu")
    credentials, memory = tmp_path / "credentials.json", tmp_path / "state.json"
    credentials.write_text(json.dumps({source: broker.ensure_source(source) for source in sources}), encoding="utf-8")
    where = ("--broker", broker.url(), "--mqtt-version", broker.mqtt_version, "--credentials", credentials)
    city = ("--state", memory, "--truth", tmp_path / "truth.ndjson", "--summary", tmp_path / "summary.ndjson")
    plan = ("--instruments", 80, "--daily-history", 50, "--backfill", 0)
    for until in ("2026-11-20T00:00:00+08:00", "2026-11-20T01:00:00+08:00"):
        result = run(*plan, "--until", until, *where, *city)
        assert result.exit_code == 0, result.output
    one, other = (json.loads(line) for line in (tmp_path / "summary.ndjson").read_text(encoding="utf-8").splitlines())
    assert one["epoch"] == "2026-10-01"
    assert one["published"] == one["acknowledged"]
    assert one["published"]["transactions"] == 0
    # 51 midnights of all but the tank gauges and the silent, then one hour.
    assert 45 * 70 < one["published"]["readings"] <= 51 * one["instruments"]
    assert 0 < other["published"]["readings"] < 5 * one["instruments"]
    remembered = state.load(memory)
    assert remembered is not None
    assert remembered.daily_history == 50
    stranger = run("--daily-history", 5, "--backfill", 1, *where, *city)
    assert stranger.exit_code == 1
    assert "remembers another city" in stranger.stderr


def test_writes_the_weather_of_every_day_that_is_over(tmp_path: Path) -> None:
    weather = tmp_path / "weather.csv"
    result = run("--epoch", "2026-01-30", "--until", "2026-02-02T07:00:00+08:00", "--weather", weather)
    assert result.output == f"3 days of weather in {weather}\n"
    lines = weather.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "region,day,temperature,source"
    assert [line.split(",")[:2] for line in lines[1:]] == [
        ["330100", f"2026-0{day}"] for day in ("1-30", "1-31", "2-01")
    ]
    assert len(read_weather(weather)) == 3
