"""Civil days cut into what is looked at at once: days by rules, calendar months by detectors."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise

from metrology.civil import DAY

LONGEST_STRETCH = 7
"""Most civil days whose readings are looked at at once, two neighbours aside: what bounds a pass's memory [d]."""


def runs(days: tuple[date, ...]) -> list[tuple[date, date]]:
    """First and last day of each run of days so near that their neighbours touch.

    Examples
    --------
    >>> march = [date(2026, 3, day) for day in (1, 2, 4, 20)]
    >>> [(first.day, last.day) for first, last in runs(tuple(march))]
    [(1, 4), (20, 20)]
    """
    breaks = [index for index, (before, after) in enumerate(pairwise(days), start=1) if after - before > 2 * DAY]
    return [(days[start], days[end - 1]) for start, end in pairwise([0, *breaks, len(days)])]


def pieces(spans: Iterable[tuple[date, date]]) -> Iterator[tuple[date, date]]:
    """Spans of days cut into stretches of at most `LONGEST_STRETCH` days.

    Examples
    --------
    >>> [(first.day, last.day) for first, last in pieces([(date(2026, 3, 1), date(2026, 3, 10))])]
    [(1, 7), (8, 10)]
    """
    for first, last in spans:
        for offset in range(0, (last - first).days + 1, LONGEST_STRETCH):
            begin = first + offset * DAY
            yield begin, min(begin + (LONGEST_STRETCH - 1) * DAY, last)


def months(days: Iterable[date], memory: timedelta, latest: date) -> list[tuple[date, date]]:
    """First and last day of each month that a due day lies in or is remembered by, up to the latest day.

    Examples
    --------
    >>> spans = months([date(2026, 1, 30)], timedelta(days=20), date(2026, 3, 5))
    >>> [(first.isoformat(), last.isoformat()) for first, last in spans]
    [('2026-01-01', '2026-01-31'), ('2026-02-01', '2026-02-28')]
    """
    firsts = set()
    for day in days:
        first = day.replace(day=1)
        while first <= min(day + memory, latest):
            firsts.add(first)
            first = _next_month(first)
    return [(first, min(_next_month(first) - DAY, latest)) for first in sorted(firsts)]


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
