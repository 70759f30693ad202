"""Filling stations: which nozzles and tanks stand where, and what fuel costs."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from simulators import places
from simulators.chance import generator
from simulators.day_book import Counts
from simulators.instrument import Instrument, Site

GRADES = ("92", "95", "0", "98")
"""Petrol 92, 95, 98 and diesel 0, by their names at the pump."""

_NOZZLE_GRADES = {3: (0, 0, 0, 1, 1, 1, 2, 2), 4: (0, 0, 0, 1, 1, 1, 2, 3)}
"""Grade of each of the eight nozzles of a station with three or four tanks."""

_PRICES = (745, 792, 708, 892)
"""Posted prices at the beginning [fen/L]."""

_PRICE_WINDOW = 14
"""Retail prices are reviewed every ten working days [d]."""


@dataclass(frozen=True, slots=True)
class Stations:
    """Nozzles and tanks of all stations in column order.

    Parameters
    ----------
    tank_of
        Tank that each nozzle draws from, shape (nozzles,).
    nozzle_grade, tank_grade
        Index into :data:`GRADES`.
    capacity
        Of each tank [L].
    """

    nozzles: tuple[Instrument, ...]
    tanks: tuple[Instrument, ...]
    tank_of: Counts
    nozzle_grade: Counts
    tank_grade: Counts
    capacity: Counts


def build(seed: int, stations: int) -> Stations:
    """Stations of a seeded city, operators in turn."""
    chance = generator(seed, "stations")
    nozzles: list[Instrument] = []
    tanks: list[Instrument] = []
    tank_of: list[int] = []
    nozzle_grade: list[int] = []
    tank_grade: list[int] = []
    for number in range(1, stations + 1):
        source = list(places.FUEL_OPERATORS)[(number - 1) % len(places.FUEL_OPERATORS)]
        site = places.site("FS", number, "加油站", "filling station", chance)
        count = int(chance.integers(3, 5))
        first = len(tanks)
        tanks += [_tank(source, site, number, tank) for tank in range(1, count + 1)]
        tank_grade += list(range(count))
        for nozzle, grade in enumerate(_NOZZLE_GRADES[count], start=1):
            nozzles.append(_nozzle(source, site, number, nozzle, diesel=GRADES[grade] == "0"))
            tank_of.append(first + grade)
            nozzle_grade.append(grade)
    return Stations(
        tuple(nozzles),
        tuple(tanks),
        np.array(tank_of),
        np.array(nozzle_grade),
        np.array(tank_grade),
        np.where(np.array(tank_grade) == 3, 20_000, 30_000),  # noqa: PLR2004 - 98 sells least: the smaller tank
    )


def posted_prices(seed: int, day: date) -> Counts:
    """Price of each grade on a day, shape (grades,) [fen/L]: a seeded step at every review."""
    window = day.toordinal() // _PRICE_WINDOW
    steps = [int(generator(seed, "fuel price", number).integers(-18, 19)) for number in range(window - 5, window + 1)]
    return np.array(_PRICES, np.int64) + sum(steps)


def _nozzle(source: str, site: Site, station: int, nozzle: int, *, diesel: bool) -> Instrument:
    return Instrument(
        source=source,
        serial=f"N-{station:02}-{nozzle:02}",
        kind="fuel_dispenser",
        site=site,
        operator=places.FUEL_OPERATORS[source],
        accuracy_class="0.3",
        size="90L/min" if diesel else "50L/min",
        model="DJY-218B",
        installed_on=date(2021 + station % 4, 1 + station % 12, 1 + nozzle),
    )


def _tank(source: str, site: Site, station: int, tank: int) -> Instrument:
    return Instrument(
        source=source,
        serial=f"T-{station:02}-{tank}",
        kind="tank_gauge",
        site=site,
        operator=places.FUEL_OPERATORS[source],
        accuracy_class="1",
        size="50m3",
        model="SYW-M",
        installed_on=date(2021 + station % 4, 1 + station % 12, 1),
    )
