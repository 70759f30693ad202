"""Codes of places and legal persons are of the right form, though nobody stands behind them."""

import pytest
from stdnum.cn import uscc

from simulators import places
from simulators.instrument import Operator
from tests.simulators.world import Walk

EVERYONE = (
    places.WATER_UTILITY,
    places.POWER_UTILITY,
    places.GAS_UTILITY,
    *places.FUEL_OPERATORS.values(),
    *places.CHARGING_OPERATORS.values(),
)


@pytest.mark.parametrize("operator", EVERYONE, ids=lambda operator: operator.name_en)
def test_every_credit_code_has_valid_check_characters(operator: Operator) -> None:
    assert uscc.is_valid(operator.uscc)
    organisation = operator.uscc[8:17]
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    values = [int(character, 36) for character in organisation[:8]]
    check = (11 - sum(value * weight for value, weight in zip(values, weights, strict=True)) % 11) % 11
    assert organisation[8] == "0123456789X"[check]


def test_nobody_shares_a_credit_code() -> None:
    assert len({operator.uscc for operator in EVERYONE}) == len(EVERYONE)


def test_every_site_lies_in_its_district_and_has_its_own_code_and_names(tampered: Walk) -> None:
    sites = {instrument.site.code: instrument.site for instrument in tampered.city.instruments}
    assert len({site.name_zh for site in sites.values()}) == len(sites)
    assert len({site.name_en for site in sites.values()}) == len(sites)
    centres = {district.region_code: district for district in places.DISTRICTS}
    for instrument in tampered.city.instruments:
        assert sites[instrument.site.code] == instrument.site
        assert instrument.site.region_code is not None
        centre = centres[instrument.site.region_code]
        assert instrument.site.latitude == pytest.approx(centre.latitude, abs=0.03)
        assert instrument.site.longitude == pytest.approx(centre.longitude, abs=0.03)
        assert instrument.site.time_zone == "Asia/Shanghai"
