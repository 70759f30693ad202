"""Is the amount charged the price times the quantity?"""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from anomaly import telling
from anomaly.evidence import Evidence, TransactionColumns, to_instant
from anomaly.judge import Judgement, Sight
from anomaly.pairing import counted
from anomaly.pruning import one_per_onset
from metrology.finding import Finding, Grade, Magnitude
from metrology.quantity import to_text
from metrology.transaction import AMOUNT_DECIMALS, UNIT_PRICE_DECIMALS
from metrology.wording import Wording

_STATEMENT = Wording(
    zh="第{sequence}号交易（{at}）：{quantity} {unit} × {price}元/{unit}，应收{expected}元，实收{amount}元，"
    "相差{difference}元。",
    en="Transaction {sequence} ({at}): {quantity} {unit} at {price} CNY/{unit} makes {expected} CNY, but {amount} CNY "
    "was charged, a difference of {difference} CNY.",
)

_WIDEST_FACTOR = 2**31 - 1
"""Largest factor whose product with another such factor is sure to fit 64 bits."""

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class AmountMismatch:
    """Is the amount charged the price times the quantity?

    Parameters
    ----------
    tolerance_fen
        Largest difference passed over [fen, 0.01 CNY].

    Notes
    -----
    Formula: |round(unit price × quantity, 2) − amount| > `tolerance_fen` / 100, all in exact integers, half a fen
    rounded up. Onset and notice are the transaction's start and end; magnitude amount − product.

    Wrong when: the amount also holds what is not price × quantity (a service or parking fee, a coupon, several
    tariffs within one charge) and the source states them as one: then the statement is true and its cause is the
    source's bookkeeping. Two transactions that begin at one instant are told as one finding, the larger, with the
    other's number in the evidence.

    Instead: a later balance of totaliser against the sum of transactions sees quantities that were never billed.

    Not judged: `no_transactions`; `price_or_amount_not_stated` where an instrument states them in none.

    References
    ----------
    VEE-FU09; tampering catalogue, fuel "amount ≠ price×V"; JJG 443-2023 (unit price × volume = amount).

    Examples
    --------
    >>> from anomaly import specimen
    >>> evidence = specimen.transactions("fuel_dispenser", [
    ...     (0, 1, "2026-03-02T08:00+08:00", "2026-03-02T08:02+08:00", "35.00", "7.85", "274.75"),
    ...     (0, 2, "2026-03-02T08:10+08:00", "2026-03-02T08:12+08:00", "35.00", "7.85", "283.00"),
    ... ])
    >>> finding, = AmountMismatch().judge(evidence).findings
    >>> print(finding.statement.en)  # doctest: +NORMALIZE_WHITESPACE
    Transaction 2 (2026-03-02 08:10): 35.00 L at 7.85000 CNY/L makes 274.75 CNY, but 283.00 CNY was charged, a
    difference of +8.25 CNY.
    """

    tolerance_fen: int = 1

    name: ClassVar[str] = "amount_mismatch"
    version: ClassVar[str] = "1"
    grade: ClassVar[Grade] = Grade.EXACT
    question: ClassVar[Wording] = Wording(
        zh="实收金额是否等于单价乘以数量？", en="Is the amount charged the price times the quantity?"
    )
    check: ClassVar[Wording] = Wording(
        zh="调取该笔交易的小票和后台记录，核对单价、数量和金额；现场试加油（试充电）一笔，核算金额。",
        en="Obtain the receipt and the back-office record of the transaction and compare price, quantity and amount; "
        "make one trial purchase on site and recompute it.",
    )
    needs: ClassVar[frozenset[Sight]] = frozenset({Sight.TRANSACTIONS})
    compares_instruments: ClassVar[bool] = False
    false_alarms_per_1000_instrument_years: ClassVar[float | None] = None

    @property
    def memory(self) -> timedelta:
        """None: a transaction is judged by itself."""
        return timedelta(0)

    def judge(self, evidence: Evidence) -> Judgement:
        """Every transaction of the judged period that states price and amount and whose product differs."""
        columns, billed = evidence.transactions, evidence.fleet.kind.transaction
        silent = np.ones(len(evidence.fleet), dtype=np.bool_)
        if columns is None or billed is None:
            return Judgement((), counted("no_transactions", silent))
        judged = columns.judged()
        silent[columns.instrument[judged]] = False
        stated = judged & ~np.ma.getmaskarray(columns.unit_price) & ~np.ma.getmaskarray(columns.amount)
        unstated = ~silent
        unstated[columns.instrument[stated]] = False
        rows = np.flatnonzero(stated)
        price, amount = columns.unit_price.filled(0)[rows], columns.amount.filled(0)[rows]
        expected, beyond = product_in_fen(price, columns.quantity[rows], billed.decimals)
        differing = np.flatnonzero((np.abs(amount - expected) > self.tolerance_fen) & ~beyond)
        findings = [
            self._finding(evidence, columns, int(rows[at]), int(expected[at]), billed.unit, billed.decimals)
            for at in differing
        ]
        findings += self._beyond(evidence, columns, rows[beyond], billed.unit, billed.decimals)
        return Judgement(
            one_per_onset(findings),
            counted("no_transactions", silent) | counted("price_or_amount_not_stated", unstated),
        )

    def _beyond(
        self, evidence: Evidence, columns: TransactionColumns, rows: Counts, unit: str, decimals: int
    ) -> list[Finding]:
        """Findings among products that may not fit 64 bits: a handful of absurd figures, one by one."""
        findings = []
        for row in rows:
            price, quantity = int(columns.unit_price.data[row]), int(columns.quantity[row])
            expected = _half_up(price * quantity, 10 ** (UNIT_PRICE_DECIMALS + decimals - AMOUNT_DECIMALS))
            if abs(int(columns.amount.data[row]) - expected) > self.tolerance_fen:
                findings.append(self._finding(evidence, columns, int(row), expected, unit, decimals))
        return findings

    def _finding(
        self, evidence: Evidence, columns: TransactionColumns, row: int, expected: int, unit: str, decimals: int
    ) -> Finding:
        owner, amount = int(columns.instrument[row]), int(columns.amount.data[row])
        started, ended = int(columns.started_at[row]), int(columns.ended_at[row])
        difference = amount - expected
        told = {
            "sequence": int(columns.sequence[row]),
            "quantity": to_text(int(columns.quantity[row]), decimals),
            "price": to_text(int(columns.unit_price.data[row]), UNIT_PRICE_DECIMALS),
            "expected": to_text(expected, AMOUNT_DECIMALS),
            "amount": to_text(amount, AMOUNT_DECIMALS),
            "difference": f"{'+' if difference > 0 else ''}{to_text(difference, AMOUNT_DECIMALS)}",
        }
        return Finding(
            instrument=int(evidence.fleet.ids[owner]),
            onset=to_instant(started),
            until=to_instant(ended),
            noticed_at=to_instant(ended),
            statement=_STATEMENT.fill(
                at=telling.moment(started, evidence.fleet.zones[owner]), unit=telling.unit(unit), **told
            ),
            magnitude=Magnitude(
                value=difference / 10**AMOUNT_DECIMALS,
                unit="CNY",
                relative_percent=100 * difference / expected if expected else None,
            ),
            loss=abs(difference) / 10**AMOUNT_DECIMALS,
            evidence={
                **told,
                "unit": unit,
                "started_at": to_instant(started).isoformat(),
                "ended_at": to_instant(ended).isoformat(),
                "tolerance_fen": self.tolerance_fen,
            },
        )


