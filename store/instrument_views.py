"""Instruments as they are shown: identity, place, responsibility and how many alerts are open."""

from dataclasses import dataclass
from datetime import date, datetime

from store import sql
from store.connection import Connection


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of instruments is narrowed to; None lets all through. `serial` is how a serial begins, any case."""

    kind: str | None = None
    source: str | None = None
    site: str | None = None
    serial: str | None = None


@dataclass(frozen=True, slots=True)
class InstrumentView:
    """One instrument with its site and operator; fields as in the tables of these names."""

    id: int
    serial: str
    kind: str
    source: str
    accuracy_class: str | None
    size: str | None
    model: str | None
    installed_on: date | None
    enrolled_at: datetime
    site: str
    site_name_zh: str
    site_name_en: str
    region_code: str | None
    latitude: float | None
    longitude: float | None
    time_zone: str
    operator_uscc: str | None
    operator_name_zh: str | None
    operator_name_en: str | None
    open_alerts: int


def page(connection: Connection, filters: Filters, *, after: int, limit: int) -> list[InstrumentView]:
    """Up to `limit` instruments with ids above `after`, in order of id."""
    return _select(connection, filters, number=None, after=after, limit=limit)


def by_id(connection: Connection, number: int) -> InstrumentView | None:
    """One instrument; None if there is none of this id."""
    found = _select(connection, Filters(), number=number, after=0, limit=1)
    return found[0] if found else None


def _select(
    connection: Connection, filters: Filters, *, number: int | None, after: int, limit: int
) -> list[InstrumentView]:
    rows = connection.execute(
        sql.statements("instrument_views")["page"],
        {
            "id": number,
            "after": after,
            "limit": limit,
            "kind": filters.kind,
            "source": filters.source,
            "site": filters.site,
            "serial": None if filters.serial is None else _prefix(filters.serial),
        },
    ).fetchall()
    return [InstrumentView(*row) for row in rows]


def _prefix(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{escaped}%"
