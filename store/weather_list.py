"""Lists of daily weather, CSV: every row is looked at before any is entered."""

import csv
from collections.abc import Container
from datetime import date
from pathlib import Path

from store.errors import StoreError
from store.weather import WeatherDay

COLUMNS = ("region", "day", "temperature", "source")
"""Heading of the list; `temperature` is the day's mean [°C]."""

COLDEST, WARMEST = -90.0, 60.0
"""What was ever measured on Earth, with a margin: beyond it stands another unit or a slip of the pen [°C]."""

_LONGEST = 200


class BadWeather(StoreError):
    """A list of weather with rows that cannot be taken."""

    def __init__(self, faults: list[tuple[int, str]]) -> None:
        self.faults = faults
        super().__init__(f"{len(faults)} lines cannot be taken; nothing was entered")


def read_weather(file: Path) -> list[WeatherDay]:
    """Days of a CSV file.

    Raises
    ------
    BadWeather
        naming every line that cannot be taken and why.
    UnicodeDecodeError
        if it is no UTF-8 text.
    """
    days: dict[tuple[str, date], WeatherDay] = {}
    faults = []
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise BadWeather([(1, f"the heading must be {','.join(COLUMNS)}")])
        for row in rows:
            try:
                day = _day(row, days)
            except ValueError as error:
                faults.append((rows.line_num, str(error)))
            else:
                days[day.region, day.day] = day
    if faults:
        raise BadWeather(faults)
    return list(days.values())


def _day(row: dict[str, str | None], before: Container[tuple[str, date]]) -> WeatherDay:
    """One row as a day; ValueError says what is wrong with it, or that the day stood before."""
    stated = {name: (row[name] or "").strip() for name in COLUMNS}
    if None in row or not all(stated.values()):
        raise ValueError(f"needs exactly {', '.join(COLUMNS)}")
    if max(len(stated["region"]), len(stated["source"])) > _LONGEST:
        raise ValueError(f"region and source may have {_LONGEST} characters")
    temperature = float(stated["temperature"])
    if not COLDEST <= temperature <= WARMEST:
        raise ValueError(f"{temperature} °C is no outdoor temperature")
    day = WeatherDay(stated["region"], date.fromisoformat(stated["day"]), temperature, stated["source"])
    if (day.region, day.day) in before:
        raise ValueError(f"a second line for {day.region} on {day.day}")
    return day
