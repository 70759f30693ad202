"""Where registers begin again, as lists declare it."""

from datetime import date

import numpy as np

from store import days, evidence
from store.columns import DAY_ZERO
from store.instruments import Enrolment, Site, enrol
from tests.services.enrolled import connect_to


def listed(capacity: int | None = None, serial: str = "W-1") -> Enrolment:
    declared = () if capacity is None else (("volume", capacity),)
    return Enrolment("src", serial, "water_meter", Site("S", "站", "site"), capacities=declared)


def test_a_capacity_is_remembered_and_what_was_said_first_stays(database: str) -> None:
    with connect_to(database) as connection:
        assert enrol(connection, [listed(), listed(10**8, "W-2")]).otherwise == []
        assert [row["capacity"] for row in evidence.capacities(connection, 0)] == [10**8]
        assert enrol(connection, [listed(10**7), listed(10**9, "W-2")]).otherwise == ["W-2"]
        assert sorted(row["capacity"] for row in evidence.capacities(connection, 0)) == [10**7, 10**8]


def test_a_capacity_declared_later_makes_the_instruments_days_due(database: str) -> None:
    with connect_to(database) as connection:
        enrol(connection, [listed(), listed(None, "W-2")])
        rows = np.zeros(2, dtype=days.LAYOUT)
        rows["instrument"], rows["register"] = [1, 2], 1
        rows["day"] = (date(2026, 3, 2) - DAY_ZERO).days + rows["instrument"]
        days.write(connection, rows)
        enrol(connection, [listed(10**8)])
        marks = connection.execute("SELECT stage, block, day::text FROM due").fetchall()
    assert marks == [("summarise", 0, "2026-03-03")]
