from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from store import command, weather
from store.weather import WeatherDay
from tests.services.enrolled import connect_to, enrol

Run = Callable[[str], Result]
HEADING = "region,day,temperature,source\n"
JANUARY = date(2026, 1, 5)


def told(temperature: float, region: str = "330106", day: date = JANUARY) -> WeatherDay:
    return WeatherDay(region, day, temperature, "station")


def known(database: str, *regions: str) -> dict[tuple[str, date], float]:
    with connect_to(database) as connection:
        return weather.temperatures(connection, regions, date(2026, 1, 1), date(2026, 1, 31))


def due(database: str) -> list[tuple[str, int, date]]:
    with connect_to(database) as connection:
        return connection.execute("SELECT DISTINCT stage, block, day FROM due ORDER BY day").fetchall()


def enter(database: str, *days: WeatherDay) -> int:
    with connect_to(database) as connection, connection.transaction():
        return weather.enter(connection, days, actor="test")


@pytest.fixture
def run(plain_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("HENGJIAN_DATABASE_URL", plain_database)
    app = typer.Typer()
    command.register(app)
    file = tmp_path / "weather.csv"

    def import_text(text: str) -> Result:
        file.write_text(text, encoding="utf-8")
        return CliRunner().invoke(app, ["weather", "import", str(file)])

    return import_text


def test_a_region_has_its_own_weather_else_its_citys_else_its_provinces(plain_database: str):
    enter(plain_database, told(3.0, "330000"), told(5.0, "330100"), told(4.5, "330106"))
    found = known(plain_database, "330106", "330108", "330206", "310101", "Asia/Shanghai")
    assert found == {("330106", JANUARY): 4.5, ("330108", JANUARY): 5.0, ("330206", JANUARY): 3.0}


def test_what_is_new_or_corrected_is_judged_again_and_nothing_else(plain_database: str):
    with connect_to(plain_database) as connection:
        enrol(connection)
        connection.execute("DELETE FROM due")
    assert enter(plain_database, told(4.5), told(6.0, "310101", date(2026, 1, 6))) == 2
    assert due(plain_database) == [("detect", 0, JANUARY)]
    with connect_to(plain_database) as connection:
        connection.execute("DELETE FROM due")
    assert enter(plain_database, told(4.5)) == 0
    assert due(plain_database) == []
    assert enter(plain_database, told(4.0, "330100"), told(4.25)) == 2
    assert due(plain_database) == [("detect", 0, JANUARY)]
    assert known(plain_database, "330106") == {("330106", JANUARY): 4.25}


def test_an_import_says_what_it_did_and_leaves_a_trace(run: Run, plain_database: str):
    text = HEADING + "330106,2026-01-05,4.5,station 58457\n330106,2026-01-06,-1.25,station 58457\n"
    assert run(text).output == "entered 2 days of weather, known before 0\n"
    assert run(text).output == "entered 0 days of weather, known before 2\n"
    with connect_to(plain_database) as connection:
        rows = connection.execute("SELECT detail ->> 'days' FROM audit WHERE action = 'weather.import'").fetchall()
    assert rows == [("2",)]
    assert known(plain_database, "330106")[("330106", date(2026, 1, 6))] == -1.25


@pytest.mark.parametrize(
    "line, why",
    [
        ("330106,2026-13-05,4.5,station", "month must be in 1..12"),
        ("330106,2026-01-05,warm,station", "could not convert"),
        ("330106,2026-01-05,278.15,station", "is no outdoor temperature"),
        ("330106,2026-01-05,nan,station", "is no outdoor temperature"),
        ("330106,2026-01-05,4.5", "needs exactly"),
        ("330106,2026-01-05,4.5,station,more", "needs exactly"),
        ("330106,2026-01-04,5.5,station", "a second line for 330106 on 2026-01-04"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_entered(run: Run, plain_database: str, line: str, why: str):
    answer = run(HEADING + "330106,2026-01-04,4.5,station\n" + line + "\n")
    assert answer.exit_code == 1
    assert "weather.csv:3: " in answer.output
    assert why in answer.output
    assert known(plain_database, "330106") == {}


def test_another_heading_is_refused(run: Run):
    assert "the heading must be region,day,temperature,source" in run("day,region\n").output
