from dataclasses import replace

import numpy as np

from anomaly import specimen
from anomaly.rules.transaction_conflict import TransactionConflict, faulty
from anomaly.specimen import Sale

START = "2026-03-02T08:10+08:00"


def found(first: Sale, later: Sale, **parameters: int):
    evidence = specimen.transaction_conflicts("fuel_dispenser", [(0, 7, START, first, later)])
    return TransactionConflict(**parameters).judge(evidence).findings


def test_the_amounts_differ_by_what_is_at_stake():
    (finding,) = found(("35.00", "7.85", "274.75"), ("35.00", "7.85", "280.00"))
    assert (finding.magnitude.value, finding.magnitude.unit, finding.loss) == (5.25, "CNY", 5.25)
    assert finding.onset == finding.until == finding.noticed_at == specimen.instant(START)
    assert "金额由274.75元变为280.00元" in finding.statement.zh


def test_without_amounts_the_quantities_differ():
    (finding,) = found(("35.00", None, None), ("36.50", None, None))
    assert (finding.magnitude.value, finding.magnitude.unit) == (1.5, "L")


def test_what_one_statement_leaves_out_is_told_as_not_stated():
    (finding,) = found(("35.00", "7.85", "274.75"), ("35.00", "7.85", None))
    assert "amount 274.75 CNY, then not stated" in finding.statement.en
    assert "金额由274.75元变为未报" in finding.statement.zh
    assert finding.magnitude.value == 0


def test_a_tolerated_amount_alone_is_no_finding():
    assert found(("35.00", "7.85", "274.75"), ("35.00", "7.85", "274.76"), tolerance_fen=1) == ()
    assert len(found(("35.00", "7.85", "274.75"), ("35.01", "7.85", "274.76"), tolerance_fen=1)) == 1


def test_another_end_is_told_by_the_instruments_own_clock():
    evidence = specimen.transaction_conflicts(
        "fuel_dispenser", [(0, 7, START, ("35.00", "7.85", "274.75"), ("35.00", "7.85", "274.75"))]
    )
    columns = evidence.transaction_conflicts
    assert columns is not None
    later = replace(columns, ended_at=columns.ended_at + np.int64(60_000_000))
    (finding,) = TransactionConflict().judge(replace(evidence, transaction_conflicts=later)).findings
    assert "end 2026-03-02 08:12, then 2026-03-02 08:13" in finding.statement.en


def test_transactions_of_one_start_and_two_later_statements_give_one_finding_with_the_others_beside_it():
    rows = [(0, 7, START, ("35.00", None, "274.75"), ("35.00", None, amount)) for amount in ("270.00", "200.00")]
    (finding,) = TransactionConflict().judge(specimen.transaction_conflicts("fuel_dispenser", rows)).findings
    assert finding.magnitude.value == -74.75
    assert len(finding.evidence["also"]) == 1  # type: ignore[arg-type]  # a list, as one_per_onset writes it


def test_instruments_without_transactions_are_counted_as_not_judged():
    answer = TransactionConflict().judge(faulty())
    assert {finding.instrument for finding in answer.findings} == {1, 3}
    assert answer.not_judged == {"no_transactions": 1}
