"""One run of the command: what is measured, how much of it, and on which servers."""

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from benchmarks.ingest import million, poison, several, storage, telegraf
from benchmarks.ingest.bed import Bed
from benchmarks.ingest.million import Minutes
from benchmarks.ingest.poison import Poisoned
from benchmarks.ingest.processes import TookTooLong
from benchmarks.ingest.runs import Compared, Run, Shape
from benchmarks.ingest.speed import Speed
from benchmarks.ingest.storage import Kept
from benchmarks.servers import Mosquitto, mosquitto_is_installed, timescale_program, timescale_server
from standalone.broker import EmbeddedBroker
from standalone.postgres import EmbeddedPostgres

STAGES = ("speed", "several", "poison", "million", "storage", "telegraf")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Size:
    """How much is measured.

    Parameters
    ----------
    minutes
        Of the million meters' messages; where the broker cannot take them, `glance` instead.
    limit
        Time after which no further part is begun.
    """

    shapes: tuple[Shape, ...]
    shared: Shape
    repeats: int
    poison: int
    meters: int
    minutes: timedelta
    glance: timedelta
    kept_meters: int
    kept_days: int
    limit: timedelta


FULL = Size(
    shapes=(Shape(10, 10, 20_000, 8_000), Shape(1, 100, 12_000), Shape(10, 1, 80_000), Shape(1, 1, 120_000, 90_000)),
    shared=Shape(10, 1, 0, 100_000),
    repeats=3,
    poison=1_000_000,
    meters=million.METERS,
    minutes=timedelta(minutes=5),
    glance=timedelta(seconds=20),
    kept_meters=100,
    kept_days=28,
    limit=timedelta(minutes=25),
)
QUICK = Size(
    shapes=(Shape(10, 10, 1_000, 600), Shape(10, 1, 3_000), Shape(1, 1, 6_000, 4_000)),
    shared=Shape(10, 1, 0, 6_000),
    repeats=1,
    poison=10_000,
    meters=100_000,
    minutes=timedelta(seconds=8),
    glance=timedelta(seconds=4),
    kept_meters=20,
    kept_days=7,
    limit=timedelta(minutes=3),
)


SAVED = Shape(1, 1, 2_000)
"""What Mosquitto is given while it saves after every change: few, for it takes longer the more it holds."""


@dataclass
class Findings:
    """All that was measured, and what could not be."""

    compared: list[tuple[str, Compared]] = field(default_factory=list)
    minutes: list[Minutes] = field(default_factory=list)
    saving: Run | None = None
    several: dict[int, Run] = field(default_factory=dict)
    poison: Poisoned | None = None
    storage: list[Kept] = field(default_factory=list)
    telegraf: list[tuple[str, int, Run, Run]] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


