"""Charging hubs: energy is conserved, registers continue from charge to charge, curves taper."""

import numpy as np
import pytest

from simulators.civil_day import HOUR_SECONDS
from simulators.fleets.charge_curve import Charge
from tests.simulators.world import DAYS, Walk


def test_the_grid_supplies_more_than_is_delivered(honest: Walk) -> None:
    hubs = honest.city.charging.hubs
    for number, connector in enumerate(hubs.connectors):
        if not hubs.direct[number]:
            continue
        delivered = honest.register(connector.serial, "active_energy_import") / 1e4
        supplied = honest.register(connector.serial, "supply_energy_import") / 1e3
        assert (np.diff(supplied) >= np.diff(delivered)).all()
        idle = 0.018 * 24 * DAYS
        efficiency = (delivered[-1] - delivered[0]) / (supplied[-1] - supplied[0] - idle)
        assert efficiency == pytest.approx(hubs.efficiency[number], abs=1e-4)
        assert 0.92 <= hubs.efficiency[number] <= 0.96


def test_registers_and_counters_continue_from_charge_to_charge(honest: Walk) -> None:
    end: dict[int, int] = {}
    last: dict[int, int] = {}
    busy: dict[int, int] = {}
    across = 0
    for day, bills in honest.bills("ev_charger"):
        assert bills.start_indication is not None
        assert bills.end_indication is not None
        midnight = day.toordinal() * 24 * HOUR_SECONDS
        across += int((bills.started < 0).sum())
        for row in np.lexsort((bills.sequence, bills.member)).tolist():
            connector = int(bills.member[row])
            if connector in end:
                assert bills.start_indication[row] == end[connector]
                assert bills.sequence[row] == last[connector] + 1
                assert midnight + bills.started[row] > busy[connector]
            end[connector], last[connector] = int(bills.end_indication[row]), int(bills.sequence[row])
            busy[connector] = midnight + int(bills.ended[row])
    assert across > DAYS / 4  # some charges run across midnight
    hubs = honest.city.charging.hubs
    for number, connector_ in enumerate(hubs.connectors):
        assert honest.register(connector_.serial, "active_energy_import")[-1] >= end[number]


def test_every_charge_is_billed_by_its_energy(honest: Walk) -> None:
    for _, bills in honest.bills("ev_charger"):
        assert bills.unit_price is not None
        assert bills.amount is not None
        exact = bills.quantity * bills.unit_price  # 10⁻⁴ kWh · 10⁻⁴ CNY/kWh = 10⁻⁶ fen
        assert (np.abs(1_000_000 * bills.amount - exact) <= 500_000).all()


def test_power_never_exceeds_the_rating(honest: Walk) -> None:
    hubs = honest.city.charging.hubs
    for _, bills in honest.bills("ev_charger"):
        mean_power = bills.quantity / 1e4 / ((bills.ended - bills.started) / HOUR_SECONDS)
        assert (mean_power <= hubs.rated[bills.member]).all()


def test_a_charge_runs_at_constant_power_then_tapers() -> None:
    charge = Charge(np.array([60.0]), np.array([60.0]), np.array([0.2]), np.array([0.95]))
    knee = 0.6 * 60 / 0.96 / 60  # hours to 80 %
    hours = np.linspace(0, float(charge.hours()[0]), 200)
    power = charge.power_at(hours)
    assert (power[hours < knee] == 60).all()
    assert (np.diff(power[hours > knee]) < 0).all()
    assert float(charge.state_of_charge(charge.energy(charge.hours()))[0]) == pytest.approx(0.95)
    # Energy is the integral of power.
    fine = np.linspace(0, float(charge.hours()[0]), 20_001)
    assert float(charge.energy(fine)[-1]) == pytest.approx(np.trapezoid(charge.power_at(fine), fine), rel=1e-5)
