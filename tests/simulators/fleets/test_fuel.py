"""Filling stations: what the nozzles sold is what the tanks lost, and every honest amount is price times volume."""

from datetime import timedelta

import numpy as np

from simulators.civil_day import DAY_SECONDS
from simulators.fleets.stations import posted_prices
from tests.simulators.world import DAYS, EPOCH, Walk


def test_every_honest_amount_is_price_times_volume(honest: Walk) -> None:
    seen = 0
    for _, bills in honest.bills("fuel_dispenser"):
        assert bills.unit_price is not None
        assert bills.amount is not None
        exact = bills.quantity * bills.unit_price  # 10⁻² L · fen/L = 10⁻² fen
        assert (np.abs(100 * bills.amount - exact) <= 50).all()
        seen += exact.size
    assert seen > 100 * DAYS


def test_the_totalizer_grows_by_what_was_sold_and_the_counter_by_one(honest: Walk) -> None:
    end: dict[int, int] = {}
    last: dict[int, int] = {}
    for _, bills in honest.bills("fuel_dispenser"):
        assert bills.start_indication is not None
        assert bills.end_indication is not None
        assert (bills.end_indication - bills.start_indication == bills.quantity).all()
        for row in np.lexsort((bills.sequence, bills.member)).tolist():
            nozzle = int(bills.member[row])
            if nozzle in end:
                assert bills.start_indication[row] == end[nozzle]
                assert bills.sequence[row] == last[nozzle] + 1
            end[nozzle], last[nozzle] = int(bills.end_indication[row]), int(bills.sequence[row])
    for nozzle, instrument in enumerate(honest.city.fuel.stations.nozzles):
        assert honest.register(instrument.serial, "volume_total")[-1] == end[nozzle]


def test_the_hourly_amount_register_grows_by_what_was_asked(honest: Walk) -> None:
    asked = np.zeros(len(honest.city.fuel.stations.nozzles), np.int64)
    for _, bills in honest.bills("fuel_dispenser"):
        assert bills.amount is not None
        np.add.at(asked, bills.member, bills.amount)
    for nozzle, instrument in enumerate(honest.city.fuel.stations.nozzles):
        register = honest.register(instrument.serial, "amount_total")
        assert register[-1] - register[0] == asked[nozzle]


def test_a_nozzle_serves_one_customer_at_a_time(honest: Walk) -> None:
    for _, bills in honest.bills("fuel_dispenser"):
        order = np.lexsort((bills.started, bills.member))
        same = np.diff(bills.member[order]) == 0
        assert (bills.started[order][1:][same] > bills.ended[order][:-1][same]).all()
        assert ((bills.started >= 0) & (bills.ended < DAY_SECONDS)).all()
        litres_a_minute = bills.quantity / 100 / ((bills.ended - bills.started) / 60)
        assert litres_a_minute.max() < 50


def test_a_tank_loses_what_its_nozzles_sold_and_gains_what_tankers_brought(honest: Walk) -> None:
    fuel = honest.city.fuel
    sold, brought = (np.zeros(len(fuel.stations.tanks)) for _ in range(2))
    for _, bills in honest.bills("fuel_dispenser"):
        np.add.at(sold, fuel.stations.tank_of[bills.member], bills.quantity / 100)
    deliveries = 0
    for _, bills in honest.bills("tank_gauge"):
        np.add.at(brought, bills.member, bills.quantity / 10)
        deliveries += bills.quantity.size
    assert deliveries > DAYS / 4
    for tank, instrument in enumerate(fuel.stations.tanks):
        shown = honest.register(instrument.serial, "volume") / 10
        assert shown.min() > 0
        assert shown.max() <= 0.95 * fuel.stations.capacity[tank]
        missing = shown[0] + brought[tank] - sold[tank] - shown[-1]
        # Nozzle errors within ±0.2 %, delivery notes ±0.08 %, thermal expansion and gauge noise.
        assert abs(missing) < 0.002 * sold[tank] + 0.001 * brought[tank] + 250


def test_prices_change_at_a_midnight_and_every_nozzle_says_so(honest: Walk) -> None:
    seed = honest.city.plan.seed
    changes = [
        EPOCH + timedelta(days=number)
        for number in range(DAYS)
        if (
            posted_prices(seed, EPOCH + timedelta(days=number)) != posted_prices(seed, EPOCH + timedelta(number - 1))
        ).any()
    ]
    told = {day for day, books in honest.books for book in books for notice in book.notices}
    assert changes
    assert told == set(changes)
