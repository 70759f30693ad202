from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from anomaly.source_silence import Heard, SourceSilence, Unjudged
from metrology.alert import Severity
from metrology.finding import SourceFinding

NINE = datetime(2026, 3, 2, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)
HEARD = Heard(7, "city-water", NINE, True, QUARTER, NINE - timedelta(days=1), 12, "Asia/Shanghai")


def found(heard: Heard, at: datetime) -> SourceFinding:
    verdict = SourceSilence().judge(heard, at)
    assert isinstance(verdict, SourceFinding)
    return verdict


def test_says_nothing_within_what_was_declared_and_a_minute_of_grace() -> None:
    assert SourceSilence().judge(HEARD, NINE + QUARTER + MINUTE) is None
    finding = found(HEARD, NINE + QUARTER + 2 * MINUTE)
    assert (finding.source, finding.onset, finding.until) == (7, NINE, None)
    assert finding.noticed_at == NINE + QUARTER + MINUTE


def test_says_the_same_however_long_the_silence_lasts() -> None:
    assert found(HEARD, NINE + timedelta(hours=1)) == found(HEARD, NINE + timedelta(days=9))


def test_accuses_nobody_while_nobody_listens() -> None:
    assert (
        SourceSilence().judge(replace(HEARD, listening_since=None), NINE + timedelta(days=1))
        is Unjudged.NOBODY_LISTENED
    )


def test_accuses_nobody_while_one_of_those_who_listen_is_missing() -> None:
    heard = replace(HEARD, everybody_listens=False)
    assert SourceSilence().judge(heard, NINE + QUARTER) is None
    assert SourceSilence().judge(heard, NINE + timedelta(days=1)) is Unjudged.NOT_EVERYBODY_LISTENED


def test_gives_a_source_its_whole_interval_after_somebody_listens_again() -> None:
    heard = replace(HEARD, listening_since=NINE + timedelta(hours=3))
    assert SourceSilence().judge(heard, NINE + timedelta(hours=3) + QUARTER) is Unjudged.LISTENING_TOO_SHORT
    finding = found(heard, NINE + timedelta(hours=3) + QUARTER + 2 * MINUTE)
    assert finding.onset == NINE
    assert finding.noticed_at == NINE + timedelta(hours=3) + QUARTER + MINUTE


def test_a_source_that_never_spoke_is_silent_since_its_enrolment() -> None:
    finding = found(replace(HEARD, ever_spoke=False), NINE + timedelta(hours=1))
    assert "自2026-03-02 09:00（登记，此后从未报送）起未再报送" in finding.statement.zh
    assert (finding.evidence["last_received_at"], finding.evidence["enrolled_at"]) == (None, NINE.isoformat())


def test_a_silence_that_is_over_tells_how_long_it_was() -> None:
    finding = SourceSilence().ended(HEARD, NINE + QUARTER, NINE + timedelta(hours=2.5))
    assert (finding.magnitude.value, finding.magnitude.unit) == (2.5, "h")
    assert "from 2026-03-02 09:00 (last message received) to 2026-03-02 11:30, 2.5 h, longer" in finding.statement.en
    assert "共2.5小时未报送，超过其申报的报送间隔15分钟" in finding.statement.zh


@pytest.mark.parametrize("instruments,severity", [(99, Severity.MINOR), (100, Severity.MAJOR)])
def test_the_silence_of_many_instruments_is_graver(instruments: int, severity: Severity) -> None:
    level, reasons = SourceSilence().severity(instruments)
    assert level is severity
    assert all(reason.zh and reason.en for reason in reasons)
