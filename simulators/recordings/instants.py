"""Times of a recording as UTC microseconds; naive ones only by a declared zone, unreadable ones kept as they are."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pyarrow as pa

from simulators.day_book import Counts, Mask
from simulators.recordings.errors import NaiveTime

_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Instants:
    """A column of times.

    Parameters
    ----------
    microseconds
        Since 1970-01-01T00:00Z; meaningless where not `known`.
    texts
        JSON text of each: RFC 3339 in UTC, or what the file holds where that is no time.
    ambiguous, nonexistent
        How many naive times the zone's clock showed twice, and how many never; both read with fold 0.
    """

    microseconds: Counts
    known: Mask
    texts: list[str]
    ambiguous: int = 0
    nonexistent: int = 0


def read_instants(path: Path, column: str, values: pa.ChunkedArray, zone: ZoneInfo | None) -> Instants:
    """Instants of a column of timestamps or of RFC 3339 texts.

    Raises
    ------
    NaiveTime
        if a time has neither offset nor zone and none was declared.
    """
    if pa.types.is_timestamp(values.type):
        known = np.asarray(values.is_valid())
        raw = values.cast(pa.timestamp("us", values.type.tz)).cast(pa.int64()).fill_null(0)
        microseconds = np.asarray(raw, np.int64)
        naive = known if values.type.tz is None else np.zeros(known.size, bool)
        unreadable = ["null"] * known.size
    else:
        microseconds, known, naive, unreadable = _parsed(values.cast(pa.string()).to_pylist())
    ambiguous = nonexistent = 0
    if naive.any():
        if zone is None:
            raise NaiveTime(path, column)
        microseconds = microseconds.copy()
        microseconds[naive], ambiguous, nonexistent = _by_zone(microseconds[naive], zone)
    texts = _texts(microseconds, known, unreadable)
    return Instants(microseconds, known, texts, ambiguous, nonexistent)


def _parsed(texts: list[str | None]) -> tuple[Counts, Mask, Mask, list[str]]:
    """Microseconds (local ones where naive), which are known, which are naive, and the JSON of the unreadable ones."""
    size = len(texts)
    microseconds, known, naive = np.zeros(size, np.int64), np.zeros(size, bool), np.zeros(size, bool)
    unreadable = ["null"] * size
    for row, text in enumerate(texts):
        try:
            instant = datetime.fromisoformat(text) if text else None
        except ValueError:
            instant = None
        if instant is None:
            unreadable[row] = msgspec.json.encode(text).decode()
            continue
        known[row], naive[row] = True, instant.tzinfo is None
        microseconds[row] = _microseconds(instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant)
    return microseconds, known, naive, unreadable


def _microseconds(instant: datetime) -> int:
    """Exact, unlike `timestamp()` times a million."""
    whole = instant.astimezone(UTC)
    return int(whole.replace(microsecond=0).timestamp()) * _MICROSECONDS + whole.microsecond


def _by_zone(local: Counts, zone: ZoneInfo) -> tuple[Counts, int, int]:
    """UTC of naive local microseconds, fold 0; how many the clock showed twice, how many never.

    Examples
    --------
    >>> noon = np.array([1_700_000_000_000_000])
    >>> (noon - _by_zone(noon, ZoneInfo("Asia/Shanghai"))[0]).tolist()
    [28800000000]
    """
    seconds, place, counts = np.unique(local // _MICROSECONDS, return_inverse=True, return_counts=True)
    offsets = np.zeros(seconds.size, np.int64)
    ambiguous = nonexistent = 0
    for row, second in enumerate(seconds.tolist()):
        civil = datetime.fromtimestamp(second, UTC).replace(tzinfo=zone)
        first, then = civil.utcoffset(), civil.replace(fold=1).utcoffset()
        assert first is not None  # noqa: S101 - a ZoneInfo always has an offset
        assert then is not None  # noqa: S101 - same
        offsets[row] = int(first.total_seconds())
        ambiguous += int(counts[row]) if first > then else 0
        nonexistent += int(counts[row]) if first < then else 0
    return local - offsets[place] * _MICROSECONDS, ambiguous, nonexistent


def _texts(microseconds: Counts, known: Mask, unreadable: list[str]) -> list[str]:
    """JSON text of each instant, with no more decimals of a second than the column needs."""
    rest = microseconds % _MICROSECONDS
    unit = "s" if not rest.any() else ("ms" if not (rest % 1000).any() else "us")
    moments = microseconds.astype("datetime64[us]").astype(f"datetime64[{unit}]")
    written = np.datetime_as_string(moments).tolist()
    return [
        f'"{text}Z"' if good else kept for text, good, kept in zip(written, known.tolist(), unreadable, strict=True)
    ]
