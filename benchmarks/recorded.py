"""Recorded real data as evidence in memory: long Parquet tables, without a store and without a broker."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from anomaly.evidence import (
    DayPanel,
    Evidence,
    Fleet,
    Period,
    ReadingColumns,
    TransactionColumns,
    to_instant,
    to_microseconds,
)
from anomaly.summarise import UNKNOWN, summarise
from metrology.civil import DAY, HOURS, fleet_hour_starts, local_day, midnight
from metrology.kinds import kind_called
from metrology.register import Register

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Recording:
    """One recorded table, and what must be declared of it because the table does not say it.

    Parameters
    ----------
    name
        What people call it.
    path
        File below the data folder.
    kind, size, zone
        Instrument kind, size designation enrolled for all its instruments, IANA zone of its civil days.
    prefix
        Only instruments whose names begin so.
    simulated
        True where no false-alarm rate may be taken from it.
    """

    name: str
    path: str
    kind: str
    size: str
    zone: str
    prefix: str = ""
    simulated: bool = False


RECORDINGS = (
    Recording("water_daiad", "water_daiad/readings.parquet", "water_meter", "DN15", "Europe/Madrid"),
    Recording("electricity_sgsc", "electricity_sgsc/readings.parquet", "electricity_meter", "10(100)A", "Etc/GMT-10"),
    Recording(
        "electricity_london half-hourly", "electricity_london/readings.parquet", "electricity_meter", "10(100)A", "UTC"
    ),
    Recording(
        "electricity_london daily", "electricity_london/readings_daily.parquet", "electricity_meter", "10(100)A", "UTC"
    ),
    Recording(
        "electricity_uci_household",
        "electricity_uci_household/readings.parquet",
        "electricity_meter",
        "10(100)A",
        "Etc/GMT-1",
    ),
    Recording(
        "gas_opendsm gas, Illinois",
        "gas_opendsm/readings.parquet",
        "gas_meter",
        "G4",
        "America/Chicago",
        prefix="il-gas",
        simulated=True,
    ),
    Recording(
        "gas_opendsm gas, UK",
        "gas_opendsm/readings.parquet",
        "gas_meter",
        "G4",
        "Europe/London",
        "uk-gas",
        simulated=True,
    ),
    Recording(
        "gas_opendsm electricity, Illinois",
        "gas_opendsm/readings.parquet",
        "electricity_meter",
        "3x10(100)A",
        "America/Chicago",
        prefix="il-electricity",
        simulated=True,
    ),
    Recording(
        "gas_opendsm electricity, UK",
        "gas_opendsm/readings.parquet",
        "electricity_meter",
        "3x10(100)A",
        "Europe/London",
        prefix="uk-electricity",
        simulated=True,
    ),
    Recording("ev_norway", "ev_norway/transactions.parquet", "ev_charger", "AC7kW", "Europe/Oslo"),
    Recording("ev_workplace", "ev_workplace/transactions.parquet", "ev_charger", "AC7kW", "UTC"),
)
"""Every recorded table of registers or transactions; sizes and the zones of naive times are declared here."""


def evidence(recording: Recording, folder: Path) -> Evidence:
    """The whole recording as one judged period: readings, days and transactions."""
    table = pq.read_table(folder / recording.path)
    if recording.prefix:
        table = table.filter(pc.starts_with(table["instrument"], recording.prefix))
    if "quantity" in table.column_names:
        return _of_transactions(recording, table)
    return _of_readings(recording, table)


def months(whole: Evidence, memory: timedelta) -> Iterator[Evidence]:
    """Days of a whole recording as a live watch sees them: month by month, with memory, ignorant of the future."""
    panel = next(iter(whole.days.values()))
    last = panel.first + (panel.days - 1) * DAY
    month = panel.first.replace(day=1)
    while month <= last:
        following = (month + timedelta(days=31)).replace(day=1)
        begin, end = max(month, panel.first), min(following - DAY, last)
        horizon = midnight(end + DAY, whole.fleet.zones[0])
        start = max(0, (begin - panel.first).days - memory.days)
        stop = (end - panel.first).days + 1
        days = {name: _cut(of_register, start, stop, begin) for name, of_register in whole.days.items()}
        yield Evidence(whole.fleet, Period(begin, end, horizon), {}, days, None, weather=whole.weather)
        month = following


def _cut(panel: DayPanel, start: int, stop: int, begin: date) -> DayPanel:
    return replace(
        panel,
        first=panel.first + start * DAY,
        judged=(begin - panel.first).days - start,
        starts=panel.starts[start : stop + 1],
        consumption=panel.consumption[start:stop],
        readings=panel.readings[start:stop],
        still=panel.still[start:stop],
        hourly=None if panel.hourly is None else panel.hourly[start:stop],
    )


def _of_readings(recording: Recording, table: pa.Table) -> Evidence:
    names, owner = _owners(table)
    at = _microseconds(table["taken_at"], recording.zone)
    kind = kind_called(recording.kind)
    fleet = _fleet(recording, names)
    first, last = _span(at, recording.zone)
    period = Period(first, last, midnight(last + DAY, recording.zone))
    start = np.full(len(fleet), to_microseconds(midnight(first, recording.zone)), dtype=np.int64)
    end = np.full(len(fleet), to_microseconds(period.horizon), dtype=np.int64)
    spoken = np.asarray(table["register"].to_numpy(zero_copy_only=False))
    value = np.asarray(table["value"].to_numpy())
    readings, days = {}, {}
    for register in kind.registers:
        mine = np.flatnonzero(spoken == register.name)
        if not register.cumulative or len(mine) == 0:
            continue
        count = np.rint(value[mine] * 10**register.decimals).astype(np.int64)
        order = np.lexsort((at[mine], owner[mine]))
        columns = ReadingColumns(register, owner[mine][order], at[mine][order], count[order], start, end)
        readings[register.name] = columns
        days[register.name] = panel(columns, fleet, first, (last - first).days + 1)
    return Evidence(fleet, period, readings, days, None)


def panel(columns: ReadingColumns, fleet: Fleet, first: date, number: int) -> DayPanel:
    """Days of one register, all of them judged, summarised as the watch does it."""
    hours = fleet_hour_starts(first, number, fleet.zones)
    days = summarise(columns.instrument, columns.taken_at, columns.value, hours)
    register: Register = columns.register
    consumption = np.full((number, len(fleet)), np.nan)
    known = days.consumption != UNKNOWN
    consumption[days.day[known], days.instrument[known]] = days.consumption[known] / 10**register.decimals
    readings = np.zeros((number, len(fleet)), dtype=np.int32)
    readings[days.day, days.instrument] = days.readings
    hourly = np.full((number, HOURS, len(fleet)), np.nan, dtype=np.float32)
    hourly[days.day, :, days.instrument] = np.where(days.hourly == UNKNOWN, np.nan, days.hourly / 10**register.decimals)
    same = np.zeros(len(days.day), dtype=np.bool_)
    same[1:] = (days.instrument[1:] == days.instrument[:-1]) & (days.first_value[1:] == days.last_value[:-1])
    still = np.zeros((number, len(fleet)), dtype=np.bool_)
    still[days.day, days.instrument] = same & (days.first_value == days.last_value)
    return DayPanel(register, first, 0, np.ascontiguousarray(hours[::HOURS]), consumption, readings, still, hourly)


def _of_transactions(recording: Recording, table: pa.Table) -> Evidence:
    table = table.filter(pc.is_valid(table["ended_at"]))
    names, owner = _owners(table)
    kind = kind_called(recording.kind)
    if kind.transaction is None:
        raise ValueError(f"a {kind.name} has no transactions")
    fleet = _fleet(recording, names)
    started = _microseconds(table["started_at"], recording.zone)
    ended = _microseconds(table["ended_at"], recording.zone)
    sequence = np.asarray(table["seq"].to_numpy()).astype(np.int64)
    quantity = np.rint(np.asarray(table["quantity"].to_numpy()) * 10**kind.transaction.decimals).astype(np.int64)
    order = np.lexsort((sequence, started, owner))
    first, last = _span(ended, recording.zone)
    period = Period(first, last, midnight(last + DAY, recording.zone))
    unstated = np.ma.MaskedArray(np.zeros(len(order), dtype=np.int64), mask=np.ones(len(order), dtype=np.bool_))
    columns = TransactionColumns(
        instrument=owner[order],
        sequence=sequence[order],
        started_at=started[order],
        ended_at=ended[order],
        quantity=quantity[order],
        unit_price=unstated,
        amount=unstated,
        start_indication=unstated,
        end_indication=unstated,
        start=np.full(len(fleet), to_microseconds(midnight(first, recording.zone)), dtype=np.int64),
        end=np.full(len(fleet), to_microseconds(period.horizon), dtype=np.int64),
    )
    return Evidence(fleet, period, {}, {}, columns)


def _owners(table: pa.Table) -> tuple[list[str], Counts]:
    names, owner = np.unique(np.asarray(table["instrument"].to_numpy(zero_copy_only=False)), return_inverse=True)
    return [str(name) for name in names], owner.astype(np.int64)


def _fleet(recording: Recording, names: list[str]) -> Fleet:
    number = len(names)
    return Fleet(
        kind=kind_called(recording.kind),
        ids=np.arange(1, number + 1, dtype=np.int64),
        serials=tuple(names),
        sizes=(recording.size,) * number,
        accuracy_classes=(None,) * number,
        zones=(recording.zone,) * number,
    )


def _microseconds(column: pa.ChunkedArray, zone: str) -> Counts:
    """Microseconds since 1970 UTC; naive times are read as wall-clock times of the declared zone."""
    if column.type.tz is None:
        column = pc.assume_timezone(column, zone, ambiguous="earliest", nonexistent="latest")
    return np.asarray(column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy())


def _span(at: Counts, zone: str) -> tuple[date, date]:
    return local_day(to_instant(int(at.min())), zone), local_day(to_instant(int(at.max())), zone)
