"""What a judge sees: arrays over a block of instruments of one kind, and nothing else.

A *period* is the stretch of time being judged. Evidence reaches back before it by the judge's memory, and for
irregular readings by the one reading before and the one after, so that every consecutive pair that touches the
period is whole. Judges are pure functions of these values: no store, no clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

import numpy as np
from numpy.typing import NDArray

from metrology.kind import InstrumentKind
from metrology.register import Register

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - numpy's own epoch, spelt out


def to_instant(microseconds: int) -> datetime:
    """Instant of a count of microseconds since 1970-01-01T00:00Z."""
    return EPOCH + timedelta(microseconds=int(microseconds))


def to_microseconds(instant: datetime) -> int:
    """Microseconds since 1970-01-01T00:00Z of an aware instant."""
    return (instant - EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True)
class Fleet:
    """The instruments of one kind in one block, in order of id; every `instrument` array indexes these.

    Parameters
    ----------
    ids
        Instrument ids, shape (instruments,), int64, ascending.
    serials, sizes, accuracy_classes, zones
        What is on record of each, shape (instruments,); sizes and classes may be None.
    regions
        Region of each, whose weather and calendar its instruments share; empty where all stand in one.
    """

    kind: InstrumentKind
    ids: NDArray[np.int64]
    serials: tuple[str, ...]
    sizes: tuple[str | None, ...]
    accuracy_classes: tuple[str | None, ...]
    zones: tuple[str, ...]
    regions: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Number of instruments."""
        return len(self.ids)


@dataclass(frozen=True)
class Period:
    """Stretch of civil days being judged: findings are noticed in [start, end), evidence ends at the horizon.

    Parameters
    ----------
    first, last
        First and last civil day judged, both included.
    horizon
        Instant up to which evidence was looked at; a condition that lasts there has no end.
    """

    first: date
    last: date
    horizon: datetime


@dataclass(frozen=True)
class ReadingColumns:
    """Readings of one register, one row each, sorted by (instrument, taken_at).

    Parameters
    ----------
    instrument
        Index into the fleet, shape (readings,), int64.
    taken_at
        Microseconds since 1970 UTC, shape (readings,), int64.
    value
        Indication [count of the register's resolution], shape (readings,), int64.
    start, end
        Judged period of each instrument (its civil days in its own zone) [microseconds since 1970 UTC],
        shape (instruments,), int64; rows outside it are the neighbours that complete pairs.
    beyond
        The same indications continued past declared roll-overs [count], shape (readings,), int64; None where none
        rolled over.
    received_at
        When each was received, by our clock [microseconds since 1970 UTC], shape (readings,), int64; None where nobody
        kept it.
    """

    register: Register
    instrument: NDArray[np.int64]
    taken_at: NDArray[np.int64]
    value: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    beyond: NDArray[np.int64] | None = None
    received_at: NDArray[np.int64] | None = None

    @property
    def grown(self) -> NDArray[np.int64]:
        """Indications between which growth is reckoned [count]: `value`, continued past declared roll-overs."""
        return self.value if self.beyond is None else self.beyond

    def pairs(self) -> NDArray[np.int64]:
        """Row numbers of the later reading of every consecutive pair whose later reading lies in the judged period."""
        if len(self.instrument) < 2:  # noqa: PLR2004 - a pair has two
            return np.empty(0, dtype=np.int64)
        later = np.flatnonzero(self.instrument[1:] == self.instrument[:-1]) + 1
        owner = self.instrument[later]
        inside = (self.taken_at[later] >= self.start[owner]) & (self.taken_at[later] < self.end[owner])
        return later[inside]

    def seen(self) -> NDArray[np.bool_]:
        """Which instruments took a reading in the judged period, shape (instruments,)."""
        inside = (self.taken_at >= self.start[self.instrument]) & (self.taken_at < self.end[self.instrument])
        seen = np.zeros(len(self.start), dtype=np.bool_)
        seen[self.instrument[inside]] = True
        return seen


