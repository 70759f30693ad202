"""Small hand-made evidence: for method sheets, for tests, and for the examination of every judge."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from anomaly import roll_over
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
    to_microseconds,
)
from metrology.civil import DAY, HOURS, fleet_hour_starts, midnight
from metrology.kinds import kind_called
from metrology.quantity import to_count
from metrology.transaction import AMOUNT_DECIMALS, UNIT_PRICE_DECIMALS

FIRST = date(2026, 3, 2)
"""Day on which specimens begin, a Monday."""

ZONE = "Asia/Shanghai"

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]

TransactionRow = tuple[int, int, str, str, str, str | None, str | None]
"""Instrument, sequence, start, end, quantity, unit price, amount: as they stand on the wire."""

Sale = tuple[str, str | None, str | None]
"""Quantity, unit price, amount: as they stand on the wire."""

_HOUSEHOLD_HOURS = np.repeat([0.3, 1.5, 1.0, 1.6], [6, 3, 8, 7]).astype(np.float32)
"""Consumption of a household's wall-clock hours as multiples of the mean [1]: night, morning, day, evening."""

_SALE_LENGTH, _RECEIVED_AFTER, _AGAIN_AFTER = 120_000_000, 180_000_000, 3_780_000_000
"""After its start, a specimen's transaction ends, is received, and is received again [microseconds]."""


def fleet(kind: str, instruments: int, *, size: str | None = None, zone: str = ZONE) -> Fleet:
    """Fleet of like instruments; ids count from 1."""
    return Fleet(
        kind=kind_called(kind),
        ids=np.arange(1, instruments + 1, dtype=np.int64),
        serials=tuple(f"S-{number:06d}" for number in range(1, instruments + 1)),
        sizes=(size,) * instruments,
        accuracy_classes=(None,) * instruments,
        zones=(zone,) * instruments,
    )


def period(first: date = FIRST, days: int = 365, zone: str = ZONE) -> Period:
    """Period of civil days whose horizon is its own end."""
    return Period(first, first + timedelta(days=days - 1), midnight(first + timedelta(days=days), zone))


def empty(kind: str, instruments: int = 0, *, size: str | None = None) -> Evidence:
    """Evidence without a single reading, day or transaction."""
    return Evidence(fleet(kind, instruments, size=size), period(), {}, {}, None)


def readings(
    kind: str,
    rows: Sequence[tuple[int, str, str]],
    *,
    instruments: int | None = None,
    register: str | None = None,
    size: str | None = None,
    capacity: str | None = None,
) -> Evidence:
    """Evidence of readings of one register, judged over the year that begins on `FIRST`.

    Parameters
    ----------
    rows
        (index of the instrument, instant in ISO 8601 with offset, indication), in any order.
    register
        The kind's principal register by default.
    capacity
        Where the register of each instrument begins again at zero; None where nobody said.
    """
    of_kind = kind_called(kind)
    declared = of_kind.register(register or of_kind.principal_register)
    ordered = sorted((owner, to_microseconds(datetime.fromisoformat(at)), text) for owner, at, text in rows)
    count = instruments if instruments is not None else 1 + max((owner for owner, _, _ in ordered), default=-1)
    seen = period()
    columns = ReadingColumns(
        register=declared,
        instrument=np.array([owner for owner, _, _ in ordered], dtype=np.int64),
        taken_at=np.array([at for _, at, _ in ordered], dtype=np.int64),
        value=np.array([declared.to_count(text) for _, _, text in ordered], dtype=np.int64),
        **_judged(seen, count),
    )
    if capacity is not None:
        room = np.full(count, declared.to_count(capacity), dtype=np.int64)
        rates = roll_over.fastest_rates(of_kind, (size,) * count, declared)
        columns = replace(
            columns,
            beyond=roll_over.continued(columns.instrument, columns.taken_at, columns.value, room, rates),
        )
    return Evidence(fleet(kind, count, size=size), seen, {declared.name: columns}, {}, None)


