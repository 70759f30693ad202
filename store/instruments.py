"""Enrolment: which instruments there are, who speaks for them and where they stand."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from store import instrument_keys, sql
from store.connection import Connection
from store.errors import EnrolmentRefused, PublicKeyRefused
from store.public_key import PublicKey

CHUNK = 5000
"""Instruments entered by one statement."""


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
class SigningKey:
    """Public key that an instrument signs with, and its name."""

    kid: str
    public_key: PublicKey


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One instrument as it is entered: identity, place, responsibility, and the key that it signs with, if it does."""

    source: str
    serial: str
    kind: str
    site: Site
    operator: Operator | None = None
    accuracy_class: str | None = None
    size: str | None = None
    model: str | None = None
    installed_on: date | None = None
    key: SigningKey | None = None
    capacities: tuple[tuple[str, int], ...] = ()
    """Registers of which it is declared where they begin again at zero, with that count."""


@dataclass(frozen=True, slots=True)
class Known:
    """What ingest and the watch need of an instrument."""

    id: int
    kind: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What became of a list."""

    entered: int
    known: int
    otherwise: list[str]
    """Serials of known instruments of which the list says something else than what is known, and stays."""


def enrol(connection: Connection, enrolments: Iterable[Enrolment], *, actor: str = "enrolment") -> Enrolled:
    """Enter instruments with their sources, sites, operators and keys.

    One transaction; idempotent by (source, serial). What an earlier enrolment said of a known instrument, site or
    operator stays: changing identity is not this function's to do.

    Raises
    ------
    EnrolmentRefused
        if a known instrument is enrolled again as another kind, or a key cannot be enrolled; nothing is entered then.
    """
    entered = total = 0
    otherwise: list[str] = []
    numbers = _Numbers(connection)
    with connection.transaction():
        for chunk in _chunks(enrolments):
            new, differing = _enter(connection, chunk, numbers, first_row=total + 1)
            _enter_keys(connection, chunk, actor, first_row=total + 1)
            entered += new
            otherwise += differing
            total += len(chunk)
    return Enrolled(entered, total - entered, otherwise)


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


def exists(connection: Connection, serial: str) -> bool:
    """Whether any source has an instrument of this serial."""
    return connection.execute(sql.statements("instruments")["any_of_serial"], {"serial": serial}).fetchone() is not None


class _Numbers:
    """Numbers of sources, sites and operators, each asked for once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[str, str], int] = {}

    def of(self, noun: str, code: str, fields: dict[str, object]) -> int:
        number = self._known.get((noun, code))
        if number is None:
            number = self._known[noun, code] = _number(self._connection, noun, **fields)
        return number


def _chunks(enrolments: Iterable[Enrolment]) -> Iterator[list[Enrolment]]:
    remaining = iter(enrolments)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk


def _enter(
    connection: Connection, chunk: list[Enrolment], numbers: _Numbers, *, first_row: int
) -> tuple[int, list[str]]:
    """Enter a chunk; return how many were new, and the serials of known ones stated otherwise."""
    named = sql.statements("instruments")
    columns: dict[str, list[object]] = {
        "ordinal": list(range(len(chunk))),
        "source": [numbers.of("source", item.source, {"code": item.source}) for item in chunk],
        "serial": [item.serial for item in chunk],
        "kind": [item.kind for item in chunk],
        "site": [numbers.of("site", item.site.code, _fields(item.site)) for item in chunk],
        "operator": [
            numbers.of("operator", item.operator.uscc, _fields(item.operator)) if item.operator else None
            for item in chunk
        ],
        "accuracy_class": [item.accuracy_class for item in chunk],
        "size": [item.size for item in chunk],
        "model": [item.model for item in chunk],
        "installed_on": [item.installed_on for item in chunk],
    }
    entered = connection.execute(named["enter"], columns).rowcount
    other = connection.execute(named["enrolled_otherwise"], columns).fetchone()
    if other is not None:
        ordinal, kind = other
        item = chunk[ordinal]
        raise EnrolmentRefused(
            first_row + ordinal, f"{item.serial} of {item.source} is enrolled as a {kind}, not a {item.kind}"
        )
    capacities = _capacities(chunk, columns["source"])
    connection.execute(named["declare_capacities"], capacities)
    otherwise = [serial for (serial,) in connection.execute(named["stated_otherwise"], columns)]
    known = set(otherwise)
    other_capacity = connection.execute(named["capacity_otherwise"], capacities).fetchall()
    return entered, otherwise + [serial for (serial,) in other_capacity if serial not in known]


def _capacities(chunk: list[Enrolment], sources: list[object]) -> dict[str, list[object]]:
    """Declared capacities as columns, one row for each register."""
    rows = [
        (source, item.serial, register, capacity)
        for item, source in zip(chunk, sources, strict=True)
        for register, capacity in item.capacities
    ]
    names = ("source", "serial", "register", "capacity")
    return {name: [row[column] for row in rows] for column, name in enumerate(names)}


def _enter_keys(connection: Connection, chunk: list[Enrolment], actor: str, *, first_row: int) -> None:
    for row, item in enumerate(chunk, first_row):
        if item.key is not None:
            number = instrument_keys.number_of(connection, item.source, item.serial)
            try:
                instrument_keys.add(connection, number, item.key.kid, item.key.public_key, actor=actor)
            except PublicKeyRefused as error:
                raise EnrolmentRefused(row, str(error)) from error


def _number(connection: Connection, noun: str, **fields: object) -> int:
    named = sql.statements("instruments")
    row = connection.execute(named[f"enter_{noun}"], fields).fetchone()
    if row is None:  # known before: ON CONFLICT DO NOTHING returns no row
        row = connection.execute(named[f"number_of_{noun}"], fields).fetchone()
    assert row is not None, f"{noun} neither entered nor found"  # noqa: S101 - one of the two statements must see it
    return int(row[0])


def _fields(noun: Site | Operator) -> dict[str, object]:
    return {name: getattr(noun, name) for name in noun.__slots__}