class Measurement:
    """One run of the command: what is measured on which servers, within the time there is."""

    def __init__(self, size: Size, stages: list[str], directory: Path) -> None:
        self.findings = Findings()
        self._size, self._stages, self._directory = size, stages, directory
        self._began = time.monotonic()

    def run(self) -> Findings:
        """Measure everything; what fails is said, and the rest goes on."""
        with ExitStack() as servers:
            plain = servers.enter_context(EmbeddedPostgres(self._directory / "plain"))
            beds = [self._bed("nats-server, PostgreSQL", plain, EmbeddedBroker)]
            program = timescale_program()
            timescale = None
            if program is None:
                self.findings.absent.append("TimescaleDB is not installed")
            else:
                timescale = servers.enter_context(timescale_server(self._directory / "timescale", program))
            if not mosquitto_is_installed():
                self.findings.absent.append("Mosquitto is not installed")
            else:
                known = ("Mosquitto, TimescaleDB", timescale) if timescale else ("Mosquitto, PostgreSQL", plain)
                beds.append(self._bed(*known, lambda place: Mosquitto(place, saving=False), shares=True))
            self._measure(beds)
            self._attempt("storage", lambda: self._storage(plain, timescale))
        return self.findings

    def say(self, words: str) -> None:
        """Show what is being done."""
        print(f"[{time.monotonic() - self._began:5.0f} s] {words}", file=sys.stderr, flush=True)

    def _bed(
        self, name: str, postgres: EmbeddedPostgres, broker: Callable[[Path], object], *, shares: bool = False
    ) -> tuple[Bed, Speed]:
        place = self._directory / ("mosquitto" if shares else "nats")
        place.mkdir()
        bed = Bed(name, postgres, broker, place, shares=shares)
        return bed, Speed(bed, self.say)

    def _measure(self, beds: list[tuple[Bed, Speed]]) -> None:
        for bed, speed in beds:
            for shape in self._size.shapes:
                self._attempt("speed", lambda: self._speed(bed, speed, shape))  # noqa: B023 - called at once
            if bed.shares:
                self._attempt("speed", lambda: self._saving(bed, speed))  # noqa: B023 - called at once
        # Whose broker takes most has shown by now; where ingest is to be held up, the broker must not be.
        beds.sort(key=lambda pair: (self._taken(pair[0]), pair[0].shares), reverse=True)
        bed, speed = beds[0]
        self._attempt("several", lambda: self._several(beds))
        self._attempt("poison", lambda: self._poison(bed, speed))
        for place, (bed, _) in enumerate(beds):
            slow = place > 0 and self._taken(bed) < million.RATE
            self._attempt("million", lambda: self._million(bed, glance=slow))  # noqa: B023 - called at once
        for bed, speed in beds:
            self._attempt("telegraf", lambda: self._telegraf(bed, speed))  # noqa: B023 - called at once

    def _attempt(self, stage: str, measure: Callable[[], _Answer]) -> None:
        if stage not in self._stages:
            return
        if time.monotonic() - self._began > self._size.limit.total_seconds():
            self.findings.absent.append(f"{stage}: left out, the time was up")
            return
        try:
            measure()
        except TookTooLong as error:
            self.findings.failed.append(f"{stage}: {error}")
            self.say(f"{stage} failed: {error}")

    def _speed(self, bed: Bed, speed: Speed, shape: Shape) -> None:
        self.findings.compared.append((bed.name, speed.compare(shape, self._size.repeats)))

    def _saving(self, bed: Bed, speed: Speed) -> None:
        self.say(f"{bed.name}: saving as the product configures it")
        self.findings.saving = speed.leave_waiting(SAVED, Mosquitto)

    def _taken(self, bed: Bed) -> float:
        """Most messages a second that the bed's broker was seen to take."""
        runs = [run for name, one in self.findings.compared if name == bed.name for run in one.published]
        return max((run.messages_per_second for run in runs), default=0.0)

    def _several(self, beds: list[tuple[Bed, Speed]]) -> None:
        sharing = [(bed, speed) for bed, speed in beds if bed.shares]
        if not sharing:
            self.findings.absent.append("several ingest processes: nats-server has no shared subscriptions in MQTT")
            return
        bed, speed = sharing[0]
        self.findings.several = several.compare(bed, speed, self._size.shared, self.say)

    def _poison(self, bed: Bed, speed: Speed) -> None:
        self.findings.poison = poison.compare(bed, speed, self._size.poison, self.say)

    def _million(self, bed: Bed, *, glance: bool) -> None:
        length = self._size.glance if glance else self._size.minutes
        self.findings.minutes.append(million.report(bed, length, self.say, meters=self._size.meters))

    def _storage(self, plain: EmbeddedPostgres, timescale: EmbeddedPostgres | None) -> None:
        self.findings.storage = storage.measure(
            plain, timescale, meters=self._size.kept_meters, days=self._size.kept_days, say=self.say
        )

    def _telegraf(self, bed: Bed, speed: Speed) -> None:
        found = telegraf.program()
        if found is None:
            said = "no telegraf on PATH: not measured beside"
            if said not in self.findings.absent:
                self.findings.absent.append(said)
            return
        for name, one in self.findings.compared:
            if name == bed.name and one.live_ingest:
                run = telegraf.run(bed, speed, one.shape, self.say, found)
                self.findings.telegraf.append((name, one.shape.readings, one.live_ingest[-1], run))