def transactions(kind: str, rows: Sequence[TransactionRow], *, size: str | None = None) -> Evidence:
    """Evidence of transactions, judged over the year that begins on `FIRST`."""
    of_kind = kind_called(kind)
    if of_kind.transaction is None:
        raise ValueError(f"a {kind} has no transactions")
    decimals = of_kind.transaction.decimals
    ordered = sorted(rows, key=lambda row: (row[0], to_microseconds(datetime.fromisoformat(row[2])), row[1]))
    count = 1 + max((row[0] for row in ordered), default=-1)
    seen = period()
    nothing = _stated([None] * len(ordered), 0)
    columns = TransactionColumns(
        instrument=np.array([row[0] for row in ordered], dtype=np.int64),
        sequence=np.array([row[1] for row in ordered], dtype=np.int64),
        started_at=np.array([to_microseconds(datetime.fromisoformat(row[2])) for row in ordered], dtype=np.int64),
        ended_at=np.array([to_microseconds(datetime.fromisoformat(row[3])) for row in ordered], dtype=np.int64),
        quantity=np.array([to_count(row[4], decimals) for row in ordered], dtype=np.int64),
        unit_price=_stated([row[5] for row in ordered], UNIT_PRICE_DECIMALS),
        amount=_stated([row[6] for row in ordered], AMOUNT_DECIMALS),
        start_indication=nothing,
        end_indication=nothing,
        **_judged(seen, count),
    )
    return Evidence(fleet(kind, count, size=size), seen, {}, {}, columns)


def conflicts(
    kind: str, rows: Sequence[tuple[int, str, str, str, str, str]], *, register: str | None = None
) -> Evidence:
    """Evidence of values of one register that differ from the first one for their instant, and of nothing else.

    Parameters
    ----------
    rows
        (index of the instrument, instant, first indication, when received, later indication, when received), instants
        in ISO 8601 with offset, in any order.
    register
        The kind's principal register by default.
    """
    of_kind = kind_called(kind)
    declared = of_kind.register(register or of_kind.principal_register)
    ordered = sorted(rows, key=lambda row: (row[0], _at(row[1]), _at(row[5]), declared.to_count(row[4])))
    count = 1 + max((row[0] for row in ordered), default=-1)
    seen = period()

    def column(of: Callable[[tuple[int, str, str, str, str, str]], int]) -> Counts:
        return np.array([of(row) for row in ordered], dtype=np.int64)

    columns = ConflictColumns(
        register=declared,
        instrument=column(lambda row: row[0]),
        taken_at=column(lambda row: _at(row[1])),
        first_value=column(lambda row: declared.to_count(row[2])),
        first_received_at=column(lambda row: _at(row[3])),
        value=column(lambda row: declared.to_count(row[4])),
        received_at=column(lambda row: _at(row[5])),
        **_judged(seen, count),
    )
    return Evidence(fleet(kind, count), seen, {}, {}, None, {declared.name: columns})


def transaction_conflicts(kind: str, rows: Sequence[tuple[int, int, str, Sale, Sale]]) -> Evidence:
    """Evidence of transactions stated twice, differently, and of nothing else.

    Parameters
    ----------
    rows
        (index of the instrument, sequence, start, first statement, later statement), in any order. Each lasts two
        minutes, is received after three and again an hour later.
    """
    of_kind = kind_called(kind)
    if of_kind.transaction is None:
        raise ValueError(f"a {kind} has no transactions")
    decimals = of_kind.transaction.decimals
    ordered = sorted(rows, key=lambda row: (row[0], _at(row[2]), row[1]))
    count = 1 + max((row[0] for row in ordered), default=-1)
    seen = period()
    started = np.array([_at(row[2]) for row in ordered], dtype=np.int64)
    columns = TransactionConflictColumns(
        instrument=np.array([row[0] for row in ordered], dtype=np.int64),
        sequence=np.array([row[1] for row in ordered], dtype=np.int64),
        started_at=started,
        first_ended_at=started + _SALE_LENGTH,
        first_quantity=np.array([to_count(row[3][0], decimals) for row in ordered], dtype=np.int64),
        first_unit_price=_stated([row[3][1] for row in ordered], UNIT_PRICE_DECIMALS),
        first_amount=_stated([row[3][2] for row in ordered], AMOUNT_DECIMALS),
        first_received_at=started + _RECEIVED_AFTER,
        ended_at=started + _SALE_LENGTH,
        quantity=np.array([to_count(row[4][0], decimals) for row in ordered], dtype=np.int64),
        unit_price=_stated([row[4][1] for row in ordered], UNIT_PRICE_DECIMALS),
        amount=_stated([row[4][2] for row in ordered], AMOUNT_DECIMALS),
        received_at=started + _AGAIN_AFTER,
        otherwise=np.zeros(len(ordered), dtype=np.bool_),
        **_judged(seen, count),
    )
    return Evidence(fleet(kind, count), seen, {}, {}, None, {}, columns)


