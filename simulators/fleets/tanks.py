"""Underground tanks: drawn down by the nozzles, filled by road tankers, read by a gauge every half hour."""

from datetime import date

import numpy as np

from metrology.kinds import kind_called
from simulators.chance import generator
from simulators.civil_day import DAY_SECONDS
from simulators.day_book import Bills, Column, Counts, DayBook, Numbers, Sheet
from simulators.fleets.stations import GRADES, Stations
from simulators.weather import hourly_temperature

TANK_TIMES = np.arange(49, dtype=np.int64) * 1800

_EXPANSION = {"92": 0.0012, "95": 0.0012, "98": 0.0012, "0": 0.00083}
"""Thermal expansion of petrol and diesel [1/K]."""

_REORDER, _FILLED = 0.22, 0.92
"""Share of the capacity at which a tanker is ordered, and up to which it may fill [1]."""

_UNLOADING = 750.0 / 60
"""Gravity delivery from a road tanker [L/s]."""

_NOISE = 1.5
"""Standard deviation of one gauge reading [L]: about a third of a millimetre."""

_RADIUS = 1300.0
"""Of the lying cylinder that every tank is [mm]."""

GAUGE = kind_called("tank_gauge")


class Tanks:
    """True stock of every tank and what its gauge shows."""

    def __init__(self, seed: int, stations: Stations) -> None:
        self.seed = seed
        chance = generator(seed, "tanks")
        self._gauges = stations.tanks
        self._capacity = stations.capacity.astype(np.float64)
        self.stock: Numbers = self._capacity * chance.uniform(0.4, 0.85, len(self._gauges))
        """True stock at the end of the last day walked, shape (tanks,) [L]."""
        self.delivered: Numbers = np.zeros(len(self._gauges))
        """True quantity that road tankers brought on the last day walked, shape (tanks,) [L]."""
        self._expansion = np.array([_EXPANSION[GRADES[grade]] for grade in stations.tank_grade.tolist()])
        self._temperature = np.full(len(self._gauges), 18.0)
        self._expected = self._capacity * 0.25
        self._water = chance.uniform(3, 14, len(self._gauges))
        self._sequence = chance.integers(100, 900, len(self._gauges))
        depth = np.linspace(0, 2 * _RADIUS, 521)
        share = (
            np.arccos(1 - depth / _RADIUS) - (1 - depth / _RADIUS) * np.sin(np.arccos(1 - depth / _RADIUS))
        ) / np.pi
        self._strapping = (share, depth)

    def walk(self, day: date, tank: Counts, ended: Counts, drawn: Numbers, times: Counts) -> DayBook:
        """Book of the next day.

        Parameters
        ----------
        tank, ended, drawn
            Tank, second of the day and true volume [L] of each sale.
        times
            Which of :data:`TANK_TIMES` the gauges report.
        """
        chance = generator(self.seed, "tank day", day.toordinal())
        count = len(self._gauges)
        outflow = np.zeros((TANK_TIMES.size, count))
        np.add.at(outflow, (-(-ended // 1800), tank), drawn)
        level = self.stock - np.cumsum(outflow, axis=0)
        wanted = self.stock - 1.15 * self._expected < _REORDER * self._capacity
        arrival = np.floor(chance.uniform(5 * 3600, 15 * 3600, count)).astype(np.int64)
        on_arrival = level[arrival // 1800, np.arange(count)]
        load = np.where(wanted, np.floor(np.maximum(0.0, _FILLED * self._capacity - on_arrival) / 1000) * 1000, 0.0)
        self.delivered = load * (1 + chance.normal(0, 0.0008, count))
        lasting = np.ceil(load / _UNLOADING).astype(np.int64) + 60
        poured = np.clip((TANK_TIMES[:, None] - arrival) / lasting, 0.0, 1.0)
        warming = self._warming(day, chance)
        swelling = self.stock * self._expansion * warming * (TANK_TIMES / DAY_SECONDS)[:, None]
        level = level + self.delivered * poured + swelling
        temperature = self._temperature + warming * (TANK_TIMES / DAY_SECONDS)[:, None]
        self._temperature = temperature[-1]
        self._expected = 0.7 * self._expected + 0.3 * outflow.sum(axis=0)
        self.stock = level[-1]
        sheet = Sheet(self._gauges, times, self._columns(level, temperature, chance, times.size))
        bills = self._deliveries(np.flatnonzero(load), arrival, lasting, load)
        return DayBook(day, (sheet,), (bills,))

    def _warming(self, day: date, chance: np.random.Generator) -> Numbers:
        """Change of product temperature over the day, shape (tanks,) [K]: the soil follows the weather slowly."""
        outdoor = float(hourly_temperature(self.seed, day).mean())
        drift = np.clip(0.02 * (outdoor - self._temperature), -0.35, 0.35)
        result: Numbers = drift + chance.normal(0, 0.03, len(self._gauges))
        return result

    def _columns(
        self, level: Numbers, temperature: Numbers, chance: np.random.Generator, rows: int
    ) -> tuple[Column, ...]:
        shown = np.maximum(0.0, level + chance.normal(0, _NOISE, level.shape))
        height = np.interp(shown / self._capacity, *self._strapping)
        water = np.maximum(0.0, self._water + chance.normal(0, 0.1, level.shape))
        readings = (
            ("volume", shown * 10),
            ("product_height", height * 10),
            ("water_height", water * 10),
            ("temperature", temperature * 100),
        )
        return tuple(
            Column(GAUGE.register(name), np.rint(numbers).astype(np.int64)[-rows:]) for name, numbers in readings
        )

    def _deliveries(self, tanks: Counts, arrival: Counts, lasting: Counts, load: Numbers) -> Bills:
        self._sequence[tanks] += 1
        return Bills(
            instruments=self._gauges,
            member=tanks,
            sequence=self._sequence[tanks],
            started=arrival[tanks],
            ended=(arrival + lasting)[tanks],
            quantity=np.rint(load[tanks] * 10).astype(np.int64),
            quantity_decimals=1,
            attributes=[f'{{"tank":"{self._gauges[tank].serial}"}}' for tank in tanks.tolist()],
        )
