"""Water, gas and electricity meters: registers are sums of what flowed, and districts add up."""

import numpy as np
import pytest

from metrology.kinds import kind_called
from simulators.fleets.gas import BASE_PRESSURE, BASE_TEMPERATURE
from simulators.weather import hourly_temperature
from tests.simulators.world import Walk


@pytest.mark.parametrize("serial", ["W-000001", "W-BULK-01", "G-000001", "E-000001", "E-MASTER-01"])
def test_a_register_is_the_sum_of_what_flowed(honest: Walk, serial: str) -> None:
    kind = {"W": "water_meter", "G": "gas_meter", "E": "electricity_meter"}[serial[0]]
    indicated = honest.register(serial, kind_called(kind).principal_register)
    flowed = honest.true_flow(serial)
    assert np.abs(indicated - indicated[0] - np.concatenate([[0], np.cumsum(flowed)])).max() <= 1
    assert indicated[-1] > indicated[0]


def test_every_honest_cumulative_register_only_grows(honest: Walk) -> None:
    for _, books in honest.books:
        for book in books:
            for sheet in book.sheets:
                for column in sheet.columns:
                    if column.register.cumulative:
                        assert (np.diff(column.counts, axis=0) >= 0).all(), column.register.name


def test_what_flows_into_a_district_is_what_its_meters_saw_and_its_leaks(honest: Walk) -> None:
    water = honest.city.water
    for bulk in [item for item in water.instruments if item.serial.startswith("W-BULK")]:
        members = [item.serial for item in water.instruments if item.site == bulk.site and item != bulk]
        supplied = honest.true_flow(bulk.serial)
        leaked = supplied - sum(honest.true_flow(serial) for serial in members)
        assert np.ptp(leaked) < 1e-6
        assert 0.02 < leaked.sum() / supplied.sum() < 0.12


def test_what_a_transformer_feeds_is_what_its_meters_saw_and_its_losses(honest: Walk) -> None:
    power = honest.city.electricity
    for master in [item for item in power.instruments if item.serial.startswith("E-MASTER")]:
        members = [item.serial for item in power.instruments if item.site == master.site and item != master]
        fed = honest.true_flow(master.serial)
        lost = fed - sum(honest.true_flow(serial) for serial in members)
        assert (lost > 0).all()
        assert 0.015 < lost.sum() / fed.sum() < 0.05


def test_converted_gas_volume_follows_temperature_and_pressure(honest: Walk) -> None:
    corrected = [item.serial for item in honest.city.gas.instruments if item.model == "JGM-10 PTZ"]
    assert corrected
    for serial in corrected[:5]:
        volume, converted, celsius, kilopascals = (
            honest.register(serial, name) for name in ("volume", "volume_converted", "temperature", "pressure")
        )
        factor = kilopascals / 100 / BASE_PRESSURE * BASE_TEMPERATURE / (BASE_TEMPERATURE - 20 + celsius / 100)
        expected = np.diff(volume) * factor[1:]
        # Both registers are cut to a whole step at each end of the hour.
        assert np.abs(np.diff(converted) - expected).max() <= 3
        assert abs(np.diff(converted).sum() - expected.sum()) / expected.sum() < 1e-4
        assert 0.9 < factor.min() < factor.max() < 1.2


def test_gas_follows_the_cold_and_households_the_clock(honest: Walk) -> None:
    heated = [item.serial for item in honest.city.gas.instruments if item.size == "G4"]
    use = sum(honest.true_flow(serial) for serial in heated).reshape(-1, 24).sum(axis=1)
    outdoor = [hourly_temperature(honest.city.plan.seed, day).mean() for day, _ in honest.books]
    assert np.corrcoef(use, outdoor)[0, 1] < -0.8
    water = honest.flow["water_meter"].sum(axis=1).reshape(-1, 24).mean(axis=0)
    assert water[19] > 5 * water[3]


@pytest.mark.parametrize("kind", ["water_meter", "gas_meter", "electricity_meter"])
def test_no_meter_outruns_its_size(honest: Walk, kind: str) -> None:
    declared = kind_called(kind)
    steps = 10 ** declared.register(declared.principal_register).decimals
    fleet = {fleet.kind: fleet for fleet in (honest.city.water, honest.city.gas, honest.city.electricity)}[kind]
    for column, instrument in enumerate(fleet.instruments):
        limit = declared.rate_limit(instrument.size)
        assert limit is not None
        assert limit.size == instrument.size
        assert honest.flow[kind][:, column].max() / steps <= float(limit.per_hour)
