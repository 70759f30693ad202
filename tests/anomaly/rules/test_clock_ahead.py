from dataclasses import replace

import numpy as np

from anomaly import specimen
from anomaly.evidence import Evidence
from anomaly.rules.clock_ahead import ClockAhead

SECOND = 1_000_000


def received(after_seconds: list[float]) -> Evidence:
    """Hourly readings of one meter, each received so long after its stamp."""
    rows = [(0, f"2026-03-02T{hour:02}:00+08:00", f"{hour}.000") for hour in range(len(after_seconds))]
    evidence = specimen.readings("water_meter", rows)
    columns = evidence.readings["volume"]
    at = columns.taken_at + (np.array(after_seconds) * SECOND).astype(np.int64)
    return replace(evidence, readings={"volume": replace(columns, received_at=at)})


def test_a_day_of_readings_from_the_future_is_one_finding_of_the_largest_lead() -> None:
    [finding] = ClockAhead().judge(received([2, -301, 3, -7200, -600])).findings
    assert finding.magnitude.value == 2.0
    assert finding.evidence["readings"] == 3
    assert (finding.onset.hour, finding.until.hour if finding.until else None) == (17, 20)


def test_what_is_received_as_it_is_taken_or_any_time_later_is_honest() -> None:
    assert ClockAhead().judge(received([0, 3, 86_400, -300])).findings == ()


def test_whose_receipt_nobody_kept_is_counted_and_not_judged() -> None:
    evidence = specimen.readings("water_meter", [(0, "2026-03-02T08:00+08:00", "1.000")])
    assert ClockAhead().judge(evidence).not_judged == {"no_receipts": 1}
