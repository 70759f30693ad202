"""The city: all fleets walked day by day from one epoch, with seeded tampering.

A day of the city depends on the seed, the size and the epoch alone, never on when or how often it is asked for: who
comes back after a week walks from the epoch again (some 20 ms a day for 2,000 instruments) and finds every register
where it was.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from simulators.chance import generator
from simulators.day_book import DayBook
from simulators.fleets.charging import ChargingFleet
from simulators.fleets.electricity import ElectricityFleet
from simulators.fleets.fuel import FuelFleet
from simulators.fleets.gas import GasFleet
from simulators.fleets.water import WaterFleet
from simulators.instrument import Instrument
from simulators.modes import MODES
from simulators.signing import Signer
from simulators.tampering import PERIOD_DAYS, Subject, Tampering, plan

FEWEST = 60
"""Smallest city: one station and one hub take 24 instruments of it."""

_STATION, _HUB = 333, 200
"""Instruments of the city for each filling station and for each charging hub."""

_WATER, _ELECTRICITY, _GAS = 0.45, 0.30, 0.15
"""Shares of the instruments that are utility meters [1]."""


class Fleet(Protocol):
    """What the city asks of every fleet."""

    instruments: tuple[Instrument, ...]

    def subjects(self) -> list[Subject]:
        """Instruments that tampering may choose."""

    def walk(self, day: date, tamperings: list[Tampering], *, first: bool) -> list[DayBook]:
        """Books of the next day."""


@dataclass(frozen=True, slots=True)
class CityPlan:
    """All that decides a city.

    Parameters
    ----------
    instruments
        About how many; the parts of a city come in whole stations and hubs.
    epoch
        First day; registers are sums since its midnight, and tampering is drawn in periods from it.
    tampered
        False for an honest city.
    daily_history
        Days from the epoch on of which only daily indications are known [d].
    """

    seed: int
    instruments: int
    epoch: date
    tampered: bool = True
    daily_history: int = 0

    @property
    def hourly_from(self) -> date:
        """First day that is known by the hour, transactions and events included."""
        return self.epoch + timedelta(days=self.daily_history)


class City:
    """Fleets of all six kinds, walked day by day."""

    def __init__(self, plan_: CityPlan) -> None:
        if plan_.instruments < FEWEST:
            raise CityTooSmall(plan_.instruments)
        self.plan = plan_
        seed, size = plan_.seed, plan_.instruments
        self.water = WaterFleet(seed, round(_WATER * size))
        self.electricity = ElectricityFleet(seed, round(_ELECTRICITY * size))
        self.gas = GasFleet(seed, round(_GAS * size))
        self.fuel = FuelFleet(seed, max(1, round(size / _STATION)))
        self.charging = ChargingFleet(seed, max(1, round(size / _HUB)))
        self.fleets: tuple[Fleet, ...] = (self.water, self.electricity, self.gas, self.fuel, self.charging)
        self.signers = {each.serial: Signer(seed, each.serial) for each in self.instruments if each.key}
        """Of the instruments that sign, by serial."""
        self.tamperings: list[Tampering] = []
        """All that was drawn so far, in order of periods."""
        self._next = plan_.epoch
        self._periods = 0

    @property
    def instruments(self) -> list[Instrument]:
        """Every instrument, in enrolment order."""
        return [instrument for fleet in self.fleets for instrument in fleet.instruments]

    def foresee(self, last: date) -> None:
        """Draw the tampering of every period that begins up to a day."""
        while self.plan.tampered and self._period_start(self._periods) <= last:
            self._draw(self._periods)
            self._periods += 1

    def walk(self) -> Iterator[tuple[date, list[DayBook]]]:
        """Books of each day from the first one not yet walked, without end."""
        while True:
            day = self._next
            yield day, self.books(day)

    def books(self, day: date) -> list[DayBook]:
        """Books of the next day, which must be `day`."""
        if day != self._next:
            raise DaysOutOfOrder(self._next, day)
        self.foresee(day)
        first = day == self.plan.epoch
        running = [item for item in self.tamperings if item.active(day).any()]
        self._next = day + timedelta(days=1)
        return [book for fleet in self.fleets for book in fleet.walk(day, running, first=first)]

    def _period_start(self, period: int) -> date:
        return self.plan.epoch + timedelta(days=PERIOD_DAYS * period)

    def _draw(self, period: int) -> None:
        """Choose instruments for every mode; none carries two tamperings at a time."""
        start = self._period_start(period)
        subjects = [subject for fleet in self.fleets for subject in fleet.subjects()]
        busy = {item.instrument.serial for item in self.tamperings if item.active(start).any()}
        for mode in MODES.values():
            for kind in sorted(mode.kinds):
                chance = generator(self.plan.seed, f"{mode.name} {kind}", period)
                of_kind = [subject for subject in subjects if subject.instrument.kind == kind]
                free = [subject for subject in of_kind if subject.instrument.serial not in busy]
                wanted = min(len(free), max(1, round(mode.share * len(of_kind))))
                for index in chance.choice(len(free), wanted, replace=False).tolist():
                    self.tamperings.append(plan(mode, free[index], start, chance))
                    busy.add(free[index].instrument.serial)


class CityTooSmall(ValueError):
    """A city needs room for a station and a hub."""

    def __init__(self, instruments: int) -> None:
        self.instruments = instruments
        super().__init__(f"a city of {instruments} instruments is too small: at least {FEWEST}")


class DaysOutOfOrder(ValueError):
    """The days of a city are walked in order, for a register is a sum."""

    def __init__(self, expected: date, asked: date) -> None:
        self.expected = expected
        self.asked = asked
        super().__init__(f"the next day of this city is {expected}, not {asked}")
