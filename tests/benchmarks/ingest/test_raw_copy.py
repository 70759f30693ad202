from datetime import UTC, datetime

import numpy as np

from benchmarks.ingest.raw_copy import packed
from benchmarks.load.fleet import Fleet
from store import sql
from store.connection import connect

STORED = "SELECT instrument_id, register_id, taken_at, value FROM reading ORDER BY 1, 2, 3"


def test_packed_rows_are_what_the_store_writes(database: str):
    fleet = Fleet("a", 3, datetime(2026, 11, 1, tzinfo=UTC), registers=2)
    rows = fleet.rows(np.arange(6), np.array([5, 6, 7], dtype=np.int32), [1, 2], datetime.now(UTC))
    with connect(database, application="tests") as connection:
        with connection.cursor() as cursor, cursor.copy(sql.statements("readings")["copy"]) as copy:
            copy.write(packed(rows))
        stored = connection.execute(STORED).fetchall()
    assert len(stored) == 12
    assert stored[0] == (5, 1, datetime(2026, 11, 1, tzinfo=UTC), int(fleet.values(np.arange(1), 0, 0)[0]))
