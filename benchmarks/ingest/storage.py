"""Bytes that a reading takes on disk: table, indexes and all, in each way the product can keep it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from benchmarks.ingest.raw_copy import packed
from benchmarks.load.fleet import REGISTERS, Fleet
from benchmarks.servers import migrated
from standalone.postgres import EmbeddedPostgres
from store import sql
from store.connection import Connection, connect

DAY = timedelta(days=1)
SLOTS_A_DAY = 96
TABLE = "SELECT pg_total_relation_size('reading')"
CHUNKS = "SELECT coalesce(sum(pg_total_relation_size(chunk)), 0)::bigint FROM show_chunks('reading') AS chunk"
COLUMNS = "SELECT hypertable_size('reading')"
COMPRESS = "SELECT compress_chunk(chunk) FROM show_chunks('reading') AS chunk"
COUNT = "SELECT count(*) FROM reading"
NOT_LICENSED = "not available under the apache licence"


@dataclass(frozen=True)
class Kept:
    """How many bytes a reading takes; a word instead where it cannot be measured."""

    way: str
    readings: int
    bytes_each: float | None
    word: str = ""


def measure(
    plain: EmbeddedPostgres, timescale: EmbeddedPostgres | None, *, meters: int, days: int, say: Callable[[str], None]
) -> list[Kept]:
    """Fill a database of each kind with the quarter hours of ten registers, a day at a time, and see its size."""
    say(f"storage: {meters * days * SLOTS_A_DAY * len(REGISTERS):,} readings, PostgreSQL")
    with connect(migrated(plain, "kept"), application="benchmark", autocommit=True) as connection:
        kept = [_sized(connection, "plain PostgreSQL", _fill(connection, meters, days), TABLE)]
    if timescale is None:
        return [*kept, Kept("TimescaleDB", 0, None, "not installed")]
    say("storage: the same, TimescaleDB")
    with connect(migrated(timescale, "kept"), application="benchmark", autocommit=True) as connection:
        readings = _fill(connection, meters, days)
        kept.append(_sized(connection, "TimescaleDB, by row", readings, CHUNKS))
        (licence,) = connection.execute(sql.statements("timescale")["licence"]).fetchone() or ("absent",)
        if licence != "timescale":
            return [*kept, Kept("TimescaleDB, columnstore", 0, None, NOT_LICENSED)]
        connection.execute(COMPRESS)
        return [*kept, _sized(connection, "TimescaleDB, columnstore", readings, COLUMNS)]


def _fill(connection: Connection, meters: int, days: int) -> int:
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - (days + 1) * DAY
    fleet = Fleet("kept", meters, start, registers=len(REGISTERS))
    instruments = np.arange(1, meters + 1, dtype=np.int32)
    registers = list(range(1, len(REGISTERS) + 1))
    for day in range(days):
        sent = np.arange(day * meters * SLOTS_A_DAY, (day + 1) * meters * SLOTS_A_DAY, dtype=np.int64)
        rows = fleet.rows(sent, instruments, registers, start + (day + 1) * DAY)
        with connection.cursor() as cursor, cursor.copy(sql.statements("readings")["copy"]) as copy:
            copy.write(packed(rows))
    ((readings,),) = connection.execute(COUNT).fetchall()
    return int(readings)


def _sized(connection: Connection, way: str, readings: int, size: str) -> Kept:
    connection.execute("VACUUM ANALYZE reading")
    ((taken,),) = connection.execute(size).fetchall()
    return Kept(way, readings, int(taken) / readings)
