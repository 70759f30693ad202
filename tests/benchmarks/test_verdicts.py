"""Findings are held against the truth by instrument, judge and time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from anomaly.policy import Policy
from benchmarks.verdicts import Fact, Said, compare, facts

AT = datetime(2026, 9, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def tampering(instrument: str, mode: str, kind: str = "water_meter") -> Fact:
    return Fact(instrument, kind, mode, AT, AT + 20 * DAY, tampering=True)


def said(instrument: str, judge: str, after: timedelta) -> Said:
    return Said(judge, instrument, "water_meter", AT + after, AT + after + DAY)


def test_a_finding_in_time_is_a_hit_and_one_out_of_time_is_not() -> None:
    truth = [tampering("W-1", "stopped_register"), tampering("W-2", "stopped_register")]
    result = compare(truth, [said("W-1", "stopped_register", DAY), said("W-2", "stopped_register", -9 * DAY)], POLICY)
    assert result.found == {("stopped_register", "water_meter"): 1}
    assert result.missed == {("stopped_register", "water_meter"): 1}
    assert result.verdicts == {("stopped_register", "hit"): 1, ("stopped_register", "unexplained"): 1}
    assert [finding.instrument for finding in result.unexplained] == ["W-2"]


def test_of_several_hits_the_one_noticed_first_counts() -> None:
    fact = tampering("W-1", "stopped_register")
    result = compare([fact], [said("W-1", "stopped_register", after) for after in (5 * DAY, DAY)], POLICY)
    assert result.first[fact, "stopped_register"].onset == AT + DAY


def test_a_finding_by_another_judge_is_no_hit_but_explained() -> None:
    result = compare([tampering("W-1", "silence")], [said("W-1", "level_shift", DAY)], POLICY)
    assert result.found == {}
    assert result.verdicts == {("level_shift", "other tampering"): 1}


def test_a_finding_on_an_empty_home_is_told_apart() -> None:
    vacancy = Fact("W-1", "water_meter", "vacancy", AT, AT + 9 * DAY, tampering=False)
    result = compare([vacancy], [said("W-1", "stopped_register", DAY)], POLICY)
    assert result.verdicts == {("stopped_register", "empty home"): 1}
    assert result.unexplained == []


def test_what_the_policy_does_not_ask_counts_as_neither_found_nor_missed() -> None:
    result = compare([tampering("F-1", "level_shift", "fuel_dispenser")], [], POLICY)
    assert (result.found, result.missed) == ({}, {})
    assert result.not_asked == {("level_shift", "fuel_dispenser"): 1}


def test_reads_the_truth_as_the_city_writes_it(tmp_path: Path) -> None:
    line = (
        '{"instrument":"W-1","source":"s","kind":"water_meter","mode":"silence",'
        '"onset":"2026-09-01T08:00:00+08:00","until":null,"size":1,"unit":"h","tampering":true}'
    )
    (tmp_path / "truth.ndjson").write_text(line + "\n", encoding="utf-8")
    [fact] = facts(tmp_path / "truth.ndjson")
    assert (fact.onset, fact.until, fact.judges) == (AT, None, ("reading_gap",))


POLICY = Policy.load()
