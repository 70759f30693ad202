"""How households and shops use water, gas and electricity: level, hourly shape, absence."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from simulators.chance import generator
from simulators.civil_day import is_rest_day, is_spring_festival
from simulators.day_book import Mask, Numbers

ABSENCE_PERIOD = 28
"""Absences are drawn anew every so many days [d]."""

_ABSENT_SHARE, _FESTIVAL_SHARE = 0.05, 0.25
"""Share of households that are away once in such a period; that travel over the Spring Festival [1]."""


@dataclass(frozen=True, slots=True)
class Absence:
    """Households away from home in one period: whom, and from which day (ordinal) to which, inclusive."""

    away: Mask
    first: Numbers
    last: Numbers


def absence(seed: int, purpose: str, period: int, households: int) -> Absence:
    """Absences that begin in the period that starts at ordinal `period` · :data:`ABSENCE_PERIOD`."""
    chance = generator(seed, purpose + " absence", period)
    away = chance.random(households) < _ABSENT_SHARE
    first = np.floor(period * ABSENCE_PERIOD + chance.random(households) * ABSENCE_PERIOD)
    return Absence(away, first, first + np.floor(chance.uniform(2, 14, households)))


def absent(seed: int, purpose: str, day: date, households: int) -> Mask:
    """Which households are away for the whole of a civil day, shape (households,)."""
    ordinal = day.toordinal()
    result = np.zeros(households, bool)
    for period in (ordinal // ABSENCE_PERIOD - 1, ordinal // ABSENCE_PERIOD):
        drawn = absence(seed, purpose, period, households)
        result |= drawn.away & (drawn.first <= ordinal) & (ordinal <= drawn.last)
    if is_spring_festival(day):
        travels = generator(seed, purpose + " festival", day.year).random(households) < _FESTIVAL_SHARE
        result |= travels
    return result


def bumps(*peaks: tuple[float, float, float]) -> Numbers:
    """Hourly shape with sum 1 from (hour, width [h], weight) peaks on the circle of the day, shape (24,)."""
    hours = np.arange(24) + 0.5
    shape = np.zeros(24)
    for hour, width, weight in peaks:
        distance = np.abs((hours - hour + 12) % 24 - 12)
        curve = np.exp(-0.5 * (distance / width) ** 2)
        shape += weight * curve / curve.sum()
    result: Numbers = shape / shape.sum()
    return result


@dataclass(frozen=True, slots=True)
class Habit:
    """Hourly shapes of every household on working and rest days, shape (24, households), columns summing to 1."""

    working: Numbers
    resting: Numbers

    def of(self, day: date) -> Numbers:
        """Shape of a civil day."""
        return self.resting if is_rest_day(day) else self.working


def habits(households: int, working: Numbers, resting: Numbers, chance: np.random.Generator) -> Habit:
    """Habits around two common shapes: each household an hour earlier or later, each hour stronger or weaker."""
    lag = chance.integers(-1, 2, households)
    taste = chance.lognormal(0.0, 0.35, (24, households))
    rows = (np.arange(24)[:, None] - lag[None, :]) % 24

    def personal(shape: Numbers) -> Numbers:
        own: Numbers = shape[rows] * taste
        shares: Numbers = own / own.sum(axis=0)
        return shares

    return Habit(personal(working), personal(resting))


def levels(households: int, median: float, spread: float, chance: np.random.Generator) -> Numbers:
    """Lognormal daily levels, shape (households,): `median` in its own unit, `spread` of the logarithm."""
    return median * chance.lognormal(0.0, spread, households)


def intermittent(expected: Numbers, per_use: float, chance: np.random.Generator) -> Numbers:
    """Random consumption around `expected` in lumps of about `per_use` (a gamma process: mean exact, zeros common)."""
    return chance.standard_gamma(np.maximum(expected, 1e-9) / per_use) * per_use
