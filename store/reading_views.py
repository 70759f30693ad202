"""Readings as they are shown: raw indications, or consumption by civil hour or day."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from metrology import quantity
from metrology.civil import DAY, hours_of, local_day, midnight
from store import sql
from store.connection import Connection


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
class Consumption:
    """Growth over a civil hour or day [the register's unit], exact decimal text; None where it is not known."""

    start: datetime
    end: datetime
    consumption: str | None
    readings: int


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
    """Up to `limit` summarised civil days that begin in [since, until), in order."""
    found = []
    for day, readings, consumption, _ in _summarised(connection, view, since, until, limit=limit + 1):
        start, end = midnight(day, view.zone), midnight(day + DAY, view.zone)
        if since <= start < until:
            found.append(Consumption(start, end, _text(view, consumption), readings))
    return found[:limit]


def hours(
    connection: Connection, view: RegisterView, *, since: datetime, until: datetime, limit: int
) -> list[Consumption]:
    """Up to `limit` civil hours of summarised days that begin in [since, until), in order.

    Where clocks are set back, the repeated hour is one item of two hours; an hour that clocks skip is none.
    """
    found: list[tuple[datetime, datetime, int | None]] = []
    for day, _, _, hourly in _summarised(connection, view, since, until, limit=limit // 23 + 2):
        counts = hourly or [None] * 24
        for (start, end), count in zip(hours_of(day, view.zone), counts, strict=True):
            if since <= start < until and start < end:
                found.append((start, end, count))
    found = found[:limit]
    readings = _readings_between(connection, view, found[0][0], found[-1][1]) if found else Counts([], [])
    return [Consumption(start, end, _text(view, count), readings.between(start, end)) for start, end, count in found]


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
