"""What a city remembers."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulators import state
from tests.simulators.world import EPOCH


def test_remembers_which_city_it_is_and_how_far(tmp_path: Path) -> None:
    remembered = state.CityState(7, 200, EPOCH, tampered=True, published_until=datetime(2026, 11, 1, 3, tzinfo=UTC))
    state.save(tmp_path / "city.json", remembered)
    assert state.load(tmp_path / "city.json") == remembered
    assert remembered.plan.seed == 7


def test_nothing_remembered_is_not_an_error(tmp_path: Path) -> None:
    assert state.load(tmp_path / "city.json") is None


def test_something_else_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "city.json").write_text("{}", encoding="utf-8")
    with pytest.raises(state.StateUnreadable, match=r"city\.json is not the state"):
        state.load(tmp_path / "city.json")
