"""Frozen days: the part of a city's past that is known by the day, as meters keep it and send many days at once."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import numpy as np

from metrology.kinds import kind_called
from simulators.civil_day import DAY_SECONDS
from simulators.day_book import Column, DayBook, Mask, Sheet

DAYS_AT_ONCE = 31
"""Frozen days that an instrument sends in one message, as a meter keeps a month of them [d]."""


def frozen_days(first: date, walked: Iterable[Sequence[DayBook]]) -> DayBook:
    """One book of consecutive days that holds each cumulative principal register at every midnight alone.

    Parameters
    ----------
    first
        Civil day of the first books; times count from its midnight.
    walked
        Books of each day, as the city's fleets walked them, all with the same sheets.
    """
    days = [[_midnights(sheet) for sheet in _metered(books)] for books in walked]
    return DayBook(first, tuple(_joined(of_days) for of_days in zip(*days, strict=True)))


def _metered(books: Sequence[DayBook]) -> Iterator[Sheet]:
    """Sheets of instruments whose principal register is cumulative."""
    for book in books:
        for sheet in book.sheets:
            kind = kind_called(sheet.instruments[0].kind)
            if kind.register(kind.principal_register).cumulative:
                yield sheet


def _midnights(sheet: Sheet) -> Sheet:
    """The principal register at the midnights of a day's sheet: its end, and its beginning where it has it."""
    rows = np.flatnonzero(sheet.seconds % DAY_SECONDS == 0)
    name = kind_called(sheet.instruments[0].kind).principal_register
    register, counts = next((item.register, item.counts) for item in sheet.columns if item.register.name == name)
    present: Mask = np.ones(counts.shape, bool) if sheet.present is None else sheet.present
    return Sheet(sheet.instruments, sheet.seconds[rows], (Column(register, counts[rows]),), present[rows])


def _joined(of_days: Sequence[Sheet]) -> Sheet:
    """One sheet of consecutive days' sheets."""
    register = of_days[0].columns[0].register
    return Sheet(
        of_days[0].instruments,
        np.concatenate([number * DAY_SECONDS + sheet.seconds for number, sheet in enumerate(of_days)]),
        (Column(register, np.concatenate([sheet.columns[0].counts for sheet in of_days])),),
        np.concatenate([sheet.present for sheet in of_days if sheet.present is not None]),
    )
