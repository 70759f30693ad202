"""One hourly outdoor temperature for the whole city."""

import math
from datetime import date

import numpy as np

from simulators.chance import generator
from simulators.day_book import Numbers

_MEAN, _YEARLY, _DAILY = 17.5, 12.0, 3.8
"""Hangzhou's climate, rounded: yearly mean, half of summer minus winter, half of day minus night [°C]."""

_WARMEST_DAY = 205
"""Day of the year of the yearly maximum: late July."""

_MEMORY, _DEPTH, _SPREAD = 0.78, 24, 2.2
"""Weather persists: weight of yesterday's anomaly [1], days remembered [d], innovation [°C]."""


def hourly_temperature(seed: int, day: date) -> Numbers:
    """Outdoor temperature of each hour of a civil day, shape (24,) [°C].

    A pure function of seed and day: the anomaly is a moving average of seeded daily innovations, so no earlier day has
    to be walked through.
    """
    ordinal = day.toordinal()
    innovations = np.array([generator(seed, "weather", ordinal - lag).standard_normal() for lag in range(_DEPTH)])
    anomaly = _SPREAD * float(innovations @ _MEMORY ** np.arange(_DEPTH))
    season = _MEAN + _YEARLY * math.cos(2 * math.pi * (day.timetuple().tm_yday - _WARMEST_DAY) / 365.25)
    hours = np.arange(24) + 0.5
    sunshine = 1.0 + 0.35 * np.tanh(innovations[0])
    result: Numbers = season + anomaly + _DAILY * sunshine * np.cos(2 * np.pi * (hours - 15) / 24)
    return result


def hourly_air_pressure(seed: int, day: date) -> Numbers:
    """Absolute air pressure of each hour, shape (24,) [kPa]: high in winter, wandering by the day."""
    today, tomorrow = (_daily_air_pressure(seed, day.toordinal() + lag) for lag in (0, 1))
    return today + (tomorrow - today) * np.arange(1, 25) / 24


def _daily_air_pressure(seed: int, ordinal: int) -> float:
    innovations = np.array([generator(seed, "pressure", ordinal - lag).standard_normal() for lag in range(8)])
    season = 0.9 * math.cos(2 * math.pi * (ordinal % 365.25 - 15) / 365.25)
    return 101.2 + season + 0.3 * float(innovations @ 0.6 ** np.arange(8))