def product_in_fen(price: Counts, quantity: Counts, decimals: int) -> tuple[Counts, NDArray[np.bool_]]:
    """Price × quantity rounded half up, and which products are too large to be formed in 64 bits.

    Parameters
    ----------
    price
        Unit price [10⁻⁵ CNY], shape (transactions,).
    quantity
        Quantity [10⁻ᵈ unit, d = `decimals`], shape (transactions,).

    Returns
    -------
    Product [fen], meaningless where the second array is True; both of shape (transactions,).

    Examples
    --------
    >>> product_in_fen(np.array([785_000]), np.array([3_501]), 2)  # 7.85 × 35.01 = 274.8285
    (array([27483]), array([False]))
    """
    divisor = 10 ** (UNIT_PRICE_DECIMALS + decimals - AMOUNT_DECIMALS)
    beyond = (np.abs(price) > _WIDEST_FACTOR) | (np.abs(quantity) > _WIDEST_FACTOR)
    product = np.where(beyond, 0, price) * np.where(beyond, 0, quantity)
    whole, rest = np.divmod(product, divisor)
    return whole + (2 * rest >= divisor), beyond


def _half_up(product: int, divisor: int) -> int:
    whole, rest = divmod(product, divisor)
    return whole + (2 * rest >= divisor)
