"""The city is decided by its plan alone."""

import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from metrology.kinds import KINDS, kind_called
from simulators.city import City, CityPlan, CityTooSmall, DaysOutOfOrder
from simulators.encoding import encode
from simulators.instrument import write_enrolment
from tests.simulators.world import EPOCH, Walk


def day_of_bytes(plan: CityPlan, days: int) -> list[bytes]:
    """Every payload of the last of so many days."""
    city = City(plan)
    books = [city.books(plan.epoch + timedelta(days=number)) for number in range(days)][-1]
    return [message.payload for book in books for message in encode(book, -1, 86_400, daily=True)]


def test_the_same_plan_gives_the_same_bytes() -> None:
    plan = CityPlan(seed=11, instruments=150, epoch=EPOCH)
    assert day_of_bytes(plan, 3) == day_of_bytes(plan, 3)


def test_another_seed_gives_another_city() -> None:
    one, other = (day_of_bytes(CityPlan(seed, 150, EPOCH), 2) for seed in (1, 2))
    assert not set(one) & set(other)


def test_about_two_thousand_instruments_of_all_kinds_live_in_it() -> None:
    counts = Counter(instrument.kind for instrument in City(CityPlan(1, 2000, EPOCH)).instruments)
    assert set(counts) == set(KINDS)
    assert 1950 <= counts.total() <= 2050
    assert counts["water_meter"] == 900
    assert counts["electricity_meter"] == 600
    assert counts["gas_meter"] == 300
    assert counts["fuel_dispenser"] == 48
    assert counts["ev_charger"] == 120
    assert 18 <= counts["tank_gauge"] <= 24


def test_every_instrument_has_a_class_and_a_size_that_its_kind_declares(tampered: Walk) -> None:
    serials = set()
    for instrument in tampered.city.instruments:
        kind = kind_called(instrument.kind)
        kind.principal_error(instrument.accuracy_class)
        assert instrument.size in {limit.size for limit in kind.rate_limits}
        assert instrument.installed_on is not None
        assert instrument.installed_on < date(2026, 1, 1)
        serials.add((instrument.source, instrument.serial))
    assert len(serials) == len(tampered.city.instruments)


def test_enrolment_says_who_stands_where(tmp_path: Path, tampered: Walk) -> None:
    file = tmp_path / "enrolment.ndjson"
    assert write_enrolment(file, tampered.city.instruments) == len(tampered.city.instruments)
    first = json.loads(file.read_text(encoding="utf-8").splitlines()[0])
    assert first["source"] == "city-water"
    assert first["serial"] == "W-000001"
    assert first["kind"] == "water_meter"
    assert set(first["site"]) == {"code", "name_zh", "name_en", "region_code", "latitude", "longitude", "time_zone"}
    assert set(first["operator"]) == {"uscc", "name_zh", "name_en"}
    date.fromisoformat(first["installed_on"])


def test_too_small_a_city_is_refused() -> None:
    with pytest.raises(CityTooSmall, match="at least 60"):
        City(CityPlan(1, 20, EPOCH))


def test_days_are_walked_in_order() -> None:
    city = City(CityPlan(1, 60, EPOCH))
    with pytest.raises(DaysOutOfOrder):
        city.books(EPOCH + timedelta(days=1))
