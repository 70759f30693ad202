"""How numbers, units and times are told in a statement that people read."""

from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from anomaly.evidence import to_instant
from metrology.plain_number import probability as probability  # noqa: PLC0414 - told here like all other numbers

_SPOKEN = {"m3": "m³", "kW.h": "kWh", "kvar.h": "kvarh", "Cel": "°C"}

_DAY_HOURS = 24


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def unit(code: str) -> str:
    """Sign that people read for a UCUM code.

    Examples
    --------
    >>> unit("m3"), unit("kW.h"), unit("L")
    ('m³', 'kWh', 'L')
    """
    return _SPOKEN.get(code, code)


def rate(code: str) -> str:
    """Sign that people read for a unit an hour.

    Examples
    --------
    >>> rate("m3"), rate("kW.h")
    ('m³/h', 'kW')
    """
    return unit(code).removesuffix("h") if code.endswith(".h") else f"{unit(code)}/h"


def moment(microseconds: int, zone: str) -> str:
    """Instant by the clock of the instrument's zone, to the second where it needs to be.

    Examples
    --------
    >>> moment(1_790_000_000_000_000, "Asia/Shanghai")
    '2026-09-21 22:13:20'
    """
    return local(to_instant(microseconds), zone).strftime("%Y-%m-%d %H:%M:%S").removesuffix(":00")


def day(microseconds: int, zone: str) -> str:
    """Civil day in the instrument's zone on which an instant falls.

    Examples
    --------
    >>> day(1_790_000_000_000_000, "America/New_York")
    '2026-09-21'
    """
    return local(to_instant(microseconds), zone).date().isoformat()


def local(instant: datetime, zone: str) -> datetime:
    """The same instant by the clock of a zone."""
    return instant.astimezone(_zone(zone))


def figures(number: float, digits: int = 3) -> str:
    """Number with the given significant digits, never in exponent form.

    Examples
    --------
    >>> figures(1234.5), figures(0.0012345), figures(-61.96, 2), figures(0)
    ('1,234', '0.00123', '-62', '0')
    """
    if number == 0:
        return "0"
    places = max(0, digits - 1 - _exponent(number))
    return f"{number:,.{places}f}"


def six_digits(number: float) -> float:
    """What a computed number may be held to, whatever the order in which a processor adds up.

    Examples
    --------
    >>> six_digits(0.1 + 0.2), six_digits(12_345_678.9)
    (0.3, 12345700.0)
    """
    return float(f"{number:.6g}")


def _exponent(number: float) -> int:
    return int(f"{abs(number):e}".rpartition("e")[2])


def length(time: timedelta) -> tuple[str, str]:
    """Length of time in words, Chinese and English, in minutes where it is short.

    Examples
    --------
    >>> length(timedelta(minutes=15)), length(timedelta(seconds=90)), length(timedelta(hours=5))
    (('15分钟', '15 min'), ('1.5分钟', '1.5 min'), ('5小时', '5 h'))
    """
    unit_time, _, zh, en = next(each for each in _LENGTHS if time < each[0] * each[1])
    number = time / unit_time
    told = figures(number)
    told = told.rstrip("0").rstrip(".") if "." in told else told
    return f"{told}{zh}", f"{told} {en}"


_LENGTHS = (
    (timedelta(minutes=1), 120, "分钟", "min"),
    (timedelta(hours=1), 48, "小时", "h"),
    (timedelta(days=1), 10**8, "天", "days"),
)
"""Unit of a length of time, from how many on the next one is used, and its names."""


def stretch(hours: float) -> tuple[str, str]:
    """Length of time in words, Chinese and English.

    Examples
    --------
    >>> stretch(24), stretch(30.5), stretch(100)
    (('24小时', '24 h'), ('30.5小时', '30.5 h'), ('4.17天', '4.17 days'))
    """
    if hours < 2 * _DAY_HOURS:
        length = figures(hours).removesuffix(".0")
        return f"{length}小时", f"{length} h"
    length = figures(hours / _DAY_HOURS).removesuffix(".00")
    return f"{length}天", f"{length} days"
