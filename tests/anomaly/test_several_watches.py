"""Several watches share the blocks: each is judged by one at a time, and kill -9 of any leaves the same findings."""

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerProcess

import numpy as np

from anomaly import watch
from anomaly.passes import detect_once, summarise_once
from anomaly.policy import Policy
from store.columns import EPOCH_SHIFT, send
from store.connection import Connection, connect
from store.due import BLOCK_BITS
from store.instruments import Enrolment, Site, enrol
from tests.faults.outcome import differences, due, outcome
from tests.services.databases import DatabaseServer

BEGIN = datetime(2024, 3, 1, tzinfo=UTC)
BLOCKS, METERS, DAYS = 4, 2, 8
HOUR = timedelta(hours=1)
SEAT = "SELECT setval('instrument_id_seq', %s)"
LAYOUT = [("taken_at", "i8"), ("value", "i8"), ("received_at", "i8"), ("instrument_id", "i4"), ("register_id", "i2")]
PASSES = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'hengjian-watch' AND state <> 'idle'"


def fill(connection: Connection) -> None:
    """Hourly volumes of some meters in each of several blocks, with decreases and gaps, all of them due."""
    chance = np.random.default_rng(6)
    for block in range(BLOCKS):
        connection.execute(SEAT, (max(block << BLOCK_BITS, 1),))
        site = Site("S", "站", "site")
        enrol(connection, [Enrolment("src", f"W-{block}-{n}", "water_meter", site) for n in range(METERS)])
    (register,) = (
        connection.execute("SELECT id FROM register WHERE kind = 'water_meter' AND name = 'volume'").fetchone() or ()
    )
    for (instrument,) in connection.execute("SELECT id FROM instrument ORDER BY id").fetchall():
        hours = np.delete(np.arange(DAYS * 24), slice(int(instrument % 31) + 100, int(instrument % 31) + 130))
        rows = np.zeros(len(hours), dtype=LAYOUT)
        rows["taken_at"] = int(BEGIN.timestamp()) * 1_000_000 - EPOCH_SHIFT + hours * 3_600_000_000
        rows["received_at"] = rows["taken_at"]
        rows["value"] = 10_000 + np.cumsum(chance.integers(0, 30, len(hours))) - 500 * (hours > 50 + instrument % 31)
        rows["instrument_id"], rows["register_id"] = instrument, register
        send(connection, "COPY reading FROM STDIN (FORMAT BINARY)", rows)
    days = [(BEGIN + n * timedelta(days=1)).date() for n in range(DAYS + 1)]
    connection.execute(
        "INSERT INTO due (stage, block, day) SELECT 'summarise', block, day FROM generate_series(0, %s) AS block,"
        " unnest(%s::date[]) AS day",
        (BLOCKS - 1, days),
    )


def run(url: str) -> None:
    """What `hengjian watch` does, without waiting for quiet."""
    watch.run(url, Policy.load(), lambda: False, quiet=timedelta(0))


@contextmanager
def watches(url: str, count: int) -> Iterator[list[ForkServerProcess]]:
    """Processes of their own that watch; dead ones may be replaced in the list."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["anomaly.watch", "tests.anomaly.test_several_watches"])
    running = [context.Process(target=run, args=(url,), daemon=True) for _ in range(count)]
    try:
        for each in running:
            each.start()
        yield running
    finally:
        for each in running:
            each.kill()
            each.join()


def test_killing_any_of_several_watches_leaves_the_same_findings(plain_databases: DatabaseServer) -> None:
    with plain_databases.fresh(migrated=True) as alone, plain_databases.fresh(migrated=True) as shared:
        for url in (alone, shared):
            with connect(url, application="test", autocommit=True) as connection:
                fill(connection)
        with connect(alone, application="test", autocommit=True) as connection:
            policy = Policy.load()
            while summarise_once(connection, policy) or detect_once(
                connection, policy, now=datetime.now(UTC), quiet=timedelta(0)
            ):
                pass
        expected = outcome(alone)
        assert {finding[0] for finding in expected["findings"]} >= {"backward_register", "reading_gap"}
        kills = 0
        until = time.monotonic() + 120
        with (
            connect(shared, application="test", autocommit=True) as connection,
            watches(shared, 3) as running,
        ):
            while due(shared) and time.monotonic() < until:
                ((busy,),) = connection.execute(PASSES).fetchall()
                if busy and kills < 3 * BLOCKS:
                    victim = kills % len(running)
                    running[victim].kill()
                    running[victim].join()
                    running[victim] = multiprocessing.get_context("forkserver").Process(
                        target=run, args=(shared,), daemon=True
                    )
                    running[victim].start()
                    kills += 1
        assert due(shared) == 0
        assert kills > 1
        assert not differences(expected, outcome(shared))
