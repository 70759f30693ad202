"""Progress of the city's history, as the terminal is told it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from simulators import state
from standalone.city import CityHome
from standalone.up import Progress
from standalone.voice import Voice


class Listener(Voice):
    """Remembers what was said."""

    def __init__(self, logs: Path) -> None:
        super().__init__(logs, verbose=False)
        self.said: list[str] = []

    def tell(self, name: str, line: str) -> None:
        self.said.append(f"{name}: {line}")


def test_says_that_the_history_is_complete_even_within_a_day_of_the_last_word(tmp_path: Path) -> None:
    home = CityHome(tmp_path, 60, timedelta(days=2))
    voice = Listener(tmp_path / "logs")
    progress = Progress(home, voice)
    now = datetime.now(UTC)
    progress.tell()
    assert voice.said == []
    for behind in (timedelta(days=3), timedelta(days=2, hours=20), timedelta(days=1), timedelta(minutes=1)):
        city = state.CityState(1, 60, now.date(), tampered=True, published_until=now - behind)
        state.save(home.memory, city)
        progress.tell()
    progress.tell()
    assert [line.split(" up to ")[0] for line in voice.said] == [
        "city: history published",
        "city: history published",
        "city: its history is complete; from now on it lives at real pace",
    ]


def test_a_new_city_has_its_daily_history_before_its_hours(tmp_path: Path) -> None:
    home = CityHome(tmp_path, 60, timedelta(days=2), timedelta(days=150))
    plan = dict(zip(home.plan[::2], home.plan[1::2], strict=True))
    assert plan["--daily-history"] == "150"
    epoch = datetime.fromisoformat(plan["--epoch"]).replace(tzinfo=UTC)
    assert timedelta(days=152) <= datetime.now(UTC) - epoch < timedelta(days=153)
    later = CityHome(tmp_path, 900, timedelta(days=9), timedelta(days=9))
    assert later.plan == home.plan
