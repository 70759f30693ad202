"""One run of the command: fleets of several sizes, one after the other, on a database server of their own."""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.fleet.town import PRIMARY_KEY, WITHOUT_KEY, Town, settle
from benchmarks.ingest.processes import TookTooLong, started
from benchmarks.processor import spent
from benchmarks.servers import migrated
from metrology.civil import HOURS
from standalone.postgres import EmbeddedPostgres
from store.connection import Connection, connect

ROOM = 4 * 10**9
"""Bytes of disk that must stay free."""

_READING, _SHEET_DAY, _LOG = 120, 130, 4 * 10**9
"""Bytes of disk: of a stored reading with its index, of a summed-up day, and what the server's log may take."""

MARK = """
    INSERT INTO due (stage, block, day)
    SELECT %(stage)s, block, day FROM generate_series(0, %(blocks)s - 1) AS block,
           generate_series(%(first)s::date, %(last)s::date, '1 day') AS day"""
FOUND = "SELECT judge_name, count(*) FROM finding WHERE withdrawn_at IS NULL GROUP BY 1 ORDER BY 1"


@dataclass(frozen=True)
class Fleet:
    """A fleet to be measured.

    Parameters
    ----------
    raw
        Days of history whose readings are stored; of the days before them only what they were summed up to.
    history
        Whether the whole history is judged too.
    """

    instruments: int
    days: int
    raw: int
    history: bool


@dataclass(frozen=True)
class Took:
    """One piece of work of some processes side by side.

    Parameters
    ----------
    seconds, database
        From the first look to the last, by the clock, and processor time of the database meanwhile [s].
    processor, judging, memory
        Of the processes together: processor time, time in judges [s], most memory [bytes].
    """

    seconds: float
    processor: float
    database: float
    judging: float
    memory: int
    rows: int
    by_judge: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Compared:
    """A job beside its floor.

    Parameters
    ----------
    job
        Passes of both stages, or of one; they follow each other.
    floor
        Bare COPY OUT of what they read.
    """

    name: str
    instruments: int
    readings: int
    job: tuple[Took, ...]
    floor: tuple[Took, ...]

    @property
    def seconds(self) -> float:
        """How long the job took [s]."""
        return sum(took.seconds for took in self.job)

    @property
    def summing(self) -> float:
        """How long the passes over readings took [s]; the rest are those over days."""
        return self.job[0].seconds if len(self.job) > 1 else 0.0

    @property
    def bare(self) -> float:
        """How long its floor took [s]."""
        return sum(took.seconds for took in self.floor)

    @property
    def judging(self) -> float:
        """Share of the processor time that judges took."""
        return sum(took.judging for took in self.job) / max(self.processor, 1e-9)

    @property
    def processor(self) -> float:
        """Processor time of the job, watches and database [s]."""
        return sum(took.processor + took.database for took in self.job)

    @property
    def bare_processor(self) -> float:
        """Processor time of its floor [s]."""
        return sum(took.processor + took.database for took in self.floor)

    @property
    def memory(self) -> int:
        """Most memory that the processes held together [bytes]."""
        return max(took.memory for took in self.job)


