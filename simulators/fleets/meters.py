"""What fleets of utility meters share: true flow, tampered registration, hourly frozen indications."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date
from typing import ClassVar

import numpy as np

from metrology.kinds import kind_called
from simulators.civil_day import HOUR_SECONDS
from simulators.day_book import Column, Counts, DayBook, Mask, Numbers, Sheet
from simulators.instrument import Instrument
from simulators.tampering import Subject, Tampering

HOURS = np.arange(25, dtype=np.int64) * HOUR_SECONDS


class MeterFleet(ABC):
    """Meters with one cumulative register read every hour.

    Days must be walked in order from the epoch: a register is the sum of all that it registered since.

    Parameters
    ----------
    instruments
        In column order; reference meters (of a whole district or transformer area) come last.
    initial
        Principal register at the epoch, shape (instruments,) [count].
    daily
        What each registers on a common day, shape (instruments,) [count].
    members
        How many of the instruments are customers' own meters, which tampering may choose from.
    """

    kind: ClassVar[str]

    def __init__(
        self, seed: int, instruments: Sequence[Instrument], initial: Numbers, daily: Numbers, members: int
    ) -> None:
        self.seed = seed
        self.instruments = tuple(instruments)
        self.members = members
        self.register = kind_called(self.kind).register(kind_called(self.kind).principal_register)
        self._registered = np.floor(initial)
        self._daily = daily
        self._column = {instrument.serial: index for index, instrument in enumerate(self.instruments)}
        self.flow: Numbers = np.zeros((24, len(self.instruments)))
        """True flow of the last day walked, shape (24, instruments) [count]: what the tampering hides."""

    def subjects(self) -> list[Subject]:
        """Customers' meters that tampering may choose."""
        steps = 10.0**self.register.decimals
        chosen = zip(self.instruments[: self.members], self._daily[: self.members].tolist(), strict=True)
        return [Subject(instrument, daily / steps) for instrument, daily in chosen]

    @abstractmethod
    def demand(self, day: date) -> Numbers:
        """True flow of each hour through each instrument, shape (24, instruments) [count]."""

    @abstractmethod
    def columns(self, day: date, counts: Counts, registered: Numbers) -> tuple[Column, ...]:
        """All registers of the day.

        Parameters
        ----------
        counts
            Principal register at the 25 full hours, shape (25, instruments) [count].
        registered
            Its growth in each hour before any displacement by hand, shape (24, instruments) [count].
        """

    def walk(self, day: date, tamperings: Sequence[Tampering], *, first: bool) -> list[DayBook]:
        """Book of the next day; with `first` the indications at its midnight belong to it too."""
        self.flow = self.demand(day)
        registered, displaced = self.flow, np.zeros_like(self.flow)
        present: Mask | None = None
        mine = [item for item in tamperings if item.instrument.kind == self.kind]
        if mine:
            registered = self.flow.copy()
            present = np.ones((25, len(self.instruments)), bool)
            for item in mine:
                column = self._column[item.instrument.serial]
                registered[:, column] = item.mode.registered(item, day, registered[:, column])
                shift = item.mode.displaced(item, day)
                if shift is not None:
                    displaced[:, column] += shift * 10.0**self.register.decimals
                silent = item.mode.silent(item, day)
                if silent is not None:
                    present[1:, column] &= ~silent
        grown = np.vstack([np.zeros(len(self.instruments)), np.cumsum(registered + displaced, axis=0)])
        indication = self._registered + grown
        self._registered = indication[-1]
        counts = np.floor(indication + 1e-6).astype(np.int64)
        columns = self.columns(day, counts, registered)
        if not first:
            columns = tuple(Column(column.register, column.counts[1:], column.period) for column in columns)
            present = None if present is None else present[1:]
        return [self.book(day, HOURS if first else HOURS[1:], columns, present)]

    def book(self, day: date, seconds: Counts, columns: tuple[Column, ...], present: Mask | None) -> DayBook:
        """All columns of all instruments on one sheet."""
        return DayBook(day, (self.sheet(slice(None), seconds, columns, present),))

    def sheet(self, part: slice, seconds: Counts, columns: tuple[Column, ...], present: Mask | None) -> Sheet:
        """Some columns of a part of the instruments."""
        kept = tuple(Column(column.register, column.counts[:, part], column.period) for column in columns)
        return Sheet(self.instruments[part], seconds, kept, None if present is None else present[:, part])
