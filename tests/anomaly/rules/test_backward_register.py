from datetime import timedelta

import numpy as np
import pytest

from anomaly import specimen
from anomaly.rules.backward_register import BackwardRegister

HOURS = [f"2026-03-02T{hour:02d}:00+08:00" for hour in range(24)]


def judged(values: list[str], **parameters: int):
    rows = [(0, at, value) for at, value in zip(HOURS, values, strict=False)]
    return BackwardRegister(**parameters).judge(specimen.readings("water_meter", rows)).findings


def test_every_decrease_is_one_finding_between_its_two_readings():
    first, second = judged(["10.000", "9.999", "9.999", "11.000", "10.500"])
    assert first.onset == specimen.instant(HOURS[0])
    assert first.until == first.noticed_at == specimen.instant(HOURS[1])
    assert (first.evidence["before"], first.evidence["after"]) == ("10.000", "9.999")
    assert second.magnitude.value == pytest.approx(-0.5)
    assert second.loss == pytest.approx(0.5)


def test_says_nothing_of_a_constant():
    assert judged(["5.000"] * 24) == ()


def test_the_last_step_of_a_register_is_enough():
    assert len(judged(["10.000", "9.999"])) == 1
    assert judged(["10.000", "9.999"], allowed_decrease_steps=1) == ()


def test_instruments_are_not_compared_with_one_another():
    rows = [(0, HOURS[0], "100.000"), (1, HOURS[1], "5.000"), (1, HOURS[2], "6.000")]
    answer = BackwardRegister().judge(specimen.readings("gas_meter", rows))
    assert answer.findings == ()
    assert answer.not_judged == {"no_consecutive_readings": 1}


def test_a_decrease_before_the_judged_period_is_left_to_its_own_period():
    evidence = specimen.readings(
        "water_meter",
        [(0, "2026-03-01T22:00+08:00", "9.000"), (0, "2026-03-01T23:00+08:00", "8.000"), (0, HOURS[0], "8.000")],
    )
    assert BackwardRegister().judge(evidence).findings == ()


def test_indications_at_the_ends_of_64_bits_are_compared_rightly():
    evidence = specimen.readings("water_meter", [(0, HOURS[0], "1.000"), (0, HOURS[1], "2.000")])
    evidence.readings["volume"].value[:] = [np.iinfo(np.int64).max, -np.iinfo(np.int64).max]
    (finding,) = BackwardRegister().judge(evidence).findings
    assert finding.evidence["before"] == "9223372036854775.807"
    evidence.readings["volume"].value[:] = evidence.readings["volume"].value[::-1].copy()
    assert BackwardRegister().judge(evidence).findings == ()


def test_the_statement_tells_the_time_by_the_instruments_own_clock():
    (finding,) = judged(["10.000", "9.000"])
    assert "2026-03-02 01:00" in finding.statement.zh
    assert BackwardRegister().memory == timedelta(0)
