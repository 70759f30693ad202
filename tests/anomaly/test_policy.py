import tomllib
from copy import deepcopy
from decimal import Decimal
from pathlib import Path

import pytest

from anomaly.errors import AnomalyError, MalformedPolicy, UnfitParameter, UnknownJudge, UnknownParameter
from anomaly.judge import Sight
from anomaly.policy import STANDARD, Policy
from metrology.errors import UnknownKind
from metrology.finding import Grade
from metrology.kinds import KINDS


@pytest.fixture
def content() -> dict:
    return tomllib.loads(STANDARD.read_text(encoding="utf-8"))


def test_every_kind_has_judges_and_a_tariff():
    policy = Policy.load()
    for name in KINDS:
        assert policy.judges(name)
        tariff = policy.tariff(name)
        assert tariff is not None
        assert tariff.source.en.startswith("configuration")
        assert tariff.source.zh.startswith("配置")
        assert KINDS[name].register(KINDS[name].principal_register).unit == tariff.unit


def test_the_four_judges_of_the_first_journey_are_on_where_they_apply():
    policy = Policy.load()
    for name in ("water_meter", "gas_meter", "electricity_meter"):
        assert {"backward_register", "stopped_register"} <= {judge.name for judge in policy.judges(name)}
    for name in ("water_meter", "electricity_meter"):
        assert "level_shift" in {judge.name for judge in policy.judges(name)}
    for name in ("fuel_dispenser", "ev_charger"):
        assert "amount_mismatch" in {judge.name for judge in policy.judges(name)}


def test_transactions_are_asked_of_kinds_that_have_them():
    policy = Policy.load()
    for name, kind in KINDS.items():
        for judge in policy.judges(name):
            assert judge.needs != {Sight.TRANSACTIONS} or kind.transaction is not None


def test_parameters_named_are_in_force():
    (judge,) = [judge for judge in Policy.load().judges("water_meter") if judge.name == "level_shift"]
    assert judge.decision_sigma == 5.0
    assert judge.grade is Grade.STATISTICAL


def test_the_hash_heeds_content_and_not_comments_or_order(content: dict, tmp_path: Path):
    commented = tmp_path / "policy.toml"
    commented.write_text("# a remark\n" + STANDARD.read_text(encoding="utf-8"), encoding="utf-8")
    assert Policy.load(commented).hash == Policy.load().hash
    assert Policy.parse(dict(reversed(content.items()))).hash == Policy.load().hash
    changed = deepcopy(content)
    changed["judges"]["water_meter"]["reading_gap"]["limit_hours"] = 25.0
    assert Policy.parse(changed).hash != Policy.load().hash


def spoil(content: dict, path: str, value: object) -> dict:
    *way, last = path.split(".")
    place = content
    for step in way:
        place = place[step]
    place[last] = value
    return content


@pytest.mark.parametrize(
    "path, value, error, message",
    [
        ("judges.water_meter.clairvoyance", {}, UnknownJudge, "clairvoyance.*backward_register"),
        ("judges.steam_meter", {}, MalformedPolicy, "steam_meter"),
        ("tariffs.steam_meter", {}, MalformedPolicy, "steam_meter"),
        ("judges.water_meter.reading_gap.limit_days", 3, UnknownParameter, "limit_days.*limit_hours"),
        ("judges.water_meter.reading_gap.limit_hours", "24", UnfitParameter, "limit_hours"),
        ("judges.water_meter.reading_gap.limit_hours", True, UnfitParameter, "limit_hours"),
        ("judges.water_meter.reading_gap.limit_hours", -1.0, UnfitParameter, "not below zero"),
        ("judges.water_meter.reading_gap.limit_hours", float("nan"), UnfitParameter, "limit_hours"),
        ("judges.ev_charger.amount_mismatch.tolerance_fen", 1.5, UnfitParameter, "whole number"),
        ("judges.water_meter.reading_gap", 24, MalformedPolicy, "must be a table"),
        ("tariffs.water_meter.cny_per_unit", 5.0, MalformedPolicy, "as text"),
        ("tariffs.water_meter.cny_per_unit", "five", MalformedPolicy, "as text"),
        ("tariffs.water_meter.source_zh", None, MalformedPolicy, "source_zh"),
        ("tariffs.water_meter.source_en", " ", MalformedPolicy, "source_en"),
        ("tariffs.water_meter.source", "one language", MalformedPolicy, "source_en"),
        ("severity.costly_cny", "-1", MalformedPolicy, "money"),
        ("severity.mpe_multiple", "many", MalformedPolicy, "mpe_multiple"),
        ("severity.statistical_at_most", "dreadful", MalformedPolicy, "dreadful"),
        ("severity.at_most.clairvoyance", "minor", UnknownJudge, "clairvoyance"),
        ("colour", {}, MalformedPolicy, "colour"),
    ],
)
def test_what_is_wrong_is_named(content: dict, path: str, value: object, error: type[AnomalyError], message: str):
    spoiled = spoil(content, path, value)
    if value is None:
        del spoiled["tariffs"]["water_meter"]["source_zh"]
    with pytest.raises(error, match=message):
        Policy.parse(spoiled)


