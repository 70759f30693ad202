"""Did the register move by what the transaction billed?"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

import numpy as np

from anomaly import specimen, telling
from anomaly.evidence import Evidence, TransactionColumns, to_instant
from anomaly.judge import Judgement, Sight
from anomaly.pairing import counted
from anomaly.pruning import one_per_onset
from metrology.finding import Finding, Grade, Magnitude
from metrology.kind import TransactionQuantity
from metrology.quantity import to_text
from metrology.register import Register
from metrology.wording import Wording

_STATEMENT = Wording(
    zh="第{sequence}号交易（{at}）：示值由{before} {unit}变为{after} {unit}，增加{grown} {unit}，"
    "而计费{billed} {unit}，相差{difference} {unit}。",
    en="Transaction {sequence} ({at}): the register went from {before} {unit} to {after} {unit}, by {grown} {unit}, "
    "but {billed} {unit} was billed, a difference of {difference} {unit}.",
)


@dataclass(frozen=True)
class IndicationMismatch:
    """Did the register move by what the transaction billed?

    Parameters
    ----------
    tolerance_steps
        Largest difference passed over [steps of the billed quantity's resolution].

    Notes
    -----
    Formula: |quantity − (end indication − start indication)| > `tolerance_steps`, in exact integers of the finer of the
    two resolutions. Onset and notice are the transaction's start and end; magnitude quantity − growth: above zero more
    was billed than the register shows.

    Wrong when: the register rolled over within the transaction, or by design counts what is not billed (the loss of a
    charger's cable).

    Instead: `amount_mismatch` for price times quantity; `backward_register` for readings.

    Not judged: `no_transactions`; `indications_not_stated` where an instrument states them in none.

    References
    ----------
    VEE-R07 sum check, VEE-FU10, VEE-EV03; OIML G 22 (what is billed is the difference of two indications).

    Examples
    --------
    >>> finding, = IndicationMismatch().judge(faulty()).findings
    >>> print(finding.statement.en)  # doctest: +NORMALIZE_WHITESPACE
    Transaction 2 (2026-03-02 08:10): the register went from 1035.00 L to 1069.00 L, by 34.00 L, but 35.00 L was
    billed, a difference of +1.00 L.
    """

    tolerance_steps: int = 1

    name: ClassVar[str] = "indication_mismatch"
    version: ClassVar[str] = "1"
    grade: ClassVar[Grade] = Grade.EXACT
    question: ClassVar[Wording] = Wording(
        zh="示值的变化是否等于交易所计费的数量？", en="Did the register move by what the transaction billed?"
    )
    check: ClassVar[Wording] = Wording(
        zh="调取该笔交易的小票和器具内的原始记录，核对起止示值与计费数量；现场试加油（试充电）一笔，比对前后示值。",
        en="Obtain the receipt and the raw record in the instrument and compare both indications with what was billed; "
        "make one trial purchase on site and read the register before and after.",
    )
    needs: ClassVar[frozenset[Sight]] = frozenset({Sight.TRANSACTIONS})
    compares_instruments: ClassVar[bool] = False
    false_alarms_per_1000_instrument_years: ClassVar[float | None] = None

    @property
    def memory(self) -> timedelta:
        """None: a transaction is judged by itself."""
        return timedelta(0)

    def judge(self, evidence: Evidence) -> Judgement:
        """Every transaction of the judged period whose indications do not differ by its quantity."""
        columns, billed, kind = evidence.transactions, evidence.fleet.kind.transaction, evidence.fleet.kind
        silent = np.ones(len(evidence.fleet), dtype=np.bool_)
        if columns is None or billed is None:
            return Judgement((), counted("no_transactions", silent))
        judged = columns.judged()
        silent[columns.instrument[judged]] = False
        if billed.register is None:
            return Judgement((), counted("no_transactions", silent) | counted("indications_not_stated", ~silent))
        register = kind.register(billed.register)
        stated = judged & ~np.ma.getmaskarray(columns.start_indication) & ~np.ma.getmaskarray(columns.end_indication)
        unstated = ~silent
        unstated[columns.instrument[stated]] = False
        finest = max(register.decimals, billed.decimals)
        of_register, of_billed = 10 ** (finest - register.decimals), 10 ** (finest - billed.decimals)
        # As floats first: the difference of two 64-bit counts may not fit 64 bits; then exactly, for the few beyond it.
        grown = columns.end_indication.filled(0).astype(np.float64) - columns.start_indication.filled(0)
        apart = np.abs(columns.quantity.astype(np.float64) * of_billed - grown * of_register)
        suspects = np.flatnonzero(stated & (apart > (self.tolerance_steps - 0.5) * of_billed))
        findings = [self._finding(evidence, columns, int(row), register, billed) for row in suspects]
        return Judgement(
            one_per_onset([finding for finding in findings if finding is not None]),
            counted("no_transactions", silent) | counted("indications_not_stated", unstated),
        )

    def _finding(
        self, evidence: Evidence, columns: TransactionColumns, row: int, register: Register, billed: TransactionQuantity
    ) -> Finding | None:
        finest = max(register.decimals, billed.decimals)
        of_register, of_billed = 10 ** (finest - register.decimals), 10 ** (finest - billed.decimals)
        before, after = int(columns.start_indication.data[row]), int(columns.end_indication.data[row])
        difference = int(columns.quantity[row]) * of_billed - (after - before) * of_register
        if abs(difference) <= self.tolerance_steps * of_billed:
            return None
        owner = int(columns.instrument[row])
        started, ended = int(columns.started_at[row]), int(columns.ended_at[row])
        told = {
            "sequence": int(columns.sequence[row]),
            "before": register.to_text(before),
            "after": register.to_text(after),
            "grown": register.to_text(after - before),
            "billed": to_text(int(columns.quantity[row]), billed.decimals),
            "difference": f"{'+' if difference > 0 else ''}{to_text(difference, finest)}",
        }
        return Finding(
            instrument=int(evidence.fleet.ids[owner]),
            onset=to_instant(started),
            until=to_instant(ended),
            noticed_at=to_instant(ended),
            statement=_STATEMENT.fill(
                at=telling.moment(started, evidence.fleet.zones[owner]), unit=telling.unit(billed.unit), **told
            ),
            magnitude=Magnitude(
                value=difference / 10**finest,
                unit=billed.unit,
                relative_percent=100 * difference / ((after - before) * of_register) if after != before else None,
            ),
            loss=abs(difference) / 10**finest,
            evidence={
                **told,
                "unit": billed.unit,
                "started_at": to_instant(started).isoformat(),
                "ended_at": to_instant(ended).isoformat(),
                "tolerance_steps": self.tolerance_steps,
            },
        )


def faulty() -> Evidence:
    """Evidence with the fault that this judge exists for, for its examination."""
    evidence = specimen.transactions(
        "fuel_dispenser",
        [
            (0, 1, "2026-03-02T08:00+08:00", "2026-03-02T08:02+08:00", "35.00", "7.85", "274.75"),
            (0, 2, "2026-03-02T08:10+08:00", "2026-03-02T08:12+08:00", "35.00", "7.85", "274.75"),
        ],
    )
    if evidence.transactions is None:
        return evidence
    nothing_masked = np.zeros(2, dtype=np.bool_)
    stated = replace(
        evidence.transactions,
        start_indication=np.ma.MaskedArray(np.array([100_000, 103_500]), mask=nothing_masked),
        end_indication=np.ma.MaskedArray(np.array([103_500, 106_900]), mask=nothing_masked),
    )
    return replace(evidence, transactions=stated)
