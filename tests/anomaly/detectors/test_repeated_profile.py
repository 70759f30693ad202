import pytest

from anomaly.detectors.repeated_profile import RepeatedProfile, faulty


def test_the_p_value_speaks_of_a_year_as_every_finding_does():
    findings = RepeatedProfile().judge(faulty()).findings
    assert findings
    for finding in findings:
        assert finding.p_value == pytest.approx(finding.evidence["expected_per_year"], rel=1e-12)
