"""Two cities for all tests of this room: one with tampering, the same one without."""

import pytest

from simulators.city import CityPlan
from tests.simulators.world import EPOCH, Walk, walk


@pytest.fixture(scope="session")
def tampered() -> Walk:
    return walk(CityPlan(seed=3, instruments=700, epoch=EPOCH))


@pytest.fixture(scope="session")
def honest() -> Walk:
    return walk(CityPlan(seed=3, instruments=700, epoch=EPOCH, tampered=False))
