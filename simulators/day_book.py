"""What a fleet has to report of one civil day, as columns: sheets of indications, bills, notices."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from metrology.register import Register
from simulators.instrument import Instrument

Counts = NDArray[np.int64]
Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Column:
    """One register of every instrument of a sheet.

    Parameters
    ----------
    counts
        Indications, shape (times, instruments) [count of the register's resolution].
    period
        The register is reported at whole multiples of this after midnight only [s].
    """

    register: Register
    counts: Counts
    period: int = 1


@dataclass(frozen=True, slots=True)
class Sheet:
    """Indications at regular times.

    Parameters
    ----------
    seconds
        Times after midnight, shape (times,) [s].
    present
        False where an instrument keeps silent, shape (times, instruments); None where none does.
    """

    instruments: Sequence[Instrument]
    seconds: Counts
    columns: tuple[Column, ...]
    present: Mask | None = None


@dataclass(frozen=True, slots=True)
class Bills:
    """Transactions that end on a day, in no special order; every array has one element a transaction.

    Parameters
    ----------
    member
        Index into `instruments`.
    started, ended
        Seconds after this day's midnight; a start may be negative (the day before) [s].
    start_indication, end_indication
        Cumulative register before and after [count]; None for a tank delivery.
    unit_price
        CNY for one unit [count of 10^-`price_decimals`]; None, like `amount`, for a tank delivery.
    attributes
        JSON object text of each.
    readings
        JSON text of the readings sent in the same message, without brackets; empty where none.
    """

    instruments: Sequence[Instrument]
    member: Counts
    sequence: Counts
    started: Counts
    ended: Counts
    quantity: Counts
    quantity_decimals: int
    attributes: Sequence[str]
    start_indication: Counts | None = None
    end_indication: Counts | None = None
    indication_decimals: int = 0
    unit_price: Counts | None = None
    price_decimals: int = 2
    amount: Counts | None = None
    readings: Sequence[str] | None = None
    readings_each: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """An event that one instrument reports of itself at a second of the day."""

    instrument: Instrument
    second: int
    code: str
    detail: str = "{}"


@dataclass(frozen=True, slots=True)
class DayBook:
    """All that a fleet reports of one day."""

    day: date
    sheets: tuple[Sheet, ...] = ()
    bills: tuple[Bills, ...] = ()
    notices: tuple[Notice, ...] = field(default=())