@dataclass
class Findings:
    """All that was measured, and what was left out."""

    compared: list[Compared] = field(default_factory=list)
    found: dict[int, dict[str, int]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    watches: int = 1


class Measurement:
    """Fleets one after the other, within time and disk."""

    def __init__(self, fleets: list[Fleet], directory: Path, *, watches: int, minutes: float) -> None:
        self.findings = Findings(watches=watches)
        self._fleets, self._directory, self._watches = fleets, directory, watches
        self._began, self._limit = time.monotonic(), 60 * minutes
        settings = {"max_wal_size": "4GB", "checkpoint_timeout": "30min"}
        self._postgres = EmbeddedPostgres(directory / "database", settings=settings)

    def run(self) -> Findings:
        """Measure; a fleet for which time or disk do not suffice is left out and named."""
        with self._postgres:
            for fleet in self._fleets:
                wanted = fleet.instruments * (fleet.raw * 24 * _READING + fleet.days * _SHEET_DAY) + _LOG
                free = shutil.disk_usage(self._directory).free - ROOM
                if wanted > free:
                    self._leave(
                        f"{fleet.instruments:,} instruments: {wanted / 1e9:.0f} GB of disk, {free / 1e9:.0f} GB free"
                    )
                elif self._time_is_up():
                    self._leave(f"{fleet.instruments:,} instruments: the time was up")
                else:
                    self._measure(fleet)
        return self.findings

    def say(self, words: str) -> None:
        """Show what is being done."""
        print(f"[{time.monotonic() - self._began:5.0f} s] {words}", file=sys.stderr, flush=True)

    def _measure(self, fleet: Fleet) -> None:
        name = f"fleet_{fleet.instruments}"
        url = migrated(self._postgres, name)
        try:
            with connect(url, application="bench-fleet", autocommit=True) as connection:
                self._fill(connection, fleet, url)
        finally:
            with psycopg.connect(self._postgres.url("postgres"), autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def _fill(self, connection: Connection, fleet: Fleet, url: str) -> None:
        count = fleet.instruments
        self.say(f"{count:,} instruments: enrolling")
        town = settle(connection, count, fleet.days + 2)
        self.say(f"{count:,} instruments: writing {fleet.raw} days of readings of {fleet.days} days")
        connection.execute(WITHOUT_KEY)
        if fleet.raw < fleet.days:
            town.send_sheets(connection, fleet.days)
        stored = town.send_readings(connection, HOURS * (fleet.days - fleet.raw), HOURS * fleet.days + 1)
        town.send_transactions(connection, fleet.days - fleet.raw, fleet.days - 1)
        connection.execute(PRIMARY_KEY)
        connection.execute("VACUUM (ANALYZE)")
        first, last = 0, fleet.days - 1
        whole = ("summarise", "detect") if fleet.raw == fleet.days else ("detect",)
        if fleet.history:
            self._compare(connection, town, url, "history", whole, stored if len(whole) > 1 else 0, first, last)
        connection.execute("TRUNCATE due")
        self.say(f"{count:,} instruments: one more day of readings")
        stored = town.send_readings(connection, HOURS * fleet.days + 1, HOURS * (fleet.days + 1) + 1)
        town.send_transactions(connection, fleet.days, fleet.days)
        connection.execute("VACUUM (ANALYZE)")
        self._compare(connection, town, url, "day", ("summarise", "detect"), stored, fleet.days, fleet.days)
        self.findings.found[count] = dict(connection.execute(FOUND).fetchall())

    def _compare(
        self,
        connection: Connection,
        town: Town,
        url: str,
        name: str,
        stages: tuple[str, ...],
        readings: int,
        first: int,
        last: int,
    ) -> None:
        days = (town.day(first).isoformat(), town.day(last).isoformat())
        marks = {
            "stage": stages[0],
            "blocks": town.blocks,
            "first": days[0],
            "last": town.day(last + (stages[0] == "summarise")).isoformat(),
        }
        connection.execute("TRUNCATE due")
        connection.execute(MARK, marks)
        floor, job = [], []
        for stage in stages:
            self.say(f"{town.instruments:,} instruments: {name}, bare COPY OUT ({stage})")
            floor.append(self._work("floor", stage, url, town.blocks, days))
            self.say(f"{town.instruments:,} instruments: {name}, {stage}")
            job.append(self._work("passes", stage, url, town.blocks, days))
        compared = Compared(name, town.instruments, readings, tuple(job), tuple(floor))
        self.say(
            f"{town.instruments:,} instruments: {name} took {compared.seconds:.1f} s, "
            f"{compared.seconds / compared.bare:.2f} times its floor, judges {100 * compared.judging:.0f} %"
        )
        self.findings.compared.append(compared)

    def _work(self, work: str, stage: str, url: str, blocks: int, days: tuple[str, str]) -> Took:
        if self._postgres.process is None:
            raise TookTooLong("the database is down")
        database = self._postgres.process.pid
        before = spent(database)
        with ExitStack() as running:
            processes = []
            for share in range(self._watches):
                command = [sys.executable, "-m", "benchmarks.fleet.worker", work, stage, url, "--blocks", str(blocks)]
                command += ["--share", str(share), str(self._watches), "--days", *days]
                processes.append(running.enter_context(started(command, {}, stdout=subprocess.PIPE)))
            said: list[dict[str, Any]] = [json.loads(process.communicate()[0]) for process in processes]
        by_judge: dict[str, float] = {}
        for one in said:
            for judge, took in (one["by_judge"] or {}).items():
                by_judge[judge] = by_judge.get(judge, 0.0) + took
        return Took(
            seconds=max(one["seconds"] for one in said),
            processor=sum(one["processor"] for one in said),
            database=spent(database) - before,
            judging=sum(one["judging"] for one in said),
            memory=sum(one["memory"] for one in said),
            rows=sum(one["rows"] for one in said),
            by_judge=by_judge,
        )

    def _time_is_up(self) -> bool:
        return time.monotonic() - self._began > self._limit

    def _leave(self, words: str) -> None:
        self.say(f"left out: {words}")
        self.findings.left_out.append(words)


def default_watches() -> int:
    """One process for each core."""
    return os.cpu_count() or 1
