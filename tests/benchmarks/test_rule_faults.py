"""Every rule finds every fault of its sort in honest worlds, and says nothing of anybody else."""

from datetime import date

import numpy as np
import pytest

from anomaly.catalogue import CATALOGUE
from anomaly.policy import Policy
from benchmarks import rule_faults
from benchmarks.simulated_worlds import World, world
from metrology.finding import Grade

POLICY = Policy.load()


@pytest.fixture(scope="module")
def honest() -> World:
    return world(3, 100, date(2025, 7, 1), 10, tampered=False)


def test_every_rule_has_its_fault() -> None:
    assert rule_faults.FAULT_OF.keys() == {name for name, judge in CATALOGUE.items() if judge.grade is Grade.EXACT}


@pytest.mark.parametrize("name", rule_faults.FAULT_OF)
def test_a_rule_speaks_of_the_spoilt_alone(honest: World, name: str) -> None:
    asked = 0
    for kind, evidence in honest.evidence.items():
        for judge in POLICY.judges(kind):
            spoilt = rule_faults.FAULT_OF[name](evidence, np.random.default_rng(1)) if judge.name == name else None
            if spoilt is not None:
                assert judge.grade is Grade.EXACT
                assert {finding.instrument for finding in judge.judge(spoilt.evidence).findings} == set(spoilt.at)
                asked += len(spoilt.at)
    assert asked
