"""Flags and estimates on a real store: what was measured stays, and the order of arrival does not matter."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import numpy as np
import pytest

from anomaly.passes import detect_once, summarise_once
from anomaly.policy import Policy
from metrology.civil import DAY
from metrology.quality import Quality
from store import day_quality
from store.connection import Connection, connect
from store.instruments import Enrolment, Site, enrol
from tests.anomaly.test_passes import INSTRUMENTS, Row, arrive, history

NOW = datetime(2026, 11, 22, tzinfo=UTC)
POLICY = Policy.load()
WRITTEN = (
    "SELECT * FROM day_quality ORDER BY instrument_id, day, code",
    "SELECT * FROM day_estimate ORDER BY instrument_id, day",
)
MEASURED = (
    "SELECT taken_at, value, instrument_id FROM reading ORDER BY instrument_id, taken_at",
    "SELECT day, instrument_id, consumption, hourly FROM instrument_day ORDER BY instrument_id, day",
)


@pytest.fixture
def store(database: str) -> Iterator[Connection]:
    with connect(database, application="test", autocommit=True) as connection:
        site = Site("S", "站", "site")
        enrol(connection, [Enrolment("src", f"W-{n}", "water_meter", site) for n in range(INSTRUMENTS)])
        yield connection


def watch(store: Connection) -> None:
    while summarise_once(store, POLICY) is not None:
        pass
    while (passed := detect_once(store, POLICY, now=NOW, quiet=0 * DAY)) is not None:
        assert passed.failures == []


def rows(store: Connection, queries: tuple[str, ...]) -> list[list[tuple[object, ...]]]:
    return [store.execute(query).fetchall() for query in queries]


def test_estimates_stand_beside_what_was_measured_and_add_up(store: Connection) -> None:
    whole: list[Row] = history()
    arrive(store, whole)
    watch(store)
    measured = rows(store, MEASURED)
    [(register,)] = store.execute("SELECT DISTINCT register_id FROM day_estimate").fetchall()
    for instrument, began, ended in ((2, 300, 350), (3, 400, 616)):
        value = {hour: count for owner, at, count in whole if owner == instrument for hour in [_hour(at)]}
        days = day_quality.estimates(store, instrument, register, date(2026, 3, 1), date(2026, 4, 9))
        told = [count for day in sorted(days) for count in days[day].hourly if count is not None]
        assert len(told) == ended - began
        assert sum(told) == value[ended] - value[began] == {day.growth for day in days.values()}.pop()
        assert {day.method.value for day in days.values()} == {"like_days"}
        assert all(day.uncertainty > 0 for day in days.values())
    assert rows(store, MEASURED) == measured
    unknown = store.execute("SELECT count(*) FROM instrument_day WHERE consumption IS NULL").fetchone()
    assert unknown != (0,)


def test_flags_tell_what_a_day_rests_on(store: Connection) -> None:
    arrive(store, history())
    watch(store)
    [(register,)] = store.execute("SELECT DISTINCT register_id FROM day_quality").fetchall()
    flags = day_quality.flags(store, 3, register, date(2026, 3, 1), date(2026, 4, 9))
    codes = {day: {flag.code for flag in flags[day]} for day in flags}
    # The gap of nine days reaches from midnight of the 18th to midnight of the 27th, in Shanghai.
    assert {Quality.FEWER_READINGS, Quality.HOURS_MISSING, Quality.CONSUMPTION_UNKNOWN} <= codes[date(2026, 3, 18)]
    assert all(codes[date(2026, 3, day)] == {Quality.NO_READINGS} for day in range(19, 27))
    assert Quality.STAMPED_ON_RECEIPT in codes[date(2026, 3, 27)]
    assert not codes[date(2026, 3, 28)] & {Quality.FEWER_READINGS, Quality.HOURS_MISSING, Quality.CONSUMPTION_UNKNOWN}


def test_the_order_of_arrival_does_not_matter(store: Connection) -> None:
    whole = history(30)
    order = np.random.default_rng(7).permutation(len(whole))
    for part in np.array_split(order, 3):
        arrive(store, [whole[index] for index in part])
        watch(store)
    late = rows(store, WRITTEN)
    assert all(late)
    store.execute("TRUNCATE day_quality, day_estimate")
    store.execute("INSERT INTO due (stage, block, day) SELECT DISTINCT 'detect', 0, day FROM instrument_day")
    watch(store)
    assert rows(store, WRITTEN) == late


def _hour(at: datetime) -> int:
    return int((at - datetime(2026, 3, 1, tzinfo=UTC)).total_seconds()) // 3600
