"""Readings as they are shown: raw indications, or consumption by civil hour or day."""

import math
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from metrology import quantity
from metrology.civil import DAY, hours_of, local_day, midnight
from metrology.quality import Estimation, Flag, Quality
from store import day_quality, sql
from store.connection import Connection
from store.day_quality import DayEstimate

ESTIMATED_AT_MOST = timedelta(days=7)
"""Longest gap whose days are not flagged as estimated for long."""


@dataclass(frozen=True, slots=True)
class RegisterView:
    """A register of one instrument."""

    instrument: int
    id: int
    unit: str
    decimals: int
    cumulative: bool
    zone: str


@dataclass(frozen=True, slots=True)
class RawReading:
    """One indication [the register's unit], exact decimal text."""

    taken_at: datetime
    value: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Estimate:
    """What was estimated of a civil hour or day, with its expanded uncertainty, k = 2 [the register's unit]."""

    consumption: str
    uncertainty: str
    method: Estimation
    like_days: int


@dataclass(frozen=True, slots=True)
class Consumption:
    """Growth over a civil hour or day [the register's unit], exact decimal text; None where it is not known.

    Parameters
    ----------
    estimate
        What was estimated where not everything was measured; it never stands in the place of `consumption`.
    flags
        Quality codes of a day; none of an hour.
    """

    start: datetime
    end: datetime
    consumption: str | None
    readings: int
    estimate: Estimate | None = None
    flags: tuple[Flag, ...] = ()


def register(connection: Connection, instrument: int, name: str) -> RegisterView | None:
    """A register by its name; None if the instrument, or a register of this name on it, is unknown."""
    row = connection.execute(
        sql.statements("reading_views")["register"], {"instrument": instrument, "register": name}
    ).fetchone()
    if row is None:
        return None
    number, unit, decimals, cumulative, zone = row
    return RegisterView(instrument, number, unit, decimals, cumulative, zone)


def raw(
    connection: Connection, view: RegisterView, *, since: datetime, until: datetime, limit: int
) -> list[RawReading]:
    """Up to `limit` readings taken in [since, until), in order."""
    rows = connection.execute(sql.statements("reading_views")["raw"], _range(view, since, until) | {"limit": limit})
    return [RawReading(taken, quantity.to_text(value, view.decimals), received) for taken, value, received in rows]


def days(
    connection: Connection, view: RegisterView, *, since: datetime, until: datetime, limit: int
) -> list[Consumption]:
    """Up to `limit` civil days that begin in [since, until), in order: those summarised, estimated or flagged."""
    first, last = local_day(since, view.zone), local_day(until, view.zone)
    told = {row[0]: row[1:3] for row in _summarised(connection, view, since, until, limit=limit + 1)}
    estimates = day_quality.estimates(connection, view.instrument, view.id, first, last)
    flags = day_quality.flags(connection, view.instrument, view.id, first, last)
    found = []
    for day in sorted(told.keys() | estimates.keys() | flags.keys()):
        start, end = midnight(day, view.zone), midnight(day + DAY, view.zone)
        if since <= start < until:
            readings, consumption = told.get(day, (0, None))
            estimate = estimates.get(day)
            found.append(
                Consumption(
                    start,
                    end,
                    _text(view, consumption),
                    readings,
                    None if estimate is None else _estimate(view, estimate, estimate.consumption, estimate.uncertainty),
                    (*flags.get(day, ()), *_long(estimate, end)),
                )
            )
    return found[:limit]


def hours(
    connection: Connection, view: RegisterView, *, since: datetime, until: datetime, limit: int
) -> list[Consumption]:
    """Up to `limit` civil hours of summarised days that begin in [since, until), in order.

    Where clocks are set back, the repeated hour is one item of two hours; an hour that clocks skip is none.
    """
    most = limit // 23 + 2
    told = {day: hourly for day, _, _, hourly in _summarised(connection, view, since, until, limit=most)}
    first, last = local_day(since, view.zone), local_day(until, view.zone)
    estimates = day_quality.estimates(connection, view.instrument, view.id, first, last)
    found: list[tuple[datetime, datetime, int | None, Estimate | None]] = []
    for day in sorted(told.keys() | estimates.keys())[:most]:
        counts, estimate = told.get(day) or [None] * 24, estimates.get(day)
        guesses = [None] * 24 if estimate is None else estimate.hourly
        for (start, end), count, guess in zip(hours_of(day, view.zone), counts, guesses, strict=True):
            if since <= start < until and start < end:
                told_of = None if estimate is None else _estimate(view, estimate, guess, estimate.hour_uncertainty)
                found.append((start, end, count, told_of))
    found = found[:limit]
    readings = _readings_between(connection, view, found[0][0], found[-1][1]) if found else Counts([], [])
    return [
        Consumption(start, end, _text(view, count), readings.between(start, end), estimate)
        for start, end, count, estimate in found
    ]


def _estimate(view: RegisterView, estimate: DayEstimate, count: int | None, uncertainty: float) -> Estimate | None:
    if count is None:
        return None
    told = quantity.to_text(math.ceil(uncertainty), view.decimals)
    return Estimate(quantity.to_text(count, view.decimals), told, estimate.method, estimate.like_days)


def _long(estimate: DayEstimate | None, end: datetime) -> tuple[Flag, ...]:
    """Flag of a day that lies in a gap estimated for longer than a week."""
    if estimate is None or estimate.gap_until - estimate.gap_from <= ESTIMATED_AT_MOST:
        return ()
    days = (min(end, estimate.gap_until) - estimate.gap_from) / DAY
    return (Flag(Quality.ESTIMATED_LONG, math.ceil(days), ESTIMATED_AT_MOST / DAY),)


@dataclass(frozen=True, slots=True)
class Counts:
    """Readings counted by quarter of an hour: starts in order, and how many readings lie before each next one."""

    starts: list[datetime]
    totals: list[int]

    def between(self, start: datetime, end: datetime) -> int:
        """Readings in [start, end); both are whole quarters of an hour."""
        return self._before(end) - self._before(start)

    def _before(self, at: datetime) -> int:
        position = bisect_right(self.starts, at - timedelta(microseconds=1))
        return self.totals[position - 1] if position else 0


def _readings_between(connection: Connection, view: RegisterView, since: datetime, until: datetime) -> Counts:
    rows = connection.execute(sql.statements("reading_views")["quarter_hours"], _range(view, since, until)).fetchall()
    starts, totals, total = [], [], 0
    for start, count in sorted(rows):
        total += count
        starts.append(start)
        totals.append(total)
    return Counts(starts, totals)


def _summarised(
    connection: Connection, view: RegisterView, since: datetime, until: datetime, *, limit: int
) -> list[tuple[date, int, int | None, list[int | None] | None]]:
    return connection.execute(
        sql.statements("reading_views")["days"],
        {
            "instrument": view.instrument,
            "register": view.id,
            "first": local_day(since, view.zone),
            "last": local_day(until, view.zone),
            "limit": limit,
        },
    ).fetchall()


def _range(view: RegisterView, since: datetime, until: datetime) -> dict[str, object]:
    return {"instrument": view.instrument, "register": view.id, "since": since, "until": until}


def _text(view: RegisterView, count: int | None) -> str | None:
    return None if count is None else quantity.to_text(count, view.decimals)
