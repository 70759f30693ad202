"""From the store to evidence: a block's instruments by kind, their readings, days and transactions as panels."""

import math
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anomaly.evidence import (
    ConflictColumns,
    DayPanel,
    Evidence,
    Fleet,
    Period,
    ReadingColumns,
    TransactionColumns,
    TransactionConflictColumns,
    Weather,
    to_instant,
    to_microseconds,
)
from anomaly.judge import Judge, Sight
from anomaly.roll_over import UNDECLARED, continued, fastest_rates
from anomaly.summarise import LONGEST_BRIDGE_DAY, Days, summarise
from metrology.civil import DAY, HOURS, fleet_day_starts, fleet_hour_starts, local_day, midnight
from metrology.kinds import KINDS
from metrology.register import Register
from store import days as store_days
from store import evidence as store_evidence
from store import weather as store_weather
from store.columns import DAY_ZERO, EPOCH_SHIFT
from store.connection import Connection
from store.days import Sheet
from store.due import BLOCK_BITS
from store.packed import ABSENT
from store.registers import StoredRegister
from store.taken import Taken, readings

_BRIDGE = LONGEST_BRIDGE_DAY // timedelta(microseconds=1)


@dataclass(frozen=True)
class Block:
    """The instruments of a block, sorted into fleets of one kind.

    Parameters
    ----------
    fleets
        By kind name.
    position
        Index of each instrument in its fleet, by id − first id of the block, shape (4096,), int64.
    registers
        Every register by number.
    capacities
        Declared capacities, rows of `store.evidence.capacities`.
    """

    number: int
    fleets: dict[str, Fleet]
    position: NDArray[np.int64]
    registers: dict[int, StoredRegister]
    capacities: NDArray[Any]

    @cached_property
    def zones(self) -> tuple[str, ...]:
        """Every civil zone in which an instrument of the block stands."""
        return tuple(sorted({zone for fleet in self.fleets.values() for zone in fleet.zones}))

    @cached_property
    def zone_of(self) -> dict[int, str]:
        """Civil zone by instrument id."""
        pairs = ((fleet.ids, fleet.zones) for fleet in self.fleets.values())
        return {int(number): zone for ids, zones in pairs for number, zone in zip(ids, zones, strict=True)}

    @property
    def counters(self) -> dict[int, NDArray[np.int64]]:
        """Ids of the instruments that have each cumulative register, by its number."""
        return {
            number: self.fleets[stored.kind].ids
            for number, stored in self.registers.items()
            if stored.register.cumulative and stored.kind in self.fleets
        }

    def stretch(self, first: date, last: date) -> tuple[datetime, datetime]:
        """From the earliest beginning of `first` to the latest end of `last` in any zone of the block [UTC]."""
        return (
            min(midnight(first, zone) for zone in self.zones),
            max(midnight(last + DAY, zone) for zone in self.zones),
        )

    def covers(self, first: date, last: date, instrument: int, instant: datetime) -> bool:
        """Whether an instant lies in these civil days of an instrument, in its own zone."""
        zone = self.zone_of[instrument]
        return midnight(first, zone) <= instant < midnight(last + DAY, zone)


def block(connection: Connection, number: int, registers: dict[int, StoredRegister]) -> Block:
    """The instruments of a block as fleets."""
    members = store_evidence.fleet(connection, number)
    position = np.full(1 << BLOCK_BITS, -1, dtype=np.int64)
    fleets = {}
    for name, kind in KINDS.items():
        of_kind = [member for member in members if member.kind == name]
        if not of_kind:
            continue
        ids = np.array([member.id for member in of_kind], dtype=np.int64)
        position[ids - (number << BLOCK_BITS)] = np.arange(len(ids))
        fleets[name] = Fleet(
            kind=kind,
            ids=ids,
            serials=tuple(member.serial for member in of_kind),
            sizes=tuple(member.size for member in of_kind),
            accuracy_classes=tuple(member.accuracy_class for member in of_kind),
            zones=tuple(member.time_zone for member in of_kind),
            regions=tuple(member.region for member in of_kind),
        )
    return Block(number, fleets, position, registers, store_evidence.capacities(connection, number))