@dataclass(frozen=True)
class DayPanel:
    """Civil days of one register, arrays shaped (days, instruments), contiguous over instruments.

    Parameters
    ----------
    first
        Civil day of row 0; rows are consecutive days.
    judged
        Row at which the judged period begins; rows before it are memory.
    starts
        Instant of each local midnight [microseconds since 1970 UTC], shape (days + 1, instruments), int64.
    consumption
        Growth from midnight to midnight [the register's unit], NaN where unknown.
    readings
        Readings taken on the day, int32; 0 where silent.
    still
        True where readings were taken on the day and the register showed one and the same value from the last
        reading before the day to its last reading.
    hourly
        Growth in each wall-clock hour [the register's unit], shape (days, 24, instruments), NaN where unknown; at a
        clock change the repeated hour holds both, the skipped hour 0. None where no judge asked for `Sight.HOURS`.
    """

    register: Register
    first: date
    judged: int
    starts: NDArray[np.int64]
    consumption: NDArray[np.float64]
    readings: NDArray[np.int32]
    still: NDArray[np.bool_]
    hourly: NDArray[np.float32] | None = None

    @property
    def days(self) -> int:
        """Number of rows."""
        return int(self.consumption.shape[0])

    def last_second(self, row: int, owner: int) -> int:
        """When what a civil day shows is noticed: a second before it is over [microseconds since 1970 UTC]."""
        return int(self.starts[row + 1, owner]) - 1_000_000


