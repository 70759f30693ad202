from dataclasses import replace

import numpy as np
import pytest

from anomaly import specimen
from anomaly.scaling import Design, scaled

DESIGN = Design(
    baseline=84, middle_share=0.5, outer_share=0.8, wander=0.25, comparable=8.0, sufficient=0.6, peers=20, width=3.0
)
DAYS, HOMES, HOME = 168, 30, 7


@pytest.fixture
def days() -> specimen.Numbers:
    return specimen.household(seed=4, day_count=DAYS, instruments=HOMES)


def test_the_scale_of_every_part_is_told(days: specimen.Numbers):
    parts = [days, days / 60, days / 4]
    for part in parts:
        part[84:, HOME] *= 0.5
    seen = scaled(parts, DESIGN)
    assert np.allclose(np.expm1(seen.change[:, HOME]), -0.5, atol=0.08)
    assert np.argmax(seen.score[0]) == HOME


def test_one_part_that_stays_takes_the_charge_back(days: specimen.Numbers):
    base = days / 60
    days[84:, HOME] *= 0.4
    assert scaled([days], DESIGN).score[0, HOME] > 2
    assert scaled([days, base], DESIGN).score[0, HOME] < 1


def test_a_month_away_leaves_the_upper_days(days: specimen.Numbers):
    days[100:128, HOME] *= 0.2
    assert scaled([days], DESIGN).score[0, HOME] < 1


def test_a_part_that_is_usually_zero_says_nothing(days: specimen.Numbers):
    days[84:, HOME] *= 0.4
    seen = scaled([days, np.zeros_like(days)], DESIGN)
    assert seen.score[0, HOME] == scaled([days], DESIGN).score[0, HOME]
    assert np.isnan(seen.change[1]).all()


def test_a_home_that_follows_the_season_twice_is_not_charged_with_it(days: specimen.Numbers):
    season = np.exp(0.5 * np.cos(np.pi * np.arange(DAYS) / DAYS))
    days *= season[:, None]
    days[:, HOME] *= season
    seen = scaled([days], DESIGN)
    followed_once = abs(np.log(np.median(season[84:]) / np.median(season[:84])))
    assert abs(seen.change[0, HOME]) < 0.7 * followed_once


def test_days_that_spread_otherwise_are_another_use(days: specimen.Numbers):
    days[84:, HOME] = 0.3 * np.median(days[:84, HOME])
    assert scaled([days], DESIGN).score[0, HOME] > 2
    assert scaled([days], replace(DESIGN, width=2.0)).score[0, HOME] == -np.inf


def test_too_few_known_days_are_not_scored(days: specimen.Numbers):
    days[84:140, HOME] = np.nan
    seen = scaled([days], DESIGN)
    assert not seen.enough[HOME]
    assert np.isneginf(seen.score[:, HOME]).all()
    assert seen.enough[HOME + 1]


def test_days_beyond_comparison_are_not_taken_for_missing_ones(days: specimen.Numbers):
    days[84:, HOME] *= 0.05
    days[84:, HOME + 1] = np.nan
    seen = scaled([days], DESIGN)
    assert (seen.enough[HOME], seen.apart[HOME]) == (False, True)
    assert (seen.enough[HOME + 1], seen.apart[HOME + 1]) == (False, False)
    assert not seen.apart[seen.enough].any()
