"""Topics of telemetry: `telemetry/<source>/<format>[/…]`."""

import re
from dataclasses import dataclass
from functools import lru_cache

from ingest.errors import BadTopic
from store.sources import CODE

LONGEST_REMEMBERED = 256
"""Longest topic that is remembered [characters]: thousands as long as MQTT lets them be would take half a gigabyte."""

_TOPIC = re.compile(rf"telemetry/({CODE})/([^/]+)(?:/.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Topic:
    """Who sends, and in which format."""

    source: str
    format: str


def parse(topic: str) -> Topic:
    """Source and format of a topic; `+`, which no topic of a broker can hold, is read as `-`.

    Raises
    ------
    BadTopic
        if it is not of the form.

    Examples
    --------
    >>> parse("telemetry/city-water/native/district/7")
    Topic(source='city-water', format='native')
    """
    return _parse_again(topic) if len(topic) <= LONGEST_REMEMBERED else _parse(topic)


def _parse(topic: str) -> Topic:
    found = _TOPIC.fullmatch(topic)
    if found is None:
        raise BadTopic(topic)
    return Topic(found[1], found[2].replace("+", "-"))


_parse_again = lru_cache(maxsize=4096)(_parse)


def source_of(topic: str) -> str:
    """Source that a topic names, for the ledger; empty where it names none.

    Examples
    --------
    >>> source_of("telemetry/city-water")
    'city-water'
    >>> source_of("weather/today")
    ''
    """
    return _source_again(topic) if len(topic) <= LONGEST_REMEMBERED else _source(topic)


def _source(topic: str) -> str:
    levels = topic.split("/", 2)
    named = len(levels) > 1 and levels[0] == "telemetry" and re.fullmatch(CODE, levels[1])
    return levels[1] if named else ""


_source_again = lru_cache(maxsize=4096)(_source)
