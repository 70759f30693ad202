"""Instruments as they are enrolled: identity, place, responsibility."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec


@dataclass(frozen=True, slots=True)
class Site:
    """Where instruments stand: a district metered area, transformer area, station or charging hub."""

    code: str
    name_zh: str
    name_en: str
    region_code: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    time_zone: str = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Operator:
    """The legal entity answering for instruments, by unified social credit code (统一社会信用代码)."""

    uscc: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Key:
    """Public key of an instrument that signs, as PEM."""

    kid: str
    algorithm: str
    public_key: str


@dataclass(frozen=True, slots=True)
class Instrument:
    """One metering point in service, as one line of an enrolment file says it."""

    source: str
    serial: str
    kind: str
    site: Site
    operator: Operator | None = None
    accuracy_class: str | None = None
    size: str | None = None
    model: str | None = None
    installed_on: date | None = None
    key: Key | None = None


def write_enrolment(path: Path, instruments: Iterable[Instrument]) -> int:
    """Write one JSON object a line; return how many."""
    lines = [msgspec.json.encode(instrument) for instrument in instruments]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return len(lines)
