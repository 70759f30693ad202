"""The simulated city of a one-machine Hengjian: where it lives and how it is started."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.broker.private_file import write_private
from simulators import state
from standalone.service import Service

SEED = 1


@dataclass(frozen=True)
class CityHome:
    """The city's folder.

    Parameters
    ----------
    directory
        Holds enrolment, truth, credentials and what the city remembers.
    instruments
        About how many, on the first start; later starts continue the same city.
    backfill
        History to publish by the hour on the first start.
    daily_history
        History before that, to publish by the day.
    """

    directory: Path
    instruments: int
    backfill: timedelta
    daily_history: timedelta = timedelta(0)

    @property
    def enrolment(self) -> Path:
        """Who lives in the city."""
        return self.directory / "enrolment.ndjson"

    @property
    def memory(self) -> Path:
        """What the city remembers between two starts."""
        return self.directory / "state.json"

    @property
    def plan(self) -> tuple[str, ...]:
        """The options that decide the city; those of its first start, for it must stay the same city."""
        plan_file = self.directory / "plan.json"
        if not plan_file.exists():
            self.directory.mkdir(parents=True, exist_ok=True)
            epoch = (datetime.now(UTC) - self.backfill - self.daily_history).date()
            options = ["--seed", str(SEED), "--instruments", str(self.instruments), "--epoch", epoch.isoformat()]
            options += ["--daily-history", str(self.daily_history.days)]
            write_private(plan_file, json.dumps(options))
        return tuple(json.loads(plan_file.read_text(encoding="utf-8")))

    def enrolling(self) -> Service:
        """The command that writes the enrolment."""
        return Service("simulate", ("simulate", *self.plan, "--enrolment", str(self.enrolment)))

    @property
    def weather(self) -> Path:
        """How warm it was."""
        return self.directory / "weather.csv"

    def observing(self) -> Service:
        """The command that writes the weather of every day that is over."""
        return Service("simulate", ("simulate", *self.plan, "--weather", str(self.weather)))

    def reporting(self) -> Service:
        """The command that imports it, as a utility would."""
        return Service("weather", ("weather", "import", str(self.weather)))

    def sources(self) -> list[str]:
        """Codes of the sources that send for the city's instruments."""
        with self.enrolment.open(encoding="utf-8") as lines:
            return sorted({json.loads(line)["source"] for line in lines})

    def living(self, broker_url: str, passwords: dict[str, str]) -> Service:
        """The command that publishes: history first, then at real pace.

        Parameters
        ----------
        broker_url
            Address of the broker, without user.
        passwords
            By source code.
        """
        credentials = self.directory / "credentials.json"
        write_private(credentials, json.dumps(passwords, ensure_ascii=False))
        days = max(self.backfill.days, 0)
        return Service(
            "simulate",
            (
                "simulate",
                *self.plan,
                *("--backfill", str(days), "--live"),
                *("--truth", str(self.directory / "truth.ndjson")),
                *("--state", str(self.memory)),
                *("--credentials", str(credentials)),
            ),
            environment={"HENGJIAN_BROKER_URL": broker_url},
        )

    def published_until(self) -> datetime | None:
        """Up to when the city's history has been published; None before it began."""
        remembered = state.load(self.memory)
        return remembered.published_until if remembered else None
