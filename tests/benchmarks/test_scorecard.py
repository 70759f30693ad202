from pathlib import Path

import pytest

from anomaly.catalogue import judge_called
from benchmarks.recorded import RECORDINGS, evidence

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"

EXPECTED = [
    ("water_daiad", "backward_register", 246, 28),
    ("water_daiad", "reading_gap", 564, 61),
    ("electricity_sgsc", "reading_gap", 14, 5),
    ("electricity_sgsc", "backward_register", 0, 0),
    ("ev_norway", "overlapping_transactions", 1, 1),
    ("ev_norway", "impossible_rate", 0, 0),
    ("ev_workplace", "overlapping_transactions", 18, 3),
    ("ev_workplace", "impossible_rate", 6, 6),
]


@pytest.mark.shared
@pytest.mark.skipif(not DATA.is_dir(), reason="the recorded data do not lie beside the checkout")
@pytest.mark.parametrize(
    "name, rule, findings, instruments", EXPECTED, ids=[f"{case[0]}-{case[1]}" for case in EXPECTED]
)
def test_the_real_faults_of_the_recorded_data_come_out(name: str, rule: str, findings: int, instruments: int):
    recording = next(recording for recording in RECORDINGS if recording.name == name)
    answer = judge_called(rule)().judge(evidence(recording, DATA))
    assert len(answer.findings) == findings
    assert len({finding.instrument for finding in answer.findings}) == instruments
