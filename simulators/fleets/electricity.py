"""Electricity meters in transformer areas (台区), each area behind a master meter that sees the losses too."""

from datetime import date
from typing import ClassVar

import numpy as np

from metrology.kinds import kind_called
from simulators import places
from simulators.chance import generator
from simulators.civil_day import HOUR_SECONDS, is_rest_day
from simulators.day_book import Column, Counts, DayBook, Mask, Numbers
from simulators.demand import absent, bumps, habits, levels
from simulators.fleets.meters import MeterFleet
from simulators.instrument import Instrument
from simulators.weather import hourly_temperature

_AREA = 30
"""Meters of one transformer area, the master meter among them."""

_WORKING = bumps((7.2, 1.0, 0.15), (12.5, 1.5, 0.15), (19.8, 2.2, 0.55), (2.0, 6.0, 0.15))
_RESTING = bumps((9.5, 2.0, 0.22), (13.0, 2.5, 0.25), (19.8, 2.4, 0.43), (2.0, 6.0, 0.10))
_STANDBY = 0.28
"""Share of the daily level that refrigerator and standby take evenly around the clock, also when nobody is home [1]."""

_HOT, _COLD = 26.5, 8.0
"""Outdoor temperatures beyond which air conditioners cool or heat [°C]."""

_HEATS = 0.7
"""Share of households whose air conditioner also heats [1]."""

_CURRENT_FACTOR = 1.04
"""Apparent over active power of a household: power factor about 0.96 [1]."""


class ElectricityFleet(MeterFleet):
    """Single-phase household meters over power line, and three-phase master meters."""

    kind: ClassVar[str] = "electricity_meter"

    def __init__(self, seed: int, meters: int, source: str = "city-power") -> None:
        chance = generator(seed, "electricity fleet")
        areas = max(1, round(meters / _AREA))
        homes = max(1, meters - areas)
        self._area = np.arange(homes) % areas
        self._level = levels(homes, 6200.0, 0.45, chance)
        self._habit = habits(homes, _WORKING, _RESTING, chance)
        self._cooling = chance.lognormal(np.log(75.0), 0.4, homes)
        self._warming = np.where(chance.random(homes) < _HEATS, chance.lognormal(np.log(55.0), 0.4, homes), 0.0)
        self._loss = chance.uniform(0.02, 0.045, areas)
        sites = [places.site("TA", number, "台区", "transformer area", chance) for number in range(1, areas + 1)]
        ages = chance.uniform(100, 2200, homes + areas)
        instruments = [
            Instrument(
                source=source,
                serial=f"E-{index + 1:06}" if index < homes else f"E-MASTER-{index - homes + 1:02}",
                kind=self.kind,
                site=sites[int(self._area[index]) if index < homes else index - homes],
                operator=places.POWER_UTILITY,
                accuracy_class="2" if index < homes else "0.5S",
                size="5(60)A" if index < homes else "3x10(100)A",
                model="DDZY-HPLC" if index < homes else "DTZ-0.5S",
                installed_on=date.fromordinal(date(2026, 1, 1).toordinal() - int(ages[index])),
            )
            for index in range(homes + areas)
        ]
        daily = np.concatenate([self._level, np.bincount(self._area, self._level, areas) * (1 + self._loss)])
        super().__init__(seed, instruments, daily * (ages + 100), daily, homes)
        self._homes = homes
        self._reactive = np.floor(0.28 * daily * (ages + 100))

    def demand(self, day: date) -> Numbers:
        """Standby, habit and air conditioning of each household [Wh]; a master sees its members and the losses."""
        chance = generator(self.seed, "electricity demand", day.toordinal())
        homes, areas = self._level.size, self._loss.size
        outdoor = hourly_temperature(self.seed, day)[:, None]
        factor = chance.lognormal(-0.015, 0.17, homes) * (1.1 if is_rest_day(day) else 1.0)
        habit = self._level * (1 - _STANDBY) * factor * self._habit.of(day)
        shape = self._habit.of(day) * 24
        cooling = self._cooling * np.maximum(0.0, outdoor - _HOT) * np.minimum(shape, 1.6)
        warming = self._warming * np.maximum(0.0, _COLD - outdoor) * np.minimum(shape, 1.6)
        use = (habit + cooling + warming) * chance.lognormal(-0.08, 0.4, (24, homes))
        use[:, absent(self.seed, "electricity", day, homes)] = 0.0
        use = np.minimum(use + self._level * _STANDBY / 24 * chance.lognormal(-0.005, 0.1, (24, homes)), 11_000.0)
        transformers = np.stack([np.bincount(self._area, hour, areas) for hour in use]) * (1 + self._loss)
        return np.hstack([use, transformers])

    def columns(self, day: date, counts: Counts, registered: Numbers) -> tuple[Column, ...]:
        """Energy every hour; reactive energy, power, voltage and current every six hours."""
        kind = kind_called(self.kind)
        chance = generator(self.seed, "mains", day.toordinal())
        power = np.vstack([registered[:1], registered])
        volts = np.rint(10 * chance.normal(226.0, 2.5, power.shape)).astype(np.int64)
        current = np.rint(power * _CURRENT_FACTOR / (volts / 10) * 1000).astype(np.int64)
        reactive = self._reactive + np.vstack([np.zeros(power.shape[1]), np.cumsum(0.28 * registered, axis=0)])
        self._reactive = reactive[-1]
        every = 6 * HOUR_SECONDS
        return (
            Column(self.register, counts),
            Column(kind.register("reactive_energy_import"), np.floor(reactive).astype(np.int64), every),
            Column(kind.register("active_power"), np.rint(power).astype(np.int64), every),
            Column(kind.register("voltage_l1"), volts, every),
            Column(kind.register("current_l1"), current, every),
        )

    def book(self, day: date, seconds: Counts, columns: tuple[Column, ...], present: Mask | None) -> DayBook:
        """Two sheets: a three-phase master reports its energies and total power, not one phase's current."""
        homes = self._homes
        households = self.sheet(slice(homes), seconds, columns, present)
        return DayBook(day, (households, self.sheet(slice(homes, None), seconds, columns[:3], present)))
