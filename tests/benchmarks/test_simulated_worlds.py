"""A world in memory is the city that the product would be sent."""

from datetime import date

import pytest

from anomaly.policy import Policy
from benchmarks.simulated_worlds import World, world
from metrology.finding import Grade


@pytest.fixture(scope="module")
def city() -> World:
    return world(5, 120, date(2026, 3, 1), 32)


def test_every_hour_of_every_meter_is_there_but_the_silent_ones(city: World) -> None:
    water = city.evidence["water_meter"]
    silent = sum(int(fact.mode == "silence" and fact.kind == "water_meter") for fact in city.truth)
    readings = water.readings["volume"]
    assert silent > 0
    assert len(readings.value) < len(water.fleet) * (32 * 24 + 1)
    assert len(readings.value) > (len(water.fleet) - silent) * (32 * 24 + 1)


def test_an_honest_world_gives_the_rules_nothing_to_say() -> None:
    honest = world(6, 120, date(2026, 3, 1), 12, tampered=False)
    assert not [fact for fact in honest.truth if fact.tampering]
    for kind, evidence in honest.evidence.items():
        for judge in Policy.load().judges(kind):
            if judge.grade is Grade.EXACT:
                assert judge.judge(evidence).findings == (), (kind, judge.name)


def test_prices_amounts_and_quantities_agree_as_the_product_counts_them(city: World) -> None:
    sold = city.evidence["fuel_dispenser"].transactions
    assert sold is not None
    asked = sold.unit_price * sold.quantity / 10 ** (5 + 2)
    honest = abs(asked * 100 - sold.amount) <= 1
    assert honest.mean() > 0.9
