"""Lists of instruments to be enrolled, NDJSON or CSV: every row is looked at before any is entered."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator
from stdnum.cn import uscc

from metrology.errors import MetrologyError
from metrology.kinds import kind_called
from store.errors import PublicKeyRefused
from store.instrument_keys import LONGEST_KID
from store.instruments import Enrolment, Operator, SigningKey, Site
from store.public_key import Algorithm, PublicKey, read_public_key
from store.sources import CODE

Code = Annotated[str, StringConstraints(pattern=f"^{CODE}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_ZONES = available_timezones()

LEAST_CAPACITY, LARGEST_CAPACITY = 10**4, 10**15
"""Bounds of a register's capacity [count]: four digits, and what stays exact however often it rolls over."""


class SiteRow(BaseModel):
    """Where an instrument stands."""

    model_config = ConfigDict(extra="forbid")

    code: Name
    name_zh: Name
    name_en: Name
    region_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    time_zone: str = "Asia/Shanghai"

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        if name not in _ZONES:
            raise ValueError(f"no time zone is called {name!r}; use an IANA name like Asia/Shanghai")
        return name


class OperatorRow(BaseModel):
    """Who answers for an instrument."""

    model_config = ConfigDict(extra="forbid")

    uscc: str
    name_zh: Name
    name_en: Name

    @field_validator("uscc")
    @classmethod
    def _has_its_check_digit(cls, code: str) -> str:
        if not uscc.is_valid(code):
            raise ValueError(
                f"{code!r} is no unified social credit code: 18 characters, the last one checks the others"
            )
        return str(uscc.compact(code))


class KeyRow(BaseModel):
    """Public key that an instrument signs with."""

    model_config = ConfigDict(extra="forbid")

    kid: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_KID)]
    algorithm: Algorithm
    public_key: str

    @model_validator(mode="after")
    def _is_a_key(self) -> Self:
        try:
            self.read()
        except PublicKeyRefused as error:
            raise ValueError(str(error)) from error
        return self

    def read(self) -> PublicKey:
        """The key itself, from PEM, a JSON Web Key or hexadecimal digits."""
        return read_public_key(self.public_key.encode(), self.algorithm)


class EnrolmentRow(BaseModel):
    """One instrument of a list."""

    model_config = ConfigDict(extra="forbid")

    source: Code
    serial: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    kind: str
    site: SiteRow
    operator: OperatorRow | None = None
    accuracy_class: str | None = None
    size: str | None = None
    model: str | None = None
    installed_on: date | None = None
    key: KeyRow | None = None
    capacity: dict[str, str] = Field(default={}, examples=[{"volume": "100000"}])
    """Where cumulative registers begin again at zero [the register's unit]: `{"volume": "100000"}`."""

    @field_validator("serial")
    @classmethod
    def _is_printable(cls, serial: str) -> str:
        if not serial.isprintable():
            raise ValueError("a serial holds printable characters only")
        return serial

    @model_validator(mode="after")
    def _law_knows_it(self) -> Self:
        try:
            kind_called(self.kind).principal_error(self.accuracy_class)
        except MetrologyError as error:
            raise ValueError(str(error)) from error
        return self

    @model_validator(mode="after")
    def _registers_can_roll_over(self) -> Self:
        try:
            self._capacities()
        except MetrologyError as error:
            raise ValueError(str(error)) from error
        return self

    def _capacities(self) -> tuple[tuple[str, int], ...]:
        """Declared capacities as counts, checked against the kind."""
        counts = []
        for name, text in sorted(self.capacity.items()):
            register = kind_called(self.kind).register(name)
            count = register.to_count(text)
            if not register.cumulative:
                raise ValueError(f"{name} shows the present value and never rolls over")
            if not LEAST_CAPACITY <= count <= LARGEST_CAPACITY:
                least, largest = register.to_text(LEAST_CAPACITY), register.to_text(LARGEST_CAPACITY)
                raise ValueError(f"the capacity of {name} is between {least} and {largest}, not {text}")
            counts.append((name, count))
        return tuple(counts)

    def enrolment(self) -> Enrolment:
        """The row as :func:`store.instruments.enrol` takes it."""
        return Enrolment(
            source=self.source,
            serial=self.serial,
            kind=self.kind,
            site=Site(**self.site.model_dump()),
            operator=Operator(**self.operator.model_dump()) if self.operator else None,
            accuracy_class=self.accuracy_class,
            size=self.size,
            model=self.model,
            installed_on=self.installed_on,
            key=SigningKey(self.key.kid, self.key.read()) if self.key else None,
            capacities=self._capacities(),
        )


class BadList(Exception):
    """Rows of a list that cannot be taken, with line and reason of each."""

    def __init__(self, faults: list[tuple[int, str]]) -> None:
        self.faults = faults
        super().__init__(f"rows that cannot be taken: {len(faults)}; nothing was enrolled")


def read_list(file: Path, seen: Callable[[int], None] = lambda _: None) -> list[Enrolment]:
    """Every row of a list.

    Parameters
    ----------
    file
        NDJSON, one object a line, or CSV (`.csv`) with the same members as columns, nested ones joined by a point:
        `site.code`.
    seen
        Told how many bytes have been read.

    Raises
    ------
    BadList
        with every fault, not only the first.
    """
    rows: list[Enrolment] = []
    faults: list[tuple[int, str]] = []
    with file.open(encoding="utf-8-sig", newline="") as opened:
        lines = _told(opened, seen)
        for line, content in _from_csv(lines) if file.suffix.lower() == ".csv" else _from_ndjson(lines):
            if isinstance(content, str):
                faults.append((line, content))
                continue
            try:
                rows.append(EnrolmentRow.model_validate(content).enrolment())
            except ValidationError as error:
                faults += [(line, _sentence(fault)) for fault in error.errors()]
    if faults:
        raise BadList(faults)
    return rows


def _told(lines: Iterable[str], seen: Callable[[int], None]) -> Iterator[str]:
    for line in lines:
        seen(len(line.encode()))
        yield line


def _from_ndjson(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Number of each line, and the object on it, or why there is none."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            content = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield number, f"not JSON: {error}"
        else:
            yield number, content if isinstance(content, dict) else "not a JSON object"


def _from_csv(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Number of the line on which each row ends, and the row with its nested members, or why there is none."""
    reader = csv.DictReader(lines, strict=True)
    try:
        for row in reader:
            if None in row or None in row.values():
                yield reader.line_num, "has not as many cells as the heading"
                continue
            content: dict[str, Any] = {}
            for column, cell in row.items():
                if cell != "":
                    outer, _, inner = column.partition(".")
                    if inner:
                        content.setdefault(outer, {})[inner] = cell
                    else:
                        content[outer] = cell
            yield reader.line_num, content
    except csv.Error as error:
        yield reader.line_num, f"not CSV: {error}"


def _sentence(fault: Any) -> str:
    """Fault as pydantic describes it, in one sentence."""
    where = ".".join(map(str, fault["loc"]))
    what = str(fault["msg"]).removeprefix("Value error, ")
    return f"{where}: {what}" if where else what