@dataclass(frozen=True)
class Stretch:
    """Raw rows of a block around some civil days, as the store gave them; one look serves sums and rules alike."""

    block: Block
    readings: dict[int, Taken]
    transactions: NDArray[Any]
    conflicts: NDArray[Any]
    transaction_conflicts: NDArray[Any]

    @cached_property
    def by_register(self) -> dict[int, tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
        """Instrument index, instant and count of each register's readings, sorted by (instrument, taken_at)."""
        first = self.block.number << BLOCK_BITS
        return {
            number: (self.block.position[taken.instrument - first], taken.taken_at, taken.value)
            for number, taken in self.readings.items()
        }

    @property
    def received(self) -> dict[int, NDArray[np.int64]]:
        """When the readings of `by_register` were received [microseconds since 1970 UTC]."""
        return {number: taken.received_at for number, taken in self.readings.items()}

    @cached_property
    def beyond(self) -> dict[int, NDArray[np.int64]]:
        """Indications of `by_register` continued past roll-overs, of the registers of which a capacity is declared."""
        declared = self.block.capacities
        answer = {}
        for number in set(declared["register"].tolist()) & self.by_register.keys():
            stored = self.block.registers[number]
            fleet = self.block.fleets[stored.kind]
            rows = declared[declared["register"] == number]
            capacity = np.full(len(fleet), UNDECLARED, dtype=np.int64)
            capacity[np.searchsorted(fleet.ids, rows["instrument"].astype(np.int64))] = rows["capacity"]
            fastest = fastest_rates(fleet.kind, fleet.sizes, stored.register)
            answer[number] = continued(*self.by_register[number], capacity, fastest)
        return answer


def look(connection: Connection, members: Block, first: date, last: date) -> Stretch:
    """Readings and transactions of a block on some civil days, with the neighbours that complete pairs."""
    start, end = members.stretch(first, last)
    return Stretch(
        members,
        readings(connection, members.number, members.counters, start, end),
        store_evidence.transactions(connection, members.number, start, end),
        store_evidence.reading_conflicts(connection, members.number, start, end),
        store_evidence.transaction_conflicts(connection, members.number, start, end),
    )


def write_days(connection: Connection, stretch: Stretch, first: date, last: date) -> Counter[date]:
    """Sum up the readings of some civil days and write what is new or changed; of each day how many rows that were."""
    count = (last - first).days + 1
    written: Counter[date] = Counter()
    for number, (owner, taken_at, value) in stretch.by_register.items():
        stored = stretch.block.registers[number]
        fleet = stretch.block.fleets[stored.kind]
        hours = fleet_hour_starts(first, count, fleet.zones)
        summed = summarise(owner, taken_at, value, hours, stretch.beyond.get(number))
        if len(summed.day):
            written.update(store_days.write(connection, _rows(summed, fleet, number, first)))
    return written


def reached_days(stretch: Stretch, first: date, last: date) -> set[date]:
    """Civil days further off that a reading taken on the days from `first` to `last` bears on.

    Later ones that hold one of the two readings which follow it: it changes the pair that ends at the next one, however
    long after, and whether the pair after that rises from a fall. And an earlier one, if nothing was taken in between:
    its closing midnight is known now, unless the gap is too long. The days next to them are looked at anyway.
    """
    days = set()
    for number, (owner, taken_at, _) in stretch.by_register.items():
        fleet = stretch.block.fleets[stretch.block.registers[number].kind]
        before = to_microseconds(max(midnight(first - DAY, zone) for zone in set(fleet.zones)))
        rows = np.flatnonzero((taken_at[:-1] < before) & (taken_at[1:] - taken_at[:-1] <= _BRIDGE))
        for row in rows[owner[rows] == owner[rows + 1]]:
            zone = fleet.zones[owner[row]]
            if first <= local_day(to_instant(taken_at[row + 1]), zone) <= last:
                days.add(local_day(to_instant(taken_at[row]), zone))
        beyond = to_microseconds(min(midnight(last + 2 * DAY, zone) for zone in set(fleet.zones)))
        for lag in (1, 2):
            rows = np.flatnonzero(taken_at[lag:] >= beyond) + lag
            rows = rows[(owner[rows] == owner[rows - lag]) & (taken_at[rows - lag] < beyond)]
            for row in rows:
                zone = fleet.zones[owner[row]]
                if first <= local_day(to_instant(taken_at[row - lag]), zone) <= last:
                    days.add(local_day(to_instant(taken_at[row]), zone))
    return {day for day in days if day < first - DAY or day > last + DAY}


def rule_evidence(stretch: Stretch, kind: str, period: Period) -> Evidence:
    """Evidence of one kind for exact rules: cumulative registers, transactions, and conflicts of both."""
    fleet = stretch.block.fleets[kind]
    days = (period.last - period.first).days + 1
    hours = fleet_hour_starts(period.first, days, fleet.zones)
    start, end = hours[0], hours[-1]
    readings = {}
    for number, (owner, taken_at, value) in stretch.by_register.items():
        stored = stretch.block.registers[number]
        if stored.kind == kind:
            beyond = stretch.beyond.get(number)
            readings[stored.register.name] = ReadingColumns(
                stored.register, owner, taken_at, value, start, end, beyond, stretch.received[number]
            )
    return Evidence(
        fleet,
        period,
        readings,
        {},
        _transactions(stretch, fleet, start, end),
        _conflicts(stretch, fleet, start, end),
        _transaction_conflicts(stretch, fleet, start, end),
    )


def detector_evidence(
    connection: Connection,
    members: Block,
    kind: str,
    period: Period,
    memory: timedelta,
    *,
    by_hour: bool = False,
    outdoors: bool = False,
) -> Evidence:
    """Evidence of one kind for detectors: days of its cumulative registers, from `memory` before the period on.

    Parameters
    ----------
    by_hour
        Whether the hours of these days are asked for too.
    outdoors
        Whether the weather of these days is asked for too.
    """
    fleet = members.fleets[kind]
    first = period.first - math.ceil(memory / DAY) * DAY
    count = (period.last - first).days + 1
    numbers = [
        number for number, stored in members.registers.items() if stored.kind == kind and stored.register.cumulative
    ]
    starts = fleet_day_starts(first, count, fleet.zones)
    panels: dict[int, DayPanel] = {}
    for sheet in store_days.read(connection, members.number, numbers, first, period.last, by_hour=by_hour):
        if sheet.register not in panels:
            register = members.registers[sheet.register].register
            panels[sheet.register] = _unknown(register, first, (period.first - first).days, starts, by_hour=by_hour)
        _fill(panels[sheet.register], sheet, members)
    weather = _weather(connection, fleet, first, period.last) if outdoors else None
    days = {panels[number].register.name: panels[number] for number in numbers if number in panels}
    return Evidence(fleet, period, {}, days, None, weather=weather)


def _weather(connection: Connection, fleet: Fleet, first: date, last: date) -> Weather:
    """Weather of a fleet's regions on some civil days, unknown where nobody imported it."""
    regions = tuple(sorted(set(fleet.regions)))
    temperature = np.full(((last - first).days + 1, len(regions)), np.nan)
    column = {region: number for number, region in enumerate(regions)}
    for (region, day), told in store_weather.temperatures(connection, regions, first, last).items():
        temperature[(day - first).days, column[region]] = told
    return Weather(first, regions, temperature)


def recent(evidence: Evidence, judge: Judge) -> Evidence:
    """Evidence on days that was read for several judges, as one of them alone would have been given it."""
    panels = {}
    for name, panel in evidence.days.items():
        row = panel.judged - math.ceil(judge.memory / DAY)
        panels[name] = replace(
            panel,
            first=panel.first + row * DAY,
            judged=panel.judged - row,
            starts=panel.starts[row:],
            consumption=panel.consumption[row:],
            readings=panel.readings[row:],
            still=panel.still[row:],
            hourly=None if panel.hourly is None else panel.hourly[row:],
        )
    return replace(
        evidence,
        days={name: panel for name, panel in panels.items() if panel.readings.any()},
        weather=evidence.weather if Sight.WEATHER in judge.needs else None,
    )


def _rows(summed: Days, fleet: Fleet, register: int, first: date) -> NDArray[Any]:
    rows = np.empty(len(summed.day), dtype=store_days.LAYOUT)
    rows["instrument"] = fleet.ids[summed.instrument]
    rows["register"] = register
    rows["day"] = summed.day + (first - DAY_ZERO).days
    for name in (*store_days.COUNTS, "maximum_rate", "hourly"):
        rows[name] = getattr(summed, name)
    rows["first_at"] -= EPOCH_SHIFT
    rows["last_at"] -= EPOCH_SHIFT
    return rows


def _transactions(
    stretch: Stretch, fleet: Fleet, start: NDArray[np.int64], end: NDArray[np.int64]
) -> TransactionColumns | None:
    if fleet.kind.transaction is None:
        return None
    rows = stretch.transactions[np.isin(stretch.transactions["instrument"], fleet.ids)]
    return TransactionColumns(
        instrument=np.searchsorted(fleet.ids, rows["instrument"].astype(np.int64)),
        sequence=rows["sequence"],
        started_at=rows["started_at"],
        ended_at=rows["ended_at"],
        quantity=rows["quantity"],
        unit_price=_stated(rows["unit_price"]),
        amount=_stated(rows["amount"]),
        start_indication=_stated(rows["start_indication"]),
        end_indication=_stated(rows["end_indication"]),
        start=start,
        end=end,
    )


def _conflicts(
    stretch: Stretch, fleet: Fleet, start: NDArray[np.int64], end: NDArray[np.int64]
) -> dict[str, ConflictColumns]:
    answer = {}
    for number in np.unique(stretch.conflicts["register"]):
        stored = stretch.block.registers[int(number)]
        if stored.kind == fleet.kind.name:
            rows = stretch.conflicts[stretch.conflicts["register"] == number]
            answer[stored.register.name] = ConflictColumns(
                register=stored.register,
                instrument=np.searchsorted(fleet.ids, rows["instrument"].astype(np.int64)),
                taken_at=rows["taken_at"],
                first_value=rows["first_value"],
                first_received_at=rows["first_received_at"],
                value=rows["value"],
                received_at=rows["received_at"],
                start=start,
                end=end,
            )
    return answer


def _transaction_conflicts(
    stretch: Stretch, fleet: Fleet, start: NDArray[np.int64], end: NDArray[np.int64]
) -> TransactionConflictColumns | None:
    if fleet.kind.transaction is None:
        return None
    rows = stretch.transaction_conflicts[np.isin(stretch.transaction_conflicts["instrument"], fleet.ids)]
    return TransactionConflictColumns(
        instrument=np.searchsorted(fleet.ids, rows["instrument"].astype(np.int64)),
        sequence=rows["sequence"],
        started_at=rows["started_at"],
        first_ended_at=rows["first_ended_at"],
        first_quantity=rows["first_quantity"],
        first_unit_price=_stated(rows["first_unit_price"]),
        first_amount=_stated(rows["first_amount"]),
        first_received_at=rows["first_received_at"],
        ended_at=rows["ended_at"],
        quantity=rows["quantity"],
        unit_price=_stated(rows["unit_price"]),
        amount=_stated(rows["amount"]),
        received_at=rows["received_at"],
        otherwise=rows["otherwise"] != 0,
        start=start,
        end=end,
    )


def _stated(column: NDArray[np.int64]) -> "np.ma.MaskedArray[Any, np.dtype[np.int64]]":
    return np.ma.MaskedArray(column, mask=column == ABSENT)


def _unknown(register: Register, first: date, judged: int, starts: NDArray[np.int64], *, by_hour: bool) -> DayPanel:
    days, instruments = len(starts) - 1, starts.shape[1]
    return DayPanel(
        register=register,
        first=first,
        judged=judged,
        starts=starts,
        consumption=np.full((days, instruments), np.nan),
        readings=np.zeros((days, instruments), dtype=np.int32),
        still=np.zeros((days, instruments), dtype=np.bool_),
        hourly=np.full((days, HOURS, instruments), np.nan, dtype=np.float32) if by_hour else None,
    )


def _fill(panel: DayPanel, sheet: Sheet, members: Block) -> None:
    """Enter what a sheet says into its row of a panel."""
    row = (sheet.day - panel.first).days
    resolution = float(panel.register.resolution)
    owner = members.position[sheet.instrument - (members.number << BLOCK_BITS)]
    known = owner >= 0  # an instrument whose kind is declared no longer belongs to no fleet
    if not known.all():
        owner = owner[known]
    whole = len(owner) == panel.readings.shape[1]  # in order of id on both sides: no need to look for each
    place: slice | NDArray[np.int64] = slice(None) if whole else owner
    panel.readings[row, place] = sheet.readings[known]
    panel.still[row, place] = sheet.still[known]
    panel.consumption[row, place] = sheet.consumption[known] * resolution
    if panel.hourly is not None and sheet.hourly is not None:
        panel.hourly[row][:, place] = sheet.hourly[:, known] * resolution
