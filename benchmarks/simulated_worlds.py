"""Simulated worlds as evidence in memory, with their truth: a city walked by the hour, without broker and store."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from anomaly.evidence import Evidence, Fleet, Period, ReadingColumns, TransactionColumns, Weather, to_microseconds
from benchmarks.recorded import panel
from benchmarks.verdicts import Fact
from metrology.civil import DAY, midnight
from metrology.kinds import kind_called
from metrology.register import Register
from metrology.transaction import UNIT_PRICE_DECIMALS
from simulators.city import City, CityPlan
from simulators.civil_day import second_of
from simulators.day_book import Bills, Sheet
from simulators.instrument import Instrument
from simulators.truth import truths
from simulators.weather import hourly_temperature

ZONE = "Asia/Shanghai"
_SECOND = 1_000_000

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class World:
    """What one city indicated over some time, and what was true of it.

    Parameters
    ----------
    evidence
        By kind name; the whole time is one judged period.
    """

    evidence: dict[str, Evidence]
    truth: list[Fact]


@dataclass
class _Rows:
    """Rows of one register or of the transactions of one kind, a day's at a time."""

    parts: list[tuple[Counts, ...]] = field(default_factory=list)

    def joined(self) -> tuple[Counts, ...]:
        return tuple(np.concatenate(column) for column in zip(*self.parts, strict=True))


def world(seed: int, instruments: int, first: date, days: int, *, tampered: bool = True) -> World:
    """Walk a city of about so many instruments for so many days from one day on.

    Parameters
    ----------
    tampered
        False for an honest city.
    """
    city = City(CityPlan(seed=seed, instruments=instruments, epoch=first, tampered=tampered))
    place, fleets = _fleets(city.instruments)
    readings: dict[tuple[str, str], _Rows] = defaultdict(_Rows)
    bills: dict[str, _Rows] = defaultdict(_Rows)
    for number in range(days):
        day = first + number * DAY
        for book in city.books(day):
            for sheet in book.sheets:
                for register, rows in _read(sheet, place, second_of(day)):
                    readings[sheet.instruments[0].kind, register.name].parts.append(rows)
            for of_nozzles in book.bills:
                if len(of_nozzles.member):
                    kind = of_nozzles.instruments[0].kind
                    bills[kind].parts.append(_billed(of_nozzles, place, second_of(day)))
    last = first + (days - 1) * DAY
    period = Period(first, last, midnight(last + DAY, ZONE))
    cold = [float(hourly_temperature(seed, first + number * DAY).mean()) for number in range(days)]
    weather = Weather(first, ("",), np.round(cold, 1)[:, None])
    evidence = {
        kind: _evidence(fleet, period, {name: rows for (of, name), rows in readings.items() if of == kind}, bills[kind])
        for kind, fleet in fleets.items()
    }
    evidence = {kind: replace(seen, weather=weather) for kind, seen in evidence.items()}
    return World(evidence, list(_facts(city, last)))


def _facts(city: City, last: date) -> Iterator[Fact]:
    for line in truths(city, last):
        until = datetime.fromisoformat(line.until) if line.until else None
        onset = datetime.fromisoformat(line.onset)
        yield Fact(line.instrument, line.kind, line.mode, onset, until, line.tampering)


def _fleets(instruments: list[Instrument]) -> tuple[dict[str, int], dict[str, Fleet]]:
    """Index of each serial in the fleet of its kind, and the fleets by kind."""
    of_kind: dict[str, list[Instrument]] = defaultdict(list)
    for instrument in instruments:
        of_kind[instrument.kind].append(instrument)
    place = {item.serial: index for members in of_kind.values() for index, item in enumerate(members)}
    fleets = {
        kind: Fleet(
            kind=kind_called(kind),
            ids=np.arange(1, len(members) + 1, dtype=np.int64),
            serials=tuple(item.serial for item in members),
            sizes=tuple(item.size for item in members),
            accuracy_classes=tuple(item.accuracy_class for item in members),
            zones=(ZONE,) * len(members),
        )
        for kind, members in of_kind.items()
    }
    return place, fleets


def _read(sheet: Sheet, place: dict[str, int], start: int) -> Iterator[tuple[Register, tuple[Counts, ...]]]:
    """Owner, instant [microseconds] and count of every cumulative indication of a day's sheet, register by register."""
    owner = np.array([place[item.serial] for item in sheet.instruments], dtype=np.int64)
    for column in sheet.columns:
        if not column.register.cumulative:
            continue
        told = np.broadcast_to((sheet.seconds % column.period == 0)[:, None], column.counts.shape)
        if sheet.present is not None:
            told = told & sheet.present
        at, who = np.nonzero(told)
        instant = (start + sheet.seconds[at]) * _SECOND
        yield column.register, (owner[who], instant.astype(np.int64), column.counts[at, who].astype(np.int64))


def _billed(bills: Bills, place: dict[str, int], start: int) -> tuple[Counts, ...]:
    """Columns of a day's transactions in the order of `TransactionColumns`; −1 where the instrument states none."""
    owner = np.array([place[item.serial] for item in bills.instruments], dtype=np.int64)
    none = np.full(len(bills.member), -1, dtype=np.int64)
    scale = 10 ** (UNIT_PRICE_DECIMALS - bills.price_decimals)
    return (
        owner[bills.member],
        bills.sequence.astype(np.int64),
        (start + bills.started) * _SECOND,
        (start + bills.ended) * _SECOND,
        bills.quantity.astype(np.int64),
        none if bills.unit_price is None else bills.unit_price * scale,
        none if bills.amount is None else bills.amount.astype(np.int64),
        none if bills.start_indication is None else bills.start_indication.astype(np.int64),
        none if bills.end_indication is None else bills.end_indication.astype(np.int64),
    )


def _evidence(fleet: Fleet, period: Period, readings: dict[str, _Rows], bills: _Rows) -> Evidence:
    start = np.full(len(fleet), to_microseconds(midnight(period.first, ZONE)), dtype=np.int64)
    end = np.full(len(fleet), to_microseconds(period.horizon), dtype=np.int64)
    columns, days = {}, {}
    for name, rows in readings.items():
        owner, at, value = rows.joined()
        order = np.lexsort((at, owner))
        # A day's last indication is the next one's first.
        order = order[np.r_[True, (np.diff(owner[order]) != 0) | (np.diff(at[order]) != 0)]]
        register = fleet.kind.register(name)
        columns[name] = ReadingColumns(register, owner[order], at[order], value[order], start, end)
        days[name] = panel(columns[name], fleet, period.first, (period.last - period.first) // timedelta(days=1) + 1)
    return Evidence(fleet, period, columns, days, _transactions(bills, start, end) if bills.parts else None)


def _transactions(bills: _Rows, start: Counts, end: Counts) -> TransactionColumns:
    owner, sequence, started, ended, quantity, *optional = bills.joined()
    order = np.lexsort((sequence, started, owner))
    price, amount, begin, after = (np.ma.MaskedArray(column[order], mask=column[order] == -1) for column in optional)
    return TransactionColumns(
        instrument=owner[order],
        sequence=sequence[order],
        started_at=started[order],
        ended_at=ended[order],
        quantity=quantity[order],
        unit_price=price,
        amount=amount,
        start_indication=begin,
        end_indication=after,
        start=start,
        end=end,
    )
