"""Honest gas meters of the simulated city as evidence in memory, with its weather: days alone, no broker, no store."""

from datetime import date

import numpy as np

from anomaly import specimen
from anomaly.evidence import Evidence, Weather
from metrology.civil import DAY
from simulators.fleets.gas import GasFleet
from simulators.weather import hourly_temperature

FIRST = date(2024, 3, 1)
"""Day on which these fleets begin, where nothing else is said."""


def honest(seed: int, meters: int, days: int, first: date = FIRST) -> Evidence:
    """A whole fleet's days as one judged period.

    Parameters
    ----------
    seed
        Of the city: another seed is another weather and other homes.
    """
    fleet = GasFleet(seed, meters)
    used = np.stack([fleet.demand(first + row * DAY).sum(axis=0) / 1000 for row in range(days)])
    cold = [float(hourly_temperature(seed, first + row * DAY).mean()) for row in range(days)]
    evidence = specimen.days("gas_meter", np.round(used, 3), first=first)
    return Evidence(
        evidence.fleet,
        evidence.period,
        {},
        evidence.days,
        None,
        weather=Weather(first, ("",), np.round(np.array(cold), 1)[:, None]),
    )
