"""The city's weather as a utility would import it: one line a day."""

from datetime import date, timedelta
from pathlib import Path

from simulators.weather import hourly_temperature

REGION = "330100"
"""Hangzhou as a whole, GB/T 2260: one weather for all its districts."""

_SOURCE = "mean of 24 simulated hours"


def write_weather(path: Path, seed: int, first: date, last: date) -> int:
    """Write the mean temperature of every day from one to another in place of what the file held; return how many.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "weather.csv"
    ...     days = write_weather(file, 1, date(2026, 1, 1), date(2026, 1, 2))
    ...     text = file.read_text(encoding="utf-8")
    >>> days, text.splitlines()[0]
    (2, 'region,day,temperature,source')
    """
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    lines = [f"{REGION},{day},{hourly_temperature(seed, day).mean():.1f},{_SOURCE}" for day in days]
    path.write_text("\n".join(["region,day,temperature,source", *lines]) + "\n", encoding="utf-8")
    return len(days)
