"""Every kind in the folder is examined, whoever wrote it."""

import re
from pathlib import Path

import pytest

from metrology import kinds
from metrology.errors import UnknownAccuracyClass, UnknownKind, UnknownRegister
from metrology.kind import InstrumentKind
from metrology.kinds import KINDS
from metrology.wording import Wording

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)

HAN = re.compile(r"[\u4e00-\u9fff]")


def whole(text: Wording) -> bool:
    """Whether neither language leans on the other's words; numbers of regulations and symbols are everybody's."""
    return not HAN.search(text.en) and not re.search(r"[a-z]{5}", text.zh)


@every_kind
def test_file_is_called_as_the_kind(kind: InstrumentKind) -> None:
    assert (Path(kinds.__file__).parent / f"{kind.name}.py").exists()


@every_kind
def test_registers_have_distinct_names_and_sane_resolutions(kind: InstrumentKind) -> None:
    assert len(kind.by_name) == len(kind.registers)
    assert all(0 <= register.decimals <= 6 for register in kind.registers)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", register.name) for register in kind.registers)


@every_kind
def test_registers_have_a_name_for_people_in_both_languages(kind: InstrumentKind) -> None:
    for register in kind.registers:
        assert HAN.search(register.title.zh)
        assert "_" not in register.title.en


@every_kind
def test_principal_register_exists(kind: InstrumentKind) -> None:
    assert kind.register(kind.principal_register).name == kind.principal_register


@every_kind
def test_each_class_has_one_principal_limit_and_a_source_for_all(kind: InstrumentKind) -> None:
    classes = {error.accuracy_class for error in kind.permissible_errors}
    for accuracy_class in classes:
        principal = [e for e in kind.permissible_errors if e.accuracy_class == accuracy_class and e.principal]
        assert len(principal) == 1
    assert all(whole(error.source.text) for error in kind.permissible_errors)
    assert kind.principal_error(None).accuracy_class == kind.default_class


@every_kind
def test_in_service_limits_are_never_tighter_than_initial_ones(kind: InstrumentKind) -> None:
    assert all(error.limit_percent >= error.initial_percent > 0 for error in kind.permissible_errors)


@every_kind
def test_rate_limits_name_registers_of_the_kind(kind: InstrumentKind) -> None:
    assert kind.rate_limits
    assert all(limit.register in kind.by_name and limit.per_hour > 0 for limit in kind.rate_limits)
    assert all(whole(limit.source.text) for limit in kind.rate_limits)


@every_kind
def test_verification_says_how_long(kind: InstrumentKind) -> None:
    assert all(rule.interval or rule.life for rule in kind.verification)
    assert all(whole(rule.source.text) for rule in kind.verification)


def test_the_six_kinds_of_the_contract_stand() -> None:
    assert set(KINDS) >= {
        "water_meter",
        "gas_meter",
        "electricity_meter",
        "fuel_dispenser",
        "ev_charger",
        "tank_gauge",
    }


def test_water_class_2_is_held_to_4_percent_in_service() -> None:
    assert KINDS["water_meter"].principal_error("2").limit_percent == 4


def test_unknown_names_are_refused_with_the_name() -> None:
    with pytest.raises(UnknownKind, match="steam_meter"):
        kinds.kind_called("steam_meter")
    with pytest.raises(UnknownRegister, match="colour"):
        KINDS["water_meter"].register("colour")
    with pytest.raises(UnknownAccuracyClass, match="7"):
        KINDS["water_meter"].principal_error("7")


@pytest.mark.parametrize("size", [None, "DN80"])
def test_the_limit_of_an_unknown_size_is_not_guessed(size: str | None) -> None:
    assert KINDS["water_meter"].rate_limit(size) is None
