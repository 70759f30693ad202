"""Times of a recording: aware, naive with a declared zone, or refused."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from simulators.recordings.errors import NaiveTime
from simulators.recordings.instants import Instants, read_instants

MADRID = ZoneInfo("Europe/Madrid")


def read(values: list[object], kind: pa.DataType, zone: ZoneInfo | None = None) -> Instants:
    return read_instants(Path("x.parquet"), "taken_at", pa.chunked_array([pa.array(values, kind)]), zone)


def test_an_aware_time_is_the_same_instant_in_utc() -> None:
    instants = read([datetime(2020, 1, 1, tzinfo=UTC)], pa.timestamp("ms", "Asia/Shanghai"))
    assert instants.texts == ['"2020-01-01T00:00:00Z"']


def test_a_naive_time_without_zone_is_refused() -> None:
    with pytest.raises(NaiveTime, match="declare their zone with --time-zone"):
        read([datetime(2020, 1, 1)], pa.timestamp("ms"))  # noqa: DTZ001 - a naive time is the point


def test_a_naive_time_is_read_in_the_declared_zone() -> None:
    summer = read(["2016-07-01T12:00:00", "2016-12-01 12:00:00"], pa.string(), MADRID)
    assert summer.texts == ['"2016-07-01T10:00:00Z"', '"2016-12-01T11:00:00Z"']
    assert (summer.ambiguous, summer.nonexistent) == (0, 0)


def test_times_that_the_clock_showed_twice_or_never_are_read_with_fold_0_and_counted() -> None:
    changed = read(["2016-10-30T02:30:00", "2016-10-30T02:30:00", "2016-03-27T02:30:00"], pa.string(), MADRID)
    assert changed.texts == ['"2016-10-30T00:30:00Z"', '"2016-10-30T00:30:00Z"', '"2016-03-27T01:30:00Z"']
    assert (changed.ambiguous, changed.nonexistent) == (2, 1)


def test_texts_with_offset_need_no_zone_and_keep_their_fraction() -> None:
    assert read(["2020-01-01T08:00:00.250+08:00"], pa.string()).texts == ['"2020-01-01T00:00:00.250Z"']


def test_what_is_no_time_is_kept_as_it_is() -> None:
    instants = read(["yesterday", None], pa.string(), MADRID)
    assert instants.texts == ['"yesterday"', "null"]
    assert not instants.known.any()
    assert read([None], pa.timestamp("ms", "UTC")).texts == ["null"]