@dataclass(frozen=True)
class Weather:
    """Outdoor temperature of consecutive civil days, arrays shaped (days, regions).

    Parameters
    ----------
    first
        Civil day of row 0.
    regions
        What the columns stand for, as `Fleet.regions` names them; one column where all instruments stand in one.
    temperature
        Mean of each day [°C], NaN where nobody said.
    """

    first: date
    regions: tuple[str, ...]
    temperature: NDArray[np.float64]

    def around(self, fleet: Fleet, panel: "DayPanel") -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Temperatures on the days of a panel, and whose they are.

        Returns
        -------
        Temperature [°C], shape (days, places), NaN unknown, the last place being nowhere; and the place of each
        instrument, shape (instruments,).
        """
        number = {region: column for column, region in enumerate(self.regions)}
        names = fleet.regions or self.regions[:1] * len(fleet)
        place = np.array([number.get(region, len(number)) for region in names], dtype=np.int64)
        offset = (panel.first - self.first).days
        begin, end = min(max(0, -offset), panel.days), max(0, min(panel.days, len(self.temperature) - offset))
        around = np.full((panel.days, len(number) + 1), np.nan)
        around[begin:end, :-1] = self.temperature[begin + offset : end + offset]
        return around, place


@dataclass(frozen=True)
class TransactionColumns:
    """Transactions, one row each, sorted by (instrument, started_at, sequence).

    Parameters
    ----------
    instrument
        Index into the fleet, shape (transactions,), int64.
    sequence, started_at, ended_at, quantity
        As stored: counter; microseconds since 1970 UTC; count of the kind's transaction resolution.
    unit_price, amount, start_indication, end_indication
        Counts, as masked arrays: masked where the instrument did not state them.
    start, end
        Judged period of each instrument [microseconds since 1970 UTC], shape (instruments,); a transaction belongs
        to the period in which it ended, rows outside it are the neighbours before and after.
    """

    instrument: NDArray[np.int64]
    sequence: NDArray[np.int64]
    started_at: NDArray[np.int64]
    ended_at: NDArray[np.int64]
    quantity: NDArray[np.int64]
    unit_price: "np.ma.MaskedArray[tuple[int], np.dtype[np.int64]]"
    amount: "np.ma.MaskedArray[tuple[int], np.dtype[np.int64]]"
    start_indication: "np.ma.MaskedArray[tuple[int], np.dtype[np.int64]]"
    end_indication: "np.ma.MaskedArray[tuple[int], np.dtype[np.int64]]"
    start: NDArray[np.int64]
    end: NDArray[np.int64]

    def judged(self) -> NDArray[np.bool_]:
        """Which transactions ended in the judged period, shape (transactions,)."""
        owner = self.instrument
        return np.asarray((self.ended_at >= self.start[owner]) & (self.ended_at < self.end[owner]), dtype=np.bool_)


@dataclass(frozen=True)
class ConflictColumns:
    """Values of one register that differ from the first one for their instant, one row each.

    Sorted by (instrument, taken_at, received_at, value).

    Parameters
    ----------
    instrument
        Index into the fleet, shape (values,), int64.
    taken_at
        Instant by the device's clock, under which both values came [microseconds since 1970 UTC].
    first_value, first_received_at
        The value that stands [count of the register's resolution], and when it was received.
    value, received_at
        The later value [count], and when it was first received.
    start, end
        Judged period of each instrument [microseconds since 1970 UTC], shape (instruments,).
    """

    register: Register
    instrument: NDArray[np.int64]
    taken_at: NDArray[np.int64]
    first_value: NDArray[np.int64]
    first_received_at: NDArray[np.int64]
    value: NDArray[np.int64]
    received_at: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]

    def judged(self) -> NDArray[np.bool_]:
        """Which of them speak of an instant in the judged period, shape (values,)."""
        owner = self.instrument
        return np.asarray((self.taken_at >= self.start[owner]) & (self.taken_at < self.end[owner]), dtype=np.bool_)


@dataclass(frozen=True)
class TransactionConflictColumns:
    """Statements of transactions that differ from the first one under their key, one row each.

    Sorted by (instrument, started_at, sequence, received_at).

    Parameters
    ----------
    instrument
        Index into the fleet, shape (statements,), int64.
    sequence, started_at
        The key that both statements bear: counter; microseconds since 1970 UTC.
    first_ended_at, first_quantity, first_unit_price, first_amount, first_received_at
        The statement that stands, as in `TransactionColumns`, and when it was received.
    ended_at, quantity, unit_price, amount, received_at
        The later statement, and when it was first received.
    otherwise
        Whether they differ, too, in what is not told here: indications, attributes or signature; bool.
    start, end
        Judged period of each instrument [microseconds since 1970 UTC], shape (instruments,); a conflict belongs to
        the period in which its transaction started, for the end may be what differs.
    """

    instrument: NDArray[np.int64]
    sequence: NDArray[np.int64]
    started_at: NDArray[np.int64]
    first_ended_at: NDArray[np.int64]
    first_quantity: NDArray[np.int64]
    first_unit_price: "np.ma.MaskedArray[tuple[int], np.dtype[np.int64]]"
    first_amount: "np.ma.MaskedArray[tuple[int], np.dtype[np.int64]]"
    first_received_at: NDArray[np.int64]
    ended_at: NDArray[np.int64]
    quantity: NDArray[np.int64]
    unit_price: "np.ma.MaskedArray[tuple[int], np.dtype[np.int64]]"
    amount: "np.ma.MaskedArray[tuple[int], np.dtype[np.int64]]"
    received_at: NDArray[np.int64]
    otherwise: NDArray[np.bool_]
    start: NDArray[np.int64]
    end: NDArray[np.int64]

    def judged(self) -> NDArray[np.bool_]:
        """Which of them speak of a transaction that started in the judged period, shape (statements,)."""
        owner = self.instrument
        return np.asarray((self.started_at >= self.start[owner]) & (self.started_at < self.end[owner]), dtype=np.bool_)


@dataclass(frozen=True)
class Evidence:
    """All that a judge may look at: what it did not ask for is absent."""

    fleet: Fleet
    period: Period
    readings: dict[str, ReadingColumns]
    days: dict[str, DayPanel]
    transactions: TransactionColumns | None
    conflicts: Mapping[str, ConflictColumns] = field(default_factory=dict)
    transaction_conflicts: TransactionConflictColumns | None = None
    weather: Weather | None = None
