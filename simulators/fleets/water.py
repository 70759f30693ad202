"""Water meters in district metered areas (DMA), each area behind a bulk meter that sees its leaks too."""

from datetime import date
from typing import ClassVar

import numpy as np

from metrology.kinds import kind_called
from simulators import places
from simulators.chance import generator
from simulators.civil_day import DAY_SECONDS, is_rest_day
from simulators.day_book import Column, Counts, Numbers
from simulators.demand import absent, bumps, habits, intermittent, levels
from simulators.fleets.meters import MeterFleet
from simulators.instrument import Instrument
from simulators.weather import hourly_temperature

_AREA = 60
"""Meters of one district, the bulk meter among them."""

_WORKING = bumps((7.0, 1.0, 0.28), (12.5, 1.5, 0.14), (19.5, 2.2, 0.48), (22.5, 1.0, 0.10))
_RESTING = bumps((9.0, 1.8, 0.30), (13.0, 2.0, 0.20), (19.5, 2.4, 0.42), (22.5, 1.2, 0.08))
_USE = 14.0
"""Water of one use: a shower's minute, a flush, a basin [L]."""

_SIZES = (("DN15", 0.82), ("DN20", 0.15), ("DN25", 0.03))
_MODELS = ("LXS-15F-NB", "LXLC-U NB-IoT", "WS-20A")
_DAY_SPREAD = 0.22
_SEEPING = 0.03
"""Share of households with a cistern that never quite closes, which run 1 to 4 L/h around the clock [1]."""


class WaterFleet(MeterFleet):
    """Household water meters, NB-IoT, 24 frozen hourly volumes a day."""

    kind: ClassVar[str] = "water_meter"

    def __init__(self, seed: int, meters: int, source: str = "city-water") -> None:
        chance = generator(seed, "water fleet")
        areas = max(1, round(meters / _AREA))
        homes = max(1, meters - areas)
        self._area = np.arange(homes) % areas
        self._level = levels(homes, 290.0, 0.45, chance)
        self._habit = habits(homes, _WORKING, _RESTING, chance)
        self._seep = np.where(chance.random(homes) < _SEEPING, chance.uniform(1.0, 4.0, homes), 0.0)
        self._leak = chance.uniform(0.04, 0.10, areas) * np.bincount(self._area, self._level, areas) / 24
        sites = [places.site("DMA", number, "分区计量区", "DMA", chance) for number in range(1, areas + 1)]
        ages = chance.uniform(200, 1800, homes + areas)
        sizes = chance.choice([size for size, _ in _SIZES], homes, p=[share for _, share in _SIZES]).tolist()
        sizes += ["DN50"] * areas
        instruments = [
            Instrument(
                source=source,
                serial=f"W-{index + 1:06}" if index < homes else f"W-BULK-{index - homes + 1:02}",
                kind=self.kind,
                site=sites[int(self._area[index]) if index < homes else index - homes],
                operator=places.WATER_UTILITY,
                accuracy_class="2" if index < homes else "1",
                size=sizes[index],
                model=_MODELS[index % len(_MODELS)] if index < homes else "LXLC-50E",
                installed_on=date.fromordinal(date(2026, 1, 1).toordinal() - int(ages[index])),
            )
            for index in range(homes + areas)
        ]
        daily = np.concatenate([self._level, np.bincount(self._area, self._level, areas) + 24 * self._leak])
        super().__init__(seed, instruments, daily * (ages + 200), daily, homes)
        self._reverse = chance.integers(0, 40, len(instruments))
        self._battery = 3.66 - 0.00004 * ages

    def demand(self, day: date) -> Numbers:
        """Lumpy use of each household [L]; a bulk meter sees its members and the district's leaks."""
        chance = generator(self.seed, "water demand", day.toordinal())
        homes, areas = self._level.size, self._leak.size
        warmth = 1 + 0.008 * (float(hourly_temperature(self.seed, day).mean()) - 17.5)
        factor = chance.lognormal(-(_DAY_SPREAD**2) / 2, _DAY_SPREAD, homes) * (1.08 if is_rest_day(day) else 1.0)
        expected = self._level * factor * warmth * self._habit.of(day)
        use = np.minimum(intermittent(expected, _USE, chance), 2200.0)
        use[:, absent(self.seed, "water", day, homes)] = 0.0
        use += self._seep
        districts = np.stack([np.bincount(self._area, hour, areas) for hour in use])
        return np.hstack([use, districts + self._leak])

    def columns(self, day: date, counts: Counts, registered: Numbers) -> tuple[Column, ...]:
        """Volume every hour; reverse volume, water temperature and battery once a day."""
        del registered
        kind = kind_called(self.kind)
        season = hourly_temperature(self.seed, day).mean()
        temperature = np.full(counts.shape, round((9.0 + 0.55 * float(season)) * 10), np.int64)
        temperature += np.arange(counts.shape[1]) % 7
        age = day.toordinal() - date(2026, 1, 1).toordinal()
        battery = np.rint(100 * (self._battery - 0.00004 * age)).astype(np.int64)
        return (
            Column(self.register, counts),
            Column(kind.register("volume_reverse"), np.broadcast_to(self._reverse, counts.shape), DAY_SECONDS),
            Column(kind.register("temperature"), temperature, DAY_SECONDS),
            Column(kind.register("battery_voltage"), np.broadcast_to(battery, counts.shape), DAY_SECONDS),
        )
