from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly import specimen
from anomaly.rules.amount_mismatch import AmountMismatch, product_in_fen

AT = ("2026-03-02T08:00+08:00", "2026-03-02T08:02+08:00")


def judged(quantity: str, price: str | None, amount: str | None, kind: str = "fuel_dispenser"):
    return AmountMismatch().judge(specimen.transactions(kind, [(0, 1, *AT, quantity, price, amount)]))


@pytest.mark.parametrize(
    "amount, found",
    [("274.75", 0), ("274.76", 0), ("274.74", 0), ("274.77", 1), ("274.73", 1)],
    ids=["equal", "fen_above", "fen_below", "two_above", "two_below"],
)
def test_a_fen_is_passed_over_and_two_are_not(amount: str, found: int):
    assert len(judged("35.00", "7.85", amount).findings) == found


@pytest.mark.parametrize(
    "quantity, price, expected",
    [
        ("35.10", "7.85", "275.54"),  # 275.535
        ("35.10", "7.84999", "275.53"),  # 275.534649
        ("0.01", "30000.50", "300.01"),  # 300.005, a price beyond 32 bits
        ("0.01", "30000.49", "300.00"),  # 300.0049
    ],
    ids=["half", "below_half", "half_of_a_wide_price", "below_half_of_a_wide_price"],
)
def test_half_a_fen_is_rounded_up_and_less_is_rounded_down(quantity: str, price: str, expected: str):
    def differs(amount: str) -> bool:
        evidence = specimen.transactions("fuel_dispenser", [(0, 1, *AT, quantity, price, amount)])
        return bool(AmountMismatch(tolerance_fen=0).judge(evidence).findings)

    fen = Decimal("0.01")
    answers = [differs(str(Decimal(expected) + step * fen)) for step in (-1, 0, 1)]
    assert answers == [True, False, True]


def test_a_difference_either_way_keeps_its_sign():
    (over,) = judged("35.00", "7.85", "280.00").findings
    (under,) = judged("35.00", "7.85", "270.00").findings
    assert over.magnitude.value == pytest.approx(5.25)
    assert under.magnitude.value == pytest.approx(-4.75)
    assert under.loss == pytest.approx(4.75)


def test_what_states_no_amount_is_counted_and_not_judged():
    assert judged("35.00", "7.85", None).not_judged == {"price_or_amount_not_stated": 1}
    assert judged("35.00", None, "1.00").not_judged == {"price_or_amount_not_stated": 1}


def test_absurd_figures_are_reckoned_exactly():
    (finding,) = judged("9000000000000.00", "9000000000.00000", "1.00").findings
    assert finding.evidence["expected"] == "81000000000000000000000.00"


def test_two_transactions_of_one_instant_make_one_finding_with_both_in_its_evidence():
    rows = [(0, number, *AT, "35.00", "7.85", amount) for number, amount in ((1, "300.00"), (2, "290.00"))]
    (finding,) = AmountMismatch().judge(specimen.transactions("fuel_dispenser", rows)).findings
    assert finding.evidence["sequence"] == 1
    assert [other["sequence"] for other in finding.evidence["also"]] == [2]


@given(
    price=st.integers(0, 10**9),
    quantity=st.integers(0, 2**31 - 1),
    decimals=st.sampled_from([1, 2, 4]),
)
def test_the_product_is_that_of_decimal_arithmetic(price: int, quantity: int, decimals: int):
    product, beyond = product_in_fen(np.array([price]), np.array([quantity]), decimals)
    exact = Decimal(price).scaleb(-5) * Decimal(quantity).scaleb(-decimals)
    assert not beyond[0]
    assert int(product[0]) == int(exact.quantize(Decimal("0.01"), ROUND_HALF_UP).scaleb(2))
