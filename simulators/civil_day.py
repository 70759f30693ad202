"""The city's civil days: Hangzhou keeps UTC+08:00 all year, so a day always has 24 hours."""

import calendar
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache

CIVIL_TIME = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Civil time of the city; China has kept no summer time since 1991."""

DAY_SECONDS = 86_400
HOUR_SECONDS = 3_600

_SPRING_FESTIVAL = {
    2024: date(2024, 2, 10),
    2025: date(2025, 1, 29),
    2026: date(2026, 2, 17),
    2027: date(2027, 2, 6),
    2028: date(2028, 1, 26),
    2029: date(2029, 2, 13),
    2030: date(2030, 2, 3),
    2031: date(2031, 1, 23),
    2032: date(2032, 2, 11),
}
"""First day of the lunar year; years beyond the table have no Spring Festival in this city."""


_REST_DAYS = {1: 1, 5: 5, 10: 7}
"""Days at the start of a month that the New Year, Labour Day and the National Day take."""

_WEEKEND = (calendar.SATURDAY, calendar.SUNDAY)


def midnight(day: date) -> datetime:
    """First instant of a civil day."""
    return datetime.combine(day, time(), CIVIL_TIME)


def second_of(day: date) -> int:
    """First instant of a civil day [s since 1970-01-01T00:00Z]."""
    return int(midnight(day).timestamp())


def day_of(instant: datetime) -> date:
    """Civil day that holds an aware instant."""
    return instant.astimezone(CIVIL_TIME).date()


def at_second(second: float) -> datetime:
    """Aware instant of a Unix second, in UTC."""
    return datetime.fromtimestamp(second, UTC)


def stamp(day: date, seconds: int) -> str:
    """RFC 3339 text of an instant `seconds` after midnight, with the city's offset.

    Examples
    --------
    >>> stamp(date(2026, 11, 22), 29_700)
    '2026-11-22T08:15:00+08:00'
    >>> stamp(date(2026, 11, 22), 86_400)
    '2026-11-23T00:00:00+08:00'
    """
    days, rest = divmod(seconds, DAY_SECONDS)
    if days:
        day += timedelta(days=days)
    return f"{_text(day)}T{rest // 3600:02}:{rest % 3600 // 60:02}:{rest % 60:02}+08:00"


@cache
def _text(day: date) -> str:
    return day.isoformat()


def is_spring_festival(day: date) -> bool:
    """Whether a day lies in the eight days from New Year's Eve on."""
    first = _SPRING_FESTIVAL.get(day.year)
    return first is not None and (day - first).days in range(-1, 7)


def is_rest_day(day: date) -> bool:
    """Whether most people stay away from work: weekends and the fixed public holidays."""
    fixed = day.day <= _REST_DAYS.get(day.month, 0)
    return day.weekday() in _WEEKEND or fixed or is_spring_festival(day)
