"""The city's weather is handed over as a utility would import it, once a day."""

from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from standalone.city import CityHome
from standalone.errors import ServiceFailed
from standalone.service import Service
from standalone.supervisor import Supervisor
from standalone.up import WeatherDesk
from tests.standalone.test_progress import Listener


class Runner:
    """Remembers what was run; fails where it is told to."""

    def __init__(self, failing: str = "") -> None:
        self.run_so_far: list[str] = []
        self._failing = failing

    def run(self, service: Service) -> None:
        self.run_so_far.append(" ".join(service.arguments))
        if service.name == self._failing:
            raise ServiceFailed(service.name, 1, "no")


def desk(folder: Path, runner: Runner) -> tuple[WeatherDesk, Listener]:
    voice = Listener(folder / "logs")
    home = CityHome(folder, 60, timedelta(days=2))
    return WeatherDesk(home, cast("Supervisor", runner), voice), voice


def test_the_weather_is_written_and_imported_once_a_day(tmp_path: Path):
    runner = Runner()
    weather, _ = desk(tmp_path, runner)
    weather.report()
    weather.report_or_say()
    written, imported = runner.run_so_far
    assert written.startswith("simulate --seed 1 ")
    assert written.endswith(f"--weather {tmp_path / 'weather.csv'}")
    assert imported == f"weather import {tmp_path / 'weather.csv'}"


def test_what_goes_wrong_is_said_and_stops_nothing(tmp_path: Path):
    weather, voice = desk(tmp_path, Runner(failing="weather"))
    weather.report_or_say()
    assert len(voice.said) == 1
    assert "the weather was not imported" in voice.said[0]


def test_what_goes_wrong_at_the_start_stops_it(tmp_path: Path):
    weather, _ = desk(tmp_path, Runner(failing="simulate"))
    with pytest.raises(ServiceFailed):
        weather.report()


def test_without_a_city_there_is_no_weather(tmp_path: Path):
    runner = Runner()
    WeatherDesk(None, cast("Supervisor", runner), Listener(tmp_path / "logs")).report()
    assert runner.run_so_far == []
