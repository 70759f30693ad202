import threading

import numpy as np
import pytest
from psycopg.errors import RestrictViolation

from store import readings
from store.arrangement import arrange
from store.arrivals import Fate
from store.connection import Connection
from tests.services.enrolled import connect_to
from tests.store import rows

S, R, C = Fate.STORED, Fate.REPEATED, Fate.CONFLICTING


@pytest.fixture
def connection(database: str) -> Connection:
    return connect_to(database)


def _append(connection: Connection, *stated: tuple[int, int, int], look_first: bool = False) -> list[int]:
    with connection.transaction():
        return readings.append(connection, arrange(rows.readings(*stated)), look_first=look_first).tolist()


@pytest.mark.parametrize("look_first", [False, True])
def test_the_first_value_stays_and_every_other_is_accounted_for(connection: Connection, *, look_first: bool) -> None:
    with connection:
        assert _append(connection, (1, 0, 10), (2, 0, 20), look_first=look_first) == [S, S]
        # repeat, conflict, new: each found out whether or not keys are looked up first
        assert _append(connection, (1, 0, 10), (2, 0, 21), (3, 0, 30), look_first=look_first) == [R, C, S]
        # a known conflict received again is a repeat; another value is another conflict
        assert _append(connection, (2, 0, 21), (2, 0, 22), (2, 0, 20), look_first=look_first) == [R, C, R]
        assert rows.stored(connection) == [(1, 0, 10), (2, 0, 20), (3, 0, 30)]
        assert rows.stored(connection, "reading_conflict") == [(2, 0, 21), (2, 0, 22)]


@pytest.mark.parametrize("look_first", [False, True])
def test_within_a_batch_the_order_of_arrival_decides(connection: Connection, *, look_first: bool) -> None:
    with connection:
        batch = [(1, 1, 5), (1, 0, 7), (1, 0, 6), (1, 0, 7), (1, 0, 6), (1, 1, 5)]
        assert _append(connection, *batch, look_first=look_first) == [S, S, C, R, R, R]
        assert _append(connection, *batch, look_first=look_first) == [R, R, R, R, R, R]
        assert rows.stored(connection) == [(1, 0, 7), (1, 1, 5)]
        assert rows.stored(connection, "reading_conflict") == [(1, 0, 6)]


def test_a_differing_first_of_a_batch_does_not_stand_for_its_repeats(connection: Connection) -> None:
    with connection:
        _append(connection, (1, 0, 1))
        assert _append(connection, (1, 0, 2), (1, 0, 2), (1, 0, 1), (1, 0, 3)) == [C, R, R, C]


def test_nothing_appended_is_nothing_done(connection: Connection) -> None:
    with connection:
        assert _append(connection) == []


def test_keeps_the_whole_range_of_counts_and_instants(connection: Connection) -> None:
    with connection:
        batch = [(2**31 - 1, 0, 2**63 - 1), (1, -78_000, -(2**63)), (1, 100_000, 0)]
        assert _append(connection, *batch) == [S, S, S]
        assert sorted(rows.stored(connection)) == sorted(batch)


def test_a_reading_is_never_changed(connection: Connection) -> None:
    with connection:
        _append(connection, (1, 0, 1))
        with pytest.raises(RestrictViolation):
            connection.execute("UPDATE reading SET value = 2")


def test_is_the_same_as_a_ledger_kept_by_hand_whatever_arrives(connection: Connection) -> None:
    generator = np.random.default_rng(20_261_122)
    first: dict[tuple[int, int], int] = {}
    conflicts: set[tuple[int, int, int]] = set()
    with connection:
        for round_ in range(30):
            size = int(generator.integers(1, 200))
            batch = [
                (int(instrument), int(hour), int(value))
                for instrument, hour, value in generator.integers([1, -500, 0], [6, 500, 3], size=(size, 3))
            ]
            expected = []
            for instrument, hour, value in batch:
                known = first.setdefault((instrument, hour), value)
                fate = R
                if (instrument, hour) not in {(one, at) for one, at, _ in rows.stored(connection)} and not any(
                    key == (instrument, hour) for key, _ in expected
                ):
                    fate = S
                elif value != known and (instrument, hour, value) not in conflicts:
                    conflicts.add((instrument, hour, value))
                    fate = C
                expected.append(((instrument, hour), fate))
            answer = _append(connection, *batch, look_first=bool(round_ % 2))
            assert answer == [fate for _, fate in expected], f"round {round_}"
        assert rows.stored(connection) == sorted((*key, value) for key, value in first.items())
        assert rows.stored(connection, "reading_conflict") == sorted(conflicts)


def test_two_writers_of_the_same_keys_store_each_once(database: str) -> None:
    started = threading.Barrier(2)
    fates: dict[int, list[int]] = {0: [], 1: []}
    batches = {
        0: [(instrument, hour, 1) for hour in range(0, 20_000, 50) for instrument in range(1, 6)],
        1: [(instrument, hour, 2) for instrument in range(5, 0, -1) for hour in range(19_950, -50, -50)],
    }

    def write(writer: int) -> None:
        with connect_to(database) as connection:
            for start in range(0, 2000, 200):
                started.wait()
                fates[writer] += _append(connection, *batches[writer][start : start + 200])

    threads = [threading.Thread(target=write, args=(writer,)) for writer in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with connect_to(database) as connection:
        assert len(rows.stored(connection)) == 2000
        assert len(rows.stored(connection, "reading_conflict")) == 2000
    both = fates[0] + fates[1]
    assert (both.count(S), both.count(C), both.count(R)) == (2000, 2000, 0)


def test_a_writer_waits_for_another_that_has_not_committed_and_then_sees_its_value(database: str) -> None:
    waiting = threading.Event()
    answer: list[int] = []

    def follow() -> None:
        with connect_to(database) as second:
            waiting.set()
            answer.extend(_append(second, (1, 0, 2), (2, 0, 2)))

    with connect_to(database) as first:
        thread = threading.Thread(target=follow)
        with first.transaction():
            readings.append(first, arrange(rows.readings((1, 0, 1))))
            thread.start()
            waiting.wait()
        thread.join()
        assert answer == [C, S]
        assert rows.stored(first) == [(1, 0, 1), (2, 0, 2)]
