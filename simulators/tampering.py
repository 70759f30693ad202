"""Planned tampering: which mode, on which instrument, from when to when, how much; and the base of all modes."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import ClassVar

import numpy as np

from metrology.kinds import kind_called
from simulators.civil_day import HOUR_SECONDS, midnight
from simulators.day_book import Counts, Mask, Numbers
from simulators.instrument import Instrument

PERIOD_DAYS = 30
"""The city draws its tampering anew every so many days [d]."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An instrument that a mode may choose.

    Parameters
    ----------
    daily
        What it registers on a common day [unit of its principal register].
    """

    instrument: Instrument
    daily: float


@dataclass(frozen=True, slots=True)
class Extent:
    """When a tampering begins and ends, in hours from the start of its period, and its size in the mode's unit."""

    onset: int
    until: int | None
    size: float
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tampering:
    """One planned tampering; `until` is None while it lasts."""

    mode: "Mode"
    instrument: Instrument
    onset: datetime
    until: datetime | None
    size: float
    unit: str
    detail: Mapping[str, object] = field(default_factory=dict)

    def active(self, day: date) -> Mask:
        """Which hours of a civil day lie inside, shape (24,)."""
        first = self._hour(day, self.onset)
        last = 24 if self.until is None else self._hour(day, self.until)
        hours = np.arange(24)
        result: Mask = (hours >= first) & (hours < last)
        return result

    def begins(self, day: date) -> Mask:
        """Which hour of a civil day is its first, shape (24,)."""
        result: Mask = np.arange(24) == self._hour(day, self.onset)
        return result

    @staticmethod
    def _hour(day: date, instant: datetime) -> int:
        return int((instant - midnight(day)).total_seconds()) // HOUR_SECONDS


class Mode(ABC):
    """A way in which what is indicated departs from what flowed; each mode overrides one of the transformations.

    Attributes
    ----------
    name
        Word in the truth file.
    kinds
        Kinds of instrument that it is played on.
    share
        Of a kind's instruments in service, chosen in each period of :data:`PERIOD_DAYS` [1].
    on_transactions
        Whether it shows in transactions alone, never in a register.
    """

    name: ClassVar[str]
    kinds: ClassVar[frozenset[str]]
    share: ClassVar[float]
    on_transactions: ClassVar[bool] = False

    @abstractmethod
    def extent(self, subject: Subject, chance: np.random.Generator) -> Extent:
        """Draw onset, end and size for one instrument."""

    def unit(self, kind: str) -> str:
        """Unit of `size`; the principal register's unless a mode says otherwise."""
        declared = kind_called(kind)
        return declared.register(declared.principal_register).unit

    def registered(self, tampering: Tampering, day: date, flow: Numbers) -> Numbers:
        """What the register grows by in each hour, shape (24,), from the true flow [counts]."""
        del tampering, day
        return flow

    def displaced(self, tampering: Tampering, day: date) -> Numbers | None:
        """What is added to the principal register by hand in each hour, shape (24,) [its unit]; None for nothing."""
        del tampering, day
        return None

    def silent(self, tampering: Tampering, day: date) -> Mask | None:
        """Hours whose reading is withheld, shape (24,); None for none."""
        del tampering, day
        return None

    def charged(self, tampering: Tampering, hours: Counts, amounts: Counts, chance: np.random.Generator) -> Counts:
        """Amounts asked from the customers [fen], from the honest ones; `hours` counts from 1970 for each."""
        del tampering, hours, chance
        return amounts


def plan(mode: Mode, subject: Subject, period_start: date, chance: np.random.Generator) -> Tampering:
    """Tampering of one instrument by one mode in the period that starts at the midnight of `period_start`."""
    extent = mode.extent(subject, chance)
    start = midnight(period_start)
    return Tampering(
        mode=mode,
        instrument=subject.instrument,
        onset=start + timedelta(hours=extent.onset),
        until=None if extent.until is None else start + timedelta(hours=extent.until),
        size=extent.size,
        unit=mode.unit(subject.instrument.kind),
        detail=extent.detail,
    )
