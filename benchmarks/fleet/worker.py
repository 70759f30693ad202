"""One process of a measurement: makes passes until nothing is due, or reads the same rows and throws them away.

`python -m benchmarks.fleet.worker passes|floor URL …`; says as JSON what it did, how long it took and what it held.
"""

import argparse
import json
import os
import time
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from anomaly import hearing
from anomaly.evidence import Evidence
from anomaly.hearing import Voices
from anomaly.judge import REMEMBERED, Judge, Sight
from anomaly.passes import detect_once, summarise_once
from anomaly.policy import Policy
from benchmarks.processor import peak_memory
from metrology.civil import DAY, midnight
from store import sql
from store.connection import Connection, connect
from store.due import BLOCK_BITS

ZONE = "Asia/Shanghai"
READINGS = """
    SELECT instrument_id, register_id, taken_at, value, received_at FROM reading
     WHERE instrument_id BETWEEN {first} AND {last} AND taken_at >= '{start}' AND taken_at < '{end}'
       AND register_id IN (SELECT id FROM register WHERE cumulative)"""
SHEETS = """
    SELECT register_id, day, present, still, readings, consumption {hourly}
      FROM day_sheet WHERE block = {block} AND day BETWEEN '{begin}' AND '{day}'"""


@dataclass
class Worked:
    """What one process did.

    Parameters
    ----------
    seconds, processor
        From its first look to its last [s]: by the clock, and of its own processor.
    judging
        Processor time in the judges themselves [s].
    by_judge
        The same by judge.
    rows
        Days written, or bytes thrown away.
    """

    passes: int = 0
    rows: int = 0
    seconds: float = 0.0
    processor: float = 0.0
    judging: float = 0.0
    by_judge: dict[str, float] | None = None
    memory: int = 0


def watch_judges(worked: Worked) -> None:
    """Have the time noted that each judge takes."""
    spent: dict[str, float] = {}
    worked.by_judge = spent
    put = Voices.hear

    def hear(voices: Voices, judge: Judge, seen: Evidence, policy: Policy) -> None:
        began = time.process_time()
        put(voices, judge, seen, policy)
        took = time.process_time() - began
        worked.judging += took
        spent[judge.name] = spent.get(judge.name, 0.0) + took

    hearing.Voices.hear = hear  # type: ignore[method-assign, assignment]  # a measurement's own look inside


def passes(connection: Connection, stage: str, last: date, worked: Worked) -> None:
    """Make passes of a stage until nothing is due, at noon after the last day."""
    policy = Policy.load()
    watch_judges(worked)
    noon = midnight(last + DAY, ZONE) + timedelta(hours=12)
    while True:
        if stage == "summarise":
            passed = summarise_once(connection, policy)
        else:
            passed = detect_once(connection, policy, now=noon, quiet=timedelta(0))
        if passed is None:
            return
        worked.passes += 1
        worked.rows += passed.days_written


def floor(connection: Connection, stage: str, blocks: range, first: date, last: date, worked: Worked) -> None:
    """Read what the passes of a stage must read, block by block, and throw it away."""
    judges = [judge for kind in Policy.load().by_kind.values() for judge in kind if judge.needs & REMEMBERED]
    memory = max(judge.memory for judge in judges)
    hourly = ", hourly" if any(Sight.HOURS in judge.needs for judge in judges) else ""
    for block in blocks:
        text = READINGS if stage == "summarise" else SHEETS
        query = text.format(
            block=block,
            first=block << BLOCK_BITS,
            last=((block + 1) << BLOCK_BITS) - 1,
            start=midnight(first - DAY, ZONE).isoformat(),
            end=midnight(last + 2 * DAY, ZONE).isoformat(),
            begin=first - memory,
            day=last,
            hourly=hourly,
        )
        with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)".encode()) as copy:
            for part in copy:
                worked.rows += len(part)
        worked.passes += 1


def main() -> None:
    """Do one part of the work and say what it took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet.worker", description=__doc__)
    parser.add_argument("work", choices=["passes", "floor"])
    parser.add_argument("stage", choices=["summarise", "detect"])
    parser.add_argument("url")
    parser.add_argument("--blocks", type=int, required=True, help="that there are")
    parser.add_argument("--share", type=int, nargs=2, default=(0, 1), help="which part of how many this process reads")
    parser.add_argument("--days", type=date.fromisoformat, nargs=2, required=True, help="first and last")
    given = parser.parse_args()
    worked = Worked()
    with connect(given.url, application="bench-fleet", autocommit=True) as connection:
        connection.execute(sql.statements("evidence")["zones"])
        began, used = time.perf_counter(), time.process_time()
        if given.work == "passes":
            passes(connection, given.stage, given.days[1], worked)
        else:
            which, of = given.share
            floor(connection, given.stage, range(which, given.blocks, of), given.days[0], given.days[1], worked)
        worked.seconds, worked.processor = time.perf_counter() - began, time.process_time() - used
    worked.memory = peak_memory(os.getpid())
    print(json.dumps(asdict(worked)))


if __name__ == "__main__":
    main()
