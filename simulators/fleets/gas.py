"""Diaphragm gas meters: households cook, heat water and some heat with gas; shops have a volume corrector."""

from datetime import date
from typing import ClassVar

import numpy as np

from metrology.kinds import kind_called
from simulators import places
from simulators.chance import generator
from simulators.civil_day import DAY_SECONDS
from simulators.day_book import Column, Counts, DayBook, Mask, Numbers
from simulators.demand import absent, bumps, habits, intermittent, levels
from simulators.fleets.meters import MeterFleet
from simulators.instrument import Instrument
from simulators.weather import hourly_air_pressure, hourly_temperature

BASE_PRESSURE, BASE_TEMPERATURE = 101.325, 293.15
"""Base conditions of gas trade in China [kPa], [K]; the compressibility ratio is taken as 1 at these pressures."""

_DISTRICT = 50
_CORRECTED = 0.2
"""Share of meters with a volume corrector: shops and canteens [1]."""

_COOKING = bumps((7.0, 0.7, 0.2), (11.8, 0.8, 0.3), (18.3, 1.0, 0.5))
_EVENING = bumps((7.0, 1.0, 0.2), (12.0, 1.0, 0.1), (20.5, 1.8, 0.7))
_OPENING = bumps((9.5, 1.5, 0.2), (11.8, 1.2, 0.35), (18.0, 1.8, 0.45))
_HEATED, _COMFORT = 0.35, 15.0
"""Share of households with a gas boiler [1]; outdoor temperature below which it runs [°C]."""


class GasFleet(MeterFleet):
    """Gas meters; households without corrector first, then shops with one."""

    kind: ClassVar[str] = "gas_meter"

    def __init__(self, seed: int, meters: int, source: str = "city-gas") -> None:
        chance = generator(seed, "gas fleet")
        shops = max(1, round(meters * _CORRECTED))
        homes = self.households = max(1, meters - shops)
        total = homes + shops
        self._cooking = np.concatenate([levels(homes, 190.0, 0.4, chance), levels(shops, 9000.0, 0.5, chance)])
        self._bath = np.concatenate([levels(homes, 450.0, 0.5, chance), levels(shops, 1500.0, 0.5, chance)])
        heated = chance.random(total) < _HEATED
        heated[homes:] = False
        self._per_degree = np.where(heated, chance.lognormal(np.log(520.0), 0.3, total), 0.0)
        self._limit = np.concatenate([np.where(heated[:homes], 5700.0, 3800.0), np.full(shops, 15000.0)])
        self._cook = habits(total, _COOKING, _COOKING, chance)
        self._warm = habits(total, _EVENING, _EVENING, chance)
        self._open = habits(total, _OPENING, _OPENING, chance)
        districts = max(1, round(meters / _DISTRICT))
        sites = [places.site("GAS", number, "调压区", "gas district", chance) for number in range(1, districts + 1)]
        ages = chance.uniform(150, 2600, total)
        instruments = [
            Instrument(
                source=source,
                serial=f"G-{index + 1:06}",
                kind=self.kind,
                site=sites[index % districts],
                operator=places.GAS_UTILITY,
                accuracy_class="1.5",
                size="G10" if index >= homes else ("G4" if heated[index] else "G2.5"),
                model="JGM-10 PTZ" if index >= homes else "CG-L-NB",
                installed_on=date.fromordinal(date(2026, 1, 1).toordinal() - int(ages[index])),
            )
            for index in range(total)
        ]
        daily = self._cooking + self._bath + 4.0 * self._per_degree
        super().__init__(seed, instruments, daily * (ages + 100), daily, total)
        self._converted = np.floor(daily * (ages + 100) * 1.02)
        self._outdoors = chance.uniform(0.2, 0.7, total)
        self._overpressure = chance.normal(2.2, 0.08, total)

    def demand(self, day: date) -> Numbers:
        """Cooking, hot water and heating by degree hours [dm³]."""
        chance = generator(self.seed, "gas demand", day.toordinal())
        total, homes = self._cooking.size, self.households
        outdoor = hourly_temperature(self.seed, day)
        factor = chance.lognormal(-0.02, 0.2, total)
        cold = 1 + 0.025 * (17.5 - float(outdoor.mean()))
        expected = self._cooking * factor * self._cook.of(day) + self._bath * factor * cold * self._warm.of(day)
        opening = (self._cooking + self._bath * cold)[homes:] * factor[homes:] * self._open.of(day)[:, homes:]
        heating = self._per_degree * np.maximum(0.0, _COMFORT - outdoor)[:, None] / 24
        use = intermittent(expected, 60.0, chance) + heating * chance.lognormal(-0.03, 0.25, (24, total))
        use[:, homes:] = opening * chance.lognormal(-0.02, 0.2, opening.shape)
        away = absent(self.seed, "gas", day, homes)
        use[:, :homes][:, away] = 0.0
        bounded: Numbers = np.minimum(use, self._limit)
        return bounded

    def columns(self, day: date, counts: Counts, registered: Numbers) -> tuple[Column, ...]:
        """Volume, and for the corrector: converted volume, temperature, absolute pressure, all every hour.

        The volume of an hour is converted with the temperature and pressure indicated at its end, so that the
        indications obey Vb = Vm · p/101.325 · 293.15/T to the resolution.
        """
        kind = kind_called(self.kind)
        outdoor = hourly_temperature(self.seed, day)[:, None]
        celsius = np.rint(100 * (18.0 + self._outdoors * (outdoor - 18.0))).astype(np.int64)
        pressure = np.rint(100 * (hourly_air_pressure(self.seed, day)[:, None] + self._overpressure)).astype(np.int64)
        factor = pressure / 100 / BASE_PRESSURE * BASE_TEMPERATURE / (BASE_TEMPERATURE - 20 + celsius / 100)
        grown = self._converted + np.vstack([np.zeros(counts.shape[1]), np.cumsum(registered * factor, axis=0)])
        self._converted = grown[-1]
        battery = np.full(counts.shape, 358, np.int64)
        return (
            Column(self.register, counts),
            Column(kind.register("volume_converted"), np.floor(grown + 1e-6).astype(np.int64)),
            Column(kind.register("temperature"), np.vstack([celsius[:1], celsius])),
            Column(kind.register("pressure"), np.vstack([pressure[:1], pressure])),
            Column(kind.register("battery_voltage"), battery, DAY_SECONDS),
        )

    def book(self, day: date, seconds: Counts, columns: tuple[Column, ...], present: Mask | None) -> DayBook:
        """Two sheets: households report volume and battery alone."""
        homes = self.households
        households = self.sheet(slice(homes), seconds, (columns[0], columns[-1]), present)
        return DayBook(day, (households, self.sheet(slice(homes, None), seconds, columns, present)))
