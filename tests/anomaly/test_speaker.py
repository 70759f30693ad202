import pytest

from anomaly.catalogue import CATALOGUE
from anomaly.policy import Policy
from anomaly.speaker import speaker


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_judge_speaks_with_its_stated_false_alarm_rate(name: str):
    stated = CATALOGUE[name].false_alarms_per_1000_instrument_years
    assert speaker(Policy.load(), name).false_alarms_per_1000_instrument_years == stated