def test_a_file_that_is_no_policy_is_refused_by_name(tmp_path: Path):
    broken = tmp_path / "broken.toml"
    broken.write_text("judges = [", encoding="utf-8")
    for path in (broken, tmp_path / "absent.toml"):
        with pytest.raises(MalformedPolicy, match=path.name):
            Policy.load(path)


def test_an_unknown_kind_has_no_judges():
    with pytest.raises(UnknownKind):
        Policy.load().judges("steam_meter")
    assert Policy.load().tariffs["water_meter"].cny_per_unit == Decimal("5.00")


def test_sources_are_asked_with_the_parameters_named(content: dict):
    content["sources"] = {"source_silence": {"grace_seconds": 5, "many_instruments": 7}}
    judge = Policy.parse(content).source_silence
    assert judge is not None
    assert (judge.grace_seconds, judge.many_instruments) == (5.0, 7)
    assert Policy.load().source_silence is not None


def test_a_policy_without_sources_asks_none(content: dict):
    del content["sources"]
    assert Policy.parse(content).source_silence is None
    assert Policy.parse(content | {"sources": {}}).source_silence is None


@pytest.mark.parametrize(
    "sources,error",
    [
        ({"reading_gap": {}}, MalformedPolicy),
        ({"source_silence": 7}, MalformedPolicy),
        ({"source_silence": {"patience_seconds": 1}}, UnknownParameter),
        ({"source_silence": {"many_instruments": 1.5}}, UnfitParameter),
    ],
)
def test_a_misspelt_section_of_sources_is_refused(content: dict, sources: object, error: type[AnomalyError]):
    with pytest.raises(error):
        Policy.parse(content | {"sources": sources})


def test_the_judges_of_a_kind_together_keep_to_the_budget(content: dict):
    content["budget"] = {"false_alarms_per_1000_instrument_years": 12, "by_chance_at_most": 0.1}
    policy = Policy.parse(content)
    for kind in KINDS:
        assert sum(policy.allotted[kind].values()) <= 12.000001
    assert policy.beyond_budget
    named = Policy.load().budget
    assert named is not None
    assert named.allotted["water_meter"]["stopped_register"] == 10.0
    del content["budget"]
    assert Policy.parse(content).budget is None


@pytest.mark.parametrize(
    "path, value, message",
    [
        ("budget.by_chance_at_most", 1.5, "share"),
        ("budget.by_chance_at_most", 0, "above zero"),
        ("budget.false_alarms_per_1000_instrument_years", "twenty", "above zero"),
        ("budget.colour", 1, "colour"),
        ("budget.allotted", {"water_meter": {"reading_gap": 1.0}}, "no statistical judge"),
        ("budget.allotted", {"steam_meter": {"level_shift": 1.0}}, "no statistical judge"),
    ],
)
def test_a_misspelt_budget_is_refused(content: dict, path: str, value: object, message: str):
    with pytest.raises(MalformedPolicy, match=message):
        Policy.parse(spoil(content, path, value))
