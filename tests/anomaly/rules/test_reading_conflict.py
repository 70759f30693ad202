import numpy as np
import pytest

from anomaly import specimen
from anomaly.rules.reading_conflict import ReadingConflict, faulty

AT = "2026-03-02T08:00+08:00"
FIRST, SECOND, THIRD = (f"2026-03-0{day}T10:00+08:00" for day in (2, 3, 4))
Row = tuple[int, str, str, str, str, str]


def found(*rows: Row, **parameters: int):
    return ReadingConflict(**parameters).judge(specimen.conflicts("water_meter", rows)).findings


def test_one_day_of_a_register_is_one_finding_with_all_its_instants():
    (finding,) = found(
        (0, AT, "10.000", FIRST, "9.000", SECOND),
        (0, "2026-03-02T23:59+08:00", "12.000", FIRST, "8.000", SECOND),
    )
    assert finding.onset == specimen.instant(AT)
    assert finding.until == finding.noticed_at == specimen.instant("2026-03-02T23:59+08:00")
    assert (finding.magnitude.value, finding.loss) == (-4.0, 4.0)
    assert (finding.evidence["instants"], finding.evidence["values"]) == (2, 2)
    assert "共2个时刻" in finding.statement.zh


def test_the_next_civil_day_is_another_finding():
    rows: list[Row] = [(0, at, "10.000", FIRST, "9.000", SECOND) for at in (AT, "2026-03-03T00:00+08:00")]
    assert len(found(*rows)) == 2


def test_later_values_of_one_instant_are_told_in_one_statement():
    (finding,) = found((0, AT, "10.000", FIRST, "9.000", SECOND), (0, AT, "10.000", FIRST, "11.500", THIRD))
    assert finding.magnitude.value == 1.5
    assert "later 11.500 m³ (received 2026-03-04 10:00), 9.000 m³ (received 2026-03-03 10:00)" in finding.statement.en


def test_many_later_values_are_counted_and_not_all_told():
    rows: list[Row] = [(0, AT, "10.000", FIRST, f"{value}.000", SECOND) for value in range(20, 26)]
    (finding,) = found(*rows)
    assert "and others, 6 in all" in finding.statement.en
    assert finding.statement.en.count("received") == 1 + 3


def test_a_tolerated_difference_is_no_finding():
    assert found((0, AT, "10.000", FIRST, "10.001", SECOND), tolerance_steps=1) == ()


def test_a_momentary_register_states_no_loss():
    evidence = specimen.conflicts("water_meter", [(0, AT, "1.5", FIRST, "0.5", SECOND)], register="flow")
    (finding,) = ReadingConflict().judge(evidence).findings
    assert finding.loss is None
    assert finding.register == "flow"


def test_a_conflict_outside_the_judged_period_is_left_to_its_own_period():
    assert found((0, "2026-03-01T08:00+08:00", "10.000", FIRST, "9.000", SECOND)) == ()


def test_the_evidence_lists_a_bounded_number_of_instants():
    rows: list[Row] = [
        (0, f"2026-03-02T{n // 60:02}:{n % 60:02}+08:00", "10.000", FIRST, "9.000", SECOND) for n in range(90)
    ]
    (finding,) = found(*rows)
    assert finding.evidence["instants"] == 90
    assert len(finding.evidence["conflicts"]) == 50  # type: ignore[arg-type]  # a list, as the judge writes it


def test_instruments_without_readings_are_counted_as_not_judged():
    answer = ReadingConflict().judge(faulty())
    assert {finding.instrument for finding in answer.findings} == {1, 3}
    assert answer.not_judged == {"no_cumulative_readings": 1}


def test_differences_beyond_64_bits_are_told():
    evidence = specimen.conflicts("water_meter", [(0, AT, "1.000", FIRST, "2.000", SECOND)])
    columns = evidence.conflicts["volume"]
    columns.first_value[:], columns.value[:] = np.iinfo(np.int64).max, -np.iinfo(np.int64).max
    (finding,) = ReadingConflict().judge(evidence).findings
    assert finding.magnitude.value == pytest.approx(-1.8446744e16)
