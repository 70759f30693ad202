"""Was one transaction stated twice, differently?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

import numpy as np

from anomaly import specimen, telling
from anomaly.evidence import Evidence, TransactionConflictColumns, to_instant, to_microseconds
from anomaly.judge import Judgement, Sight
from anomaly.pairing import counted
from anomaly.pruning import one_per_onset
from metrology.finding import Finding, Grade, Magnitude
from metrology.kind import InstrumentKind
from metrology.quantity import to_decimal, to_text
from metrology.transaction import AMOUNT_DECIMALS, UNIT_PRICE_DECIMALS
from metrology.wording import Wording

_STATEMENT = Wording(
    zh="器具{serial}的第{sequence}号交易（{at}开始）前后报送不一（先报{first_received}收到，后报{received}收到）：{what_zh}；"
    "先到的记录保留，后到的记录作为证据留存。",
    en="Instrument {serial} stated transaction {sequence} (begun {at}) differently: first (received {first_received}) "
    "and later (received {received}): {what_en}; the first statement stays, what came later is kept as evidence.",
)
_CHANGE = Wording(zh="{member_zh}由{first_zh}变为{later_zh}", en="{member_en} {first_en}, then {later_en}")
_MEMBERS = {
    "quantity": Wording(zh="计量值", en="quantity"),
    "unit_price": Wording(zh="单价", en="unit price"),
    "amount": Wording(zh="金额", en="amount"),
    "ended_at": Wording(zh="结束时间", en="end"),
}
_OTHERWISE = Wording(zh="示值、附加属性或签名不同", en="indications, attributes or signature differ")
_NOT_STATED = Wording(zh="未报", en="not stated")


@dataclass(frozen=True)
class TransactionConflict:
    """Was one transaction stated twice, differently?

    Parameters
    ----------
    tolerance_fen
        Largest difference of amounts passed over where quantity, unit price and end agree [fen, 0.01 CNY].

    Notes
    -----
    Formula: for the statement received first of a transaction (instrument, start, sequence) and every other statement
    received later under the same key, a finding wherever a member differs, in exact integers. Onset, until and notice:
    the start, which both bear. Magnitude: the difference of the amounts, or where an amount was not stated that of the
    quantities. The loss stated is its size: one of the two statements is wrong by as much.

    Wrong when: the source completes a record that it had stated too early (a charge still running, a payment still
    open), or a counter began anew within one second: then two transactions bear one key.

    Instead: `amount_mismatch` on the statement that stands; `reading_conflict` for readings.

    Not judged: `no_transactions` where neither a transaction nor a conflict came in.

    References
    ----------
    OIML D 31:2023 (what is legally relevant, once stated, must not be changed unnoticed).

    Examples
    --------
    >>> from anomaly import specimen
    >>> evidence = specimen.transaction_conflicts("fuel_dispenser", [
    ...     (0, 7, "2026-03-02T08:10+08:00", ("35.00", "7.85", "274.75"), ("30.00", "7.85", "235.50")),
    ... ])
    >>> finding, = TransactionConflict().judge(evidence).findings
    >>> finding.magnitude.value, finding.magnitude.unit
    (-39.25, 'CNY')
    >>> print(finding.statement.en)  # doctest: +NORMALIZE_WHITESPACE
    Instrument S-000001 stated transaction 7 (begun 2026-03-02 08:10) differently: first (received 2026-03-02 08:13) and
    later (received 2026-03-02 09:13): quantity 35.00 L, then 30.00 L, amount 274.75 CNY, then 235.50 CNY; the first
    statement stays, what came later is kept as evidence.
    """

    tolerance_fen: int = 0

    name: ClassVar[str] = "transaction_conflict"
    version: ClassVar[str] = "1"
    grade: ClassVar[Grade] = Grade.EXACT
    question: ClassVar[Wording] = Wording(
        zh="同一笔交易是否先后报送过不同的记录？", en="Was one transaction stated twice, differently?"
    )
    check: ClassVar[Wording] = Wording(
        zh="调取该笔交易的小票、支付记录和器具内的原始记录，查明哪一份属实、由谁在何时改动、为何改动。",
        en="Obtain the receipt, the payment record and the raw record in the instrument; find out which statement is "
        "true, and who changed the other, when and why.",
    )
    needs: ClassVar[frozenset[Sight]] = frozenset({Sight.TRANSACTIONS, Sight.CONFLICTS})
    compares_instruments: ClassVar[bool] = False
    false_alarms_per_1000_instrument_years: ClassVar[float | None] = None

    @property
    def memory(self) -> timedelta:
        """None: both statements speak of one transaction."""
        return timedelta(0)

    def judge(self, evidence: Evidence) -> Judgement:
        """Every later statement of a transaction begun in the judged period that differs from the first."""
        silent = np.ones(len(evidence.fleet), dtype=np.bool_)
        if evidence.transactions is not None:
            silent[evidence.transactions.instrument[evidence.transactions.judged()]] = False
        columns = evidence.transaction_conflicts
        if columns is None:
            return Judgement((), counted("no_transactions", silent))
        judged = columns.judged()
        silent[columns.instrument[judged]] = False
        # As floats: the difference of two 64-bit counts may not fit 64 bits.
        moved = columns.amount.filled(0).astype(np.float64) - columns.first_amount.filled(0).astype(np.float64)
        trifling = (
            (columns.quantity == columns.first_quantity)
            & (columns.unit_price.filled(-1) == columns.first_unit_price.filled(-1))
            & (columns.ended_at == columns.first_ended_at)
            & ~columns.otherwise
            & (np.abs(moved) <= self.tolerance_fen)
            & ~columns.amount.mask
            & ~columns.first_amount.mask
        )
        findings = one_per_onset(
            _finding(evidence, columns, int(row)) for row in np.flatnonzero(judged & ~np.asarray(trifling))
        )
        return Judgement(findings, counted("no_transactions", silent))


def _finding(evidence: Evidence, columns: TransactionConflictColumns, row: int) -> Finding:
    fleet, owner = evidence.fleet, int(columns.instrument[row])
    zone, onset = fleet.zones[owner], to_instant(int(columns.started_at[row]))
    first, later = _stated(fleet.kind, columns, row, "first_"), _stated(fleet.kind, columns, row, "")
    changes = [
        _change(member, first[member], later[member], fleet.kind, zone)
        for member in _MEMBERS
        if first[member] != later[member]
    ]
    if columns.otherwise[row]:
        changes.append(_OTHERWISE)
    magnitude = _difference(fleet.kind, columns, row)
    return Finding(
        instrument=int(fleet.ids[owner]),
        onset=onset,
        until=onset,
        noticed_at=onset,
        statement=_STATEMENT.fill(
            serial=fleet.serials[owner],
            sequence=int(columns.sequence[row]),
            at=telling.moment(int(columns.started_at[row]), zone),
            first_received=telling.moment(int(columns.first_received_at[row]), zone),
            received=telling.moment(int(columns.received_at[row]), zone),
            what_zh="，".join(change.zh for change in changes),
            what_en=", ".join(change.en for change in changes),
        ),
        magnitude=magnitude,
        loss=abs(magnitude.value),
        evidence={
            "sequence": int(columns.sequence[row]),
            "started_at": onset.isoformat(),
            "first": first | {"received_at": to_instant(int(columns.first_received_at[row])).isoformat()},
            "later": later | {"received_at": to_instant(int(columns.received_at[row])).isoformat()},
            "differs_otherwise": bool(columns.otherwise[row]),
        },
    )


def _stated(kind: InstrumentKind, columns: TransactionConflictColumns, row: int, which: str) -> dict[str, str | None]:
    """Members of the first or a later statement as plain text; None for what it did not state."""
    price, amount = getattr(columns, f"{which}unit_price"), getattr(columns, f"{which}amount")
    return {
        "quantity": to_text(int(getattr(columns, f"{which}quantity")[row]), _decimals(kind)),
        "unit_price": None if price.mask[row] else to_text(int(price.data[row]), UNIT_PRICE_DECIMALS),
        "amount": None if amount.mask[row] else to_text(int(amount.data[row]), AMOUNT_DECIMALS),
        "ended_at": to_instant(int(getattr(columns, f"{which}ended_at")[row])).isoformat(),
    }


def _change(member: str, first: str | None, later: str | None, kind: InstrumentKind, zone: str) -> Wording:
    before, after = _told(member, first, kind, zone), _told(member, later, kind, zone)
    name = _MEMBERS[member]
    return _CHANGE.fill(
        member_zh=name.zh,
        member_en=name.en,
        first_zh=before.zh,
        first_en=before.en,
        later_zh=after.zh,
        later_en=after.en,
    )


def _told(member: str, stated: str | None, kind: InstrumentKind, zone: str) -> Wording:
    if stated is None:
        return _NOT_STATED
    if member == "ended_at":
        told = telling.moment(to_microseconds(datetime.fromisoformat(stated)), zone)
        return Wording(zh=told, en=told)
    unit = telling.unit(kind.transaction.unit) if kind.transaction else ""
    if member == "quantity":
        return Wording(zh=f"{stated} {unit}", en=f"{stated} {unit}")
    if member == "unit_price":
        return Wording(zh=f"{stated}元/{unit}", en=f"{stated} CNY/{unit}")
    return Wording(zh=f"{stated}元", en=f"{stated} CNY")


def _difference(kind: InstrumentKind, columns: TransactionConflictColumns, row: int) -> Magnitude:
    """Later less first: of the amounts, or where one was not stated of the quantities."""
    unstated = np.ma.getmaskarray(columns.amount)[row] or np.ma.getmaskarray(columns.first_amount)[row]
    if not unstated:
        fen = int(columns.amount.data[row]) - int(columns.first_amount.data[row])
        return Magnitude(value=float(to_decimal(fen, AMOUNT_DECIMALS)), unit="CNY")
    steps = int(columns.quantity[row]) - int(columns.first_quantity[row])
    return Magnitude(
        value=float(to_decimal(steps, _decimals(kind))), unit=kind.transaction.unit if kind.transaction else "1"
    )


def _decimals(kind: InstrumentKind) -> int:
    return kind.transaction.decimals if kind.transaction else 0


def faulty() -> Evidence:
    """Evidence with the fault that this judge exists for, for its examination."""
    return specimen.transaction_conflicts(
        "fuel_dispenser",
        [
            (0, 7, "2026-03-02T08:10+08:00", ("35.00", "7.85", "274.75"), ("30.00", "7.85", "235.50")),
            (2, 1, "2026-03-02T08:10+08:00", ("35.00", "7.85", "274.75"), ("35.00", "7.85", None)),
            (2, 2, "2026-03-02T08:10+08:00", ("35.00", None, None), ("36.00", None, None)),
        ],
    )
