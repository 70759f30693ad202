"""Evidence as it comes out of a real store."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from anomaly import gather
from anomaly.evidence import Evidence, Period
from store.connection import Connection, connect
from store.instruments import Enrolment, Site, enrol
from store.registers import all_registers

FIRST = date(2026, 3, 2)
BEGIN = datetime(2026, 3, 1, 16, tzinfo=UTC)
"""Midnight in Shanghai."""
READINGS = """
    INSERT INTO reading (taken_at, value, received_at, instrument_id, register_id)
    SELECT %(begin)s + hour * INTERVAL '1 hour', hour * instrument.id, %(begin)s, instrument.id, register.id
      FROM instrument JOIN register ON register.kind = instrument.kind AND register.name = 'volume',
           generate_series(0, 60) AS hour"""


@pytest.fixture
def store(database: str) -> Iterator[Connection]:
    with connect(database, application="test", autocommit=True) as connection:
        site = Site("S", "站", "site")
        enrol(connection, [Enrolment("src", f"W-{n}", "water_meter", site) for n in range(2)])
        connection.execute(READINGS, {"begin": BEGIN})
        yield connection


def look(store: Connection, *, by_hour: bool) -> Evidence:
    members = gather.block(store, 0, {stored.id: stored for stored in all_registers(store)})
    last = FIRST + timedelta(days=2)
    with store.transaction():
        gather.write_days(store, gather.look(store, members, FIRST, last), FIRST, last)
    period = Period(last, last, BEGIN + timedelta(days=3))
    return gather.detector_evidence(store, members, "water_meter", period, timedelta(days=2), by_hour=by_hour)


def test_who_asks_for_hours_sees_each_of_them(store: Connection) -> None:
    panel = look(store, by_hour=True).days["volume"]
    assert panel.hourly is not None
    assert panel.hourly.shape == (3, 24, 2)
    assert panel.hourly.flags.c_contiguous
    known = np.isfinite(panel.hourly).reshape(72, 2)
    assert known[:60].all()
    assert not known[60:].any()
    np.testing.assert_allclose(panel.hourly[:2], np.broadcast_to([0.001, 0.002], (2, 24, 2)))
    np.testing.assert_allclose(panel.hourly[:2].sum(axis=1), panel.consumption[:2], rtol=1e-6)


def test_who_does_not_ask_for_hours_reads_none(store: Connection) -> None:
    panel = look(store, by_hour=False).days["volume"]
    assert panel.hourly is None
    assert panel.consumption.shape == (3, 2)
