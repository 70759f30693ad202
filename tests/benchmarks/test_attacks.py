from dataclasses import replace

import numpy as np
import pytest

from anomaly import specimen
from anomaly.evidence import Evidence
from benchmarks.attacks import ATTACKS, TARIFF_ONLY, Slots
from benchmarks.injection import attack, inject, registered

DAYS = 150


@pytest.fixture(params=[1, 24, 48], ids=["days", "hours", "half-hours"])
def slots(request: pytest.FixtureRequest) -> Slots:
    honest = np.random.default_rng(2).lognormal(0.0, 0.6, (DAYS, request.param))
    honest[20, 0] = np.nan
    return honest


def told(name: str, slots: Slots, seed: int = 3) -> Slots:
    return ATTACKS[name](slots, slots * 0.3, np.random.default_rng(seed))


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_an_attack_keeps_form_and_sign_and_what_is_unknown(name: str, slots: Slots):
    honest = slots.copy()
    answer = told(name, slots)
    assert np.array_equal(slots, honest, equal_nan=True)
    assert answer.shape == slots.shape
    assert (answer[np.isfinite(answer)] >= 0).all()
    assert np.count_nonzero(np.isnan(answer)) == np.count_nonzero(np.isnan(slots))
    assert np.array_equal(answer, told(name, slots), equal_nan=True)


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_attacks_take_energy_unless_only_a_tariff_makes_them_theft(name: str, slots: Slots):
    share = np.nansum(told(name, slots)) / np.nansum(slots)
    if name in TARIFF_ONLY:
        assert share == pytest.approx(1.0)
    else:
        assert share < 0.99


def test_formulas_are_those_of_the_papers():
    slots = np.random.default_rng(2).lognormal(0.0, 0.6, (DAYS, 24))
    assert np.ptp(told("h1", slots) / slots) == pytest.approx(0.0, abs=1e-12)
    assert 0.1 <= (told("h3", slots) / slots).min() < (told("h3", slots) / slots).max() <= 0.8
    assert ((told("h2", slots) == 0).sum(axis=1) >= 4).all()
    assert np.allclose(told("h5", slots), slots.mean(axis=1, keepdims=True))
    assert np.array_equal(told("h6", slots)[0], slots[0, ::-1])
    assert set(np.unique(told("t3", slots) / slots)) == {0.0, 1.0}
    assert ((told("f1", slots) != slots).any(axis=1).reshape(-1, 30).sum(axis=1) == 15).all()
    assert np.all(told("f3", slots) <= slots)
    assert (told("a2", slots).sum(axis=1) == 0).sum() == 7
    progressive = (told("a4", slots) / slots)[:, 0]
    assert (np.diff(progressive) <= 1e-12).all()
    assert np.allclose(told("a5", slots).sum(axis=1), slots.sum(axis=1))
    assert (told("a5", slots).max(axis=1) < slots.max(axis=1)).all()
    assert told("a6", slots).sum() <= 0.4 * slots.sum() + 1e-9


def fleet() -> Evidence:
    days = specimen.days("electricity_meter", specimen.household(seed=8, day_count=300, instruments=12))
    return specimen.hours(days)


def test_the_truth_tells_what_was_taken_since_when():
    whole = fleet()
    attacked = attack(whole, "h1", seed=5)
    assert 0 < len(attacked.begins) < 12
    before, after = whole.days["active_energy_import"], attacked.evidence.days["active_energy_import"]
    for number, begin in attacked.begins.items():
        row, owner = (begin - before.first).days, number - 1
        assert np.array_equal(before.hourly[:row, :, owner], after.hourly[:row, :, owner])
        share = after.consumption[row:, owner].sum() / before.consumption[row:, owner].sum()
        assert share == pytest.approx(1 - attacked.taken[number], abs=0.01)
        assert np.allclose(after.hourly[row:, :, owner].sum(axis=1), after.consumption[row:, owner], atol=0.01)
    spared = [owner for owner in range(12) if owner + 1 not in attacked.begins]
    assert np.array_equal(before.hourly[:, :, spared], after.hourly[:, :, spared])
    assert attack(whole, "h1", seed=5).begins == attacked.begins


def test_a_panel_of_days_is_attacked_as_well():
    whole = specimen.days("electricity_meter", specimen.household(seed=8, day_count=300, instruments=12))
    attacked = attack(whole, "a1", seed=5)
    for number, begin in attacked.begins.items():
        row = (begin - whole.days["active_energy_import"].first).days
        panel = attacked.evidence.days["active_energy_import"]
        assert (panel.consumption[row:, number - 1] == 0).all()
        assert panel.still[row:, number - 1].all()
        assert attacked.taken[number] == 1


def test_where_no_hour_is_known_days_are_attacked():
    whole = fleet()
    panel = whole.days["active_energy_import"]
    blind = replace(whole, days={panel.register.name: replace(panel, hourly=np.full_like(panel.hourly, np.nan))})
    attacked = attack(blind, "h1", seed=5)
    assert all(0.2 <= taken <= 0.9 for taken in attacked.taken.values())


def test_injected_hours_follow_the_days_and_show_whole_steps():
    whole = fleet()
    injected = inject(whole, 0.5, seed=5)
    panel = injected.evidence.days["active_energy_import"]
    (number, begin), *_ = injected.begins.items()
    row = (begin - panel.first).days
    hours = panel.hourly[row:, :, number - 1].astype(float)
    assert np.allclose(hours.sum(axis=1), panel.consumption[row:, number - 1], atol=0.002)
    assert np.allclose(hours * 1000, np.rint(hours * 1000), atol=0.01)


def test_a_register_that_counts_all_is_left_as_it_is():
    panel = fleet().days["active_energy_import"]
    hours, days = registered(panel, 1.0)
    assert hours is panel.hourly
    assert days is panel.consumption
    less, _ = registered(panel, 0.3)
    assert less.sum() == pytest.approx(0.3 * hours.sum(), rel=0.01)
