from dataclasses import replace

import numpy as np

from anomaly import specimen
from anomaly.evidence import Evidence
from anomaly.rules.indication_mismatch import IndicationMismatch

LARGEST = 2**63 - 1


def sold(quantity: str, before: int, after: int, *, stated: bool = True) -> Evidence:
    """One sale of a nozzle, indications in hundredths of a litre."""
    evidence = specimen.transactions(
        "fuel_dispenser", [(0, 1, "2026-03-02T08:00+08:00", "2026-03-02T08:02+08:00", quantity, None, None)]
    )
    assert evidence.transactions is not None
    start, end = (np.ma.MaskedArray(np.array([each]), mask=[not stated]) for each in (before, after))
    return replace(evidence, transactions=replace(evidence.transactions, start_indication=start, end_indication=end))


def test_a_register_that_moved_by_less_than_was_billed_is_found() -> None:
    [finding] = IndicationMismatch().judge(sold("35.00", 100_000, 103_400)).findings
    assert (finding.magnitude.value, finding.magnitude.unit, finding.loss) == (1.0, "L", 1.0)


def test_a_step_of_rounding_is_passed_over_and_two_are_not() -> None:
    assert IndicationMismatch().judge(sold("35.00", 100_000, 103_501)).findings == ()
    assert len(IndicationMismatch().judge(sold("35.00", 100_000, 103_502)).findings) == 1


def test_numbers_at_the_edge_of_64_bits_do_not_wrap() -> None:
    [finding] = IndicationMismatch().judge(sold("35.00", -LARGEST, LARGEST)).findings
    assert finding.magnitude.value < -1e17


def test_who_states_no_indications_is_counted() -> None:
    judgement = IndicationMismatch().judge(sold("35.00", 0, 0, stated=False))
    assert (judgement.findings, judgement.not_judged) == ((), {"indications_not_stated": 1})