def days(kind: str, consumption: Numbers, *, judged: int = 0, first: date = FIRST, zone: str = ZONE) -> Evidence:
    """Evidence of civil days of the principal register.

    Parameters
    ----------
    consumption
        Daily growth [the register's unit], shape (days, instruments); NaN: no reading was taken on the day;
        0: the register stood still.
    judged
        Row at which the judged period begins.
    """
    of_kind = kind_called(kind)
    rows, instruments = consumption.shape
    known = np.isfinite(consumption)
    panel = DayPanel(
        register=of_kind.register(of_kind.principal_register),
        first=first,
        judged=judged,
        starts=np.ascontiguousarray(fleet_hour_starts(first, rows, (zone,) * instruments)[::HOURS]),
        consumption=np.ascontiguousarray(consumption, dtype=np.float64),
        readings=np.where(known, 24, 0).astype(np.int32),
        still=known & (consumption == 0),
    )
    seen = Period(first + judged * DAY, first + (rows - 1) * DAY, midnight(first + rows * DAY, zone))
    return Evidence(fleet(kind, instruments, zone=zone), seen, {}, {panel.register.name: panel}, None)


def hours(evidence: Evidence, seed: int = 0) -> Evidence:
    """The same evidence of days, each of them spread over its hours as a household does, seeded.

    Hours of a day add up to the day's consumption; where the day is unknown, its hours are.

    Examples
    --------
    >>> panel = hours(days("water_meter", np.full((3, 2), 0.24))).days["volume"]
    >>> panel.hourly.shape, bool(np.allclose(panel.hourly.sum(axis=1), 0.24))
    ((3, 24, 2), True)
    """
    chance = np.random.default_rng(seed)
    panels = {}
    for name, panel in evidence.days.items():
        noise = chance.gamma(4.0, size=(panel.days, HOURS, panel.consumption.shape[1])).astype(np.float32)
        share = noise * _HOUSEHOLD_HOURS[:, None]
        share *= panel.consumption[:, None, :].astype(np.float32) / share.sum(axis=1, keepdims=True)
        panels[name] = replace(panel, hourly=share)
    return replace(evidence, days=panels)


def temperature(seed: int, first: date, day_count: int) -> Numbers:
    """Seeded daily mean temperature of a place with cold winters and hot summers, shape (days,) [°C]."""
    chance = np.random.default_rng(seed)
    around = np.convolve(chance.standard_normal(day_count + 23), 2.2 * 0.78 ** np.arange(24), mode="valid")
    day = np.array([(first + row * DAY).timetuple().tm_yday for row in range(day_count)])
    return np.asarray(16.5 - 12 * np.cos(2 * np.pi * (day - 20) / 365.25) + around)


def under_weather(evidence: Evidence, seed: int = 0) -> Evidence:
    """The same evidence of days with the weather of :func:`temperature` in all its regions.

    Examples
    --------
    >>> seen = under_weather(days("gas_meter", np.ones((30, 2))), seed=4)
    >>> seen.weather.temperature.shape
    (30, 1)
    """
    panels = list(evidence.days.values())
    if not panels:
        return evidence
    regions = tuple(sorted(set(evidence.fleet.regions))) or ("",)
    told = temperature(seed, panels[0].first, panels[0].days)
    weather = Weather(panels[0].first, regions, np.repeat(told[:, None], len(regions), axis=1))
    return replace(evidence, weather=weather)


def household(seed: int, day_count: int, instruments: int) -> Numbers:
    """Seeded honest daily consumption of households, shape (days, instruments): level, week and chance [unit].

    No absence and no season: what a judge may call unusual here is its own mistake.
    """
    chance = np.random.default_rng(seed)
    level = chance.lognormal(0.0, 0.5, instruments)
    weekday = 1.0 + 0.1 * np.sin(2 * np.pi * np.arange(day_count) / 7)
    noise = chance.lognormal(0.0, 0.25, (day_count, instruments))
    return np.round(level * weekday[:, None] * noise, 3) + 0.001


def instant(text: str) -> datetime:
    """Instant in UTC of an ISO 8601 text with offset."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _at(text: str) -> int:
    return to_microseconds(datetime.fromisoformat(text))


def _judged(seen: Period, count: int) -> dict[str, Counts]:
    begin, end = to_microseconds(midnight(seen.first, ZONE)), to_microseconds(seen.horizon)
    return {
        "start": np.full(count, begin, dtype=np.int64),
        "end": np.full(count, end, dtype=np.int64),
    }


def _stated(texts: Sequence[str | None], decimals: int) -> "np.ma.MaskedArray[tuple[int], np.dtype[np.int64]]":
    return np.ma.MaskedArray(
        np.array([0 if text is None else to_count(text, decimals) for text in texts], dtype=np.int64),
        mask=np.array([text is None for text in texts], dtype=np.bool_),
    )
