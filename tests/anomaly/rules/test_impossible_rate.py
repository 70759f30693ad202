import pytest

from anomaly import specimen
from anomaly.rules.impossible_rate import ImpossibleRate

START, END = "2026-03-02T08:00+08:00", "2026-03-02T09:00+08:00"


def read(after: str, size: str | None = "DN15", **parameters: float):
    rows = [(0, START, "0.000"), (0, END, after)]
    return ImpossibleRate(**parameters).judge(specimen.readings("water_meter", rows, size=size)).findings


def charged(quantity: str, end: str = END, size: str = "AC7kW"):
    rows = [(0, 1, START, end, quantity, None, None)]
    return ImpossibleRate().judge(specimen.transactions("ev_charger", rows, size=size))


def test_the_limit_itself_and_one_step_of_resolution_are_possible():
    exactly = {"tolerance_percent": 0.0, "clock_tolerance_seconds": 0.0}
    assert read("3.125", **exactly) == ()
    assert read("3.126", **exactly) == ()
    assert len(read("3.127", **exactly)) == 1


def test_the_clock_may_be_a_minute_wrong():
    assert read("3.490") == ()  # 3.125 · 1.1 · 61/60 = 3.4948
    assert len(read("3.500")) == 1


def test_a_larger_size_may_register_more():
    assert len(read("4.000")) == 1
    assert read("4.000", size="DN20") == ()


@pytest.mark.parametrize("size", [None, "DN80"])
def test_an_instrument_of_unknown_size_is_not_judged(size: str | None):
    rows = [(0, START, "0.000"), (0, END, "9000.000")]
    answer = ImpossibleRate().judge(specimen.readings("water_meter", rows, size=size))
    assert answer.findings == ()
    assert answer.not_judged == {"no_rate_limit": 1}


def test_a_transaction_of_no_length_is_not_judged():
    answer = charged("80.0000", end=START)
    assert answer.findings == ()
    assert answer.not_judged == {"no_growth_seen": 1}


def test_a_transaction_is_judged_by_its_mean_power():
    assert charged("7.7000").findings == ()
    (finding,) = charged("13.5000").findings
    assert finding.register is None
    assert "13.5 kW" in finding.statement.en
    assert finding.magnitude.value == pytest.approx(13.5 - 7.7 * 1.1 * 61 / 60)


def test_a_register_without_a_limit_is_left_alone():
    rows = [(0, START, "0.000"), (0, END, "9000.000")]
    evidence = specimen.readings("water_meter", rows, register="volume_reverse", size="DN15")
    assert ImpossibleRate().judge(evidence).findings == ()
