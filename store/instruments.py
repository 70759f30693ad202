"""Enrolment: which instruments there are, who speaks for them and where they stand."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from store import sql
from store.connection import Connection
from store.errors import EnrolmentRefused


@dataclass(frozen=True, slots=True)
class Site:
    """Where instruments stand."""

    code: str
    name_zh: str
    name_en: str
    region_code: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    time_zone: str = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Operator:
    """The legal entity answering for instruments."""

    uscc: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One instrument as it is entered: identity, place, responsibility."""

    source: str
    serial: str
    kind: str
    site: Site
    operator: Operator | None = None
    accuracy_class: str | None = None
    size: str | None = None
    model: str | None = None
    installed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What ingest and the watch need of an instrument."""

    id: int
    kind: str
    time_zone: str


def enrol(connection: Connection, enrolments: Iterable[Enrolment]) -> tuple[int, int]:
    """Enter instruments with their sources, sites and operators; return (entered, already known).

    One transaction; idempotent by (source, serial). What an earlier enrolment said of a known instrument, site or
    operator stays: changing identity is not this function's to do.

    Raises
    ------
    EnrolmentRefused
        if a known instrument is enrolled again as another kind; nothing is entered then.
    """
    named = sql.statements("instruments")
    entered = known = 0
    sources: dict[str, int] = {}
    sites: dict[str, int] = {}
    operators: dict[str, int] = {}
    with connection.transaction():
        for row, item in enumerate(enrolments, start=1):
            if item.source not in sources:
                sources[item.source] = _number(connection, "source", code=item.source)
            if item.site.code not in sites:
                sites[item.site.code] = _number(connection, "site", **_fields(item.site))
            if item.operator is not None and item.operator.uscc not in operators:
                operators[item.operator.uscc] = _number(connection, "operator", **_fields(item.operator))
            inserted = connection.execute(
                named["enter"],
                {
                    "source": sources[item.source],
                    "serial": item.serial,
                    "kind": item.kind,
                    "site": sites[item.site.code],
                    "operator": operators[item.operator.uscc] if item.operator else None,
                    "accuracy_class": item.accuracy_class,
                    "size": item.size,
                    "model": item.model,
                    "installed_on": item.installed_on,
                },
            ).rowcount
            entered += inserted
            if not inserted:
                known += 1
                (kind,) = connection.execute(
                    named["kind_of"], {"source": sources[item.source], "serial": item.serial}
                ).fetchone() or ("",)
                if kind != item.kind:
                    raise EnrolmentRefused(
                        row, f"{item.serial} of {item.source} is enrolled as a {kind}, not a {item.kind}"
                    )
    return entered, known


def resolve(connection: Connection, source: str) -> dict[str, Known]:
    """Every instrument of a source by serial: what ingest keeps in memory."""
    rows = connection.execute(sql.statements("instruments")["of_source"], {"source": source}).fetchall()
    return {serial: Known(number, kind, zone) for serial, number, kind, zone in rows}


def resolve_since(connection: Connection, source: str, after: int, serial: str) -> dict[str, Known] | None:
    """Instruments of a source with an id beyond `after`, and the one of this serial whatever its id.

    A miss is looked up by serial too, because enrolments that run at once commit in any order of ids.

    Returns
    -------
    By serial; None where the source is not enrolled.
    """
    named = sql.statements("instruments")
    if connection.execute(named["number_of_source"], {"code": source}).fetchone() is None:
        return None
    rows = connection.execute(named["of_source_since"], {"source": source, "after": after, "serial": serial}).fetchall()
    return {name: Known(number, kind, zone) for name, number, kind, zone in rows}


def _number(connection: Connection, noun: str, **fields: object) -> int:
    named = sql.statements("instruments")
    row = connection.execute(named[f"enter_{noun}"], fields).fetchone()
    if row is None:  # known before: ON CONFLICT DO NOTHING returns no row
        row = connection.execute(named[f"number_of_{noun}"], fields).fetchone()
    assert row is not None, f"{noun} neither entered nor found"  # noqa: S101 - one of the two statements must see it
    return int(row[0])


def _fields(noun: Site | Operator) -> dict[str, object]:
    return {name: getattr(noun, name) for name in noun.__slots__}
