"""A finding refuses what cannot be an onset's interval."""

from datetime import UTC, datetime, timedelta

import pytest

from metrology.finding import Finding, Magnitude
from metrology.wording import Wording

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def claim(earliest: datetime | None, latest: datetime | None) -> Finding:
    return Finding(
        instrument=1,
        onset=NOON,
        until=None,
        noticed_at=NOON,
        statement=Wording("退", "fell"),
        magnitude=Magnitude(1.0, "m3"),
        onset_earliest=earliest,
        onset_latest=latest,
    )


def test_the_onset_lies_in_its_interval() -> None:
    assert claim(NOON - HOUR, NOON).onset_latest == NOON
    for outside in ((NOON + HOUR, NOON + 2 * HOUR), (NOON - 2 * HOUR, NOON - HOUR)):
        with pytest.raises(ValueError, match="lies outside"):
            claim(*outside)


def test_an_interval_has_both_ends_or_none() -> None:
    with pytest.raises(ValueError, match="two ends"):
        claim(NOON, None)
