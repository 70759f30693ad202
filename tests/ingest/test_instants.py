from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import BadTime, DecodeError, NaiveTime
from ingest.instants import Instants, to_datetime, to_microseconds


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)), st.integers(-720, 720))  # noqa: DTZ001 - hypothesis takes naive bounds
def test_reads_any_instant_that_is_written_with_an_offset(moment: datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    read = Instants().read(aware.isoformat())
    assert to_datetime(read) == aware
    assert read == to_microseconds(aware)


@pytest.mark.parametrize(
    "text",
    ["2026-11-22t08:15:00z", "2026-11-22 08:15:00Z", "2026-11-22T16:15:00+08:00", "2026-11-22T08:15:00.0000000Z"],
)
def test_reads_every_spelling_of_rfc_3339(text: str) -> None:
    assert to_datetime(Instants().read(text)) == datetime(2026, 11, 22, 8, 15, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-11-22", "1763800000", "20261122T081500Z", "2026-W47-7T08:15:00Z", "", "now"])
def test_refuses_what_other_standards_call_an_instant(text: str) -> None:
    with pytest.raises(BadTime):
        Instants().read(text)


def test_refuses_a_naive_instant() -> None:
    with pytest.raises(NaiveTime):
        Instants().read("2026-11-22T08:15:00")


@given(st.text(max_size=60))
def test_refuses_any_other_text(text: str) -> None:
    with pytest.raises(DecodeError):
        Instants().read(text)
