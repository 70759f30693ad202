"""Does a transaction begin before the previous one has ended?"""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np

from anomaly import telling
from anomaly.evidence import Evidence, TransactionColumns, to_instant
from anomaly.judge import Judgement, Sight
from anomaly.pairing import counted
from anomaly.pruning import one_per_onset
from metrology.finding import Finding, Grade, Magnitude
from metrology.quantity import to_text
from metrology.wording import Wording

_STATEMENT = Wording(
    zh="第{later}号交易于{at}开始，而同一器具的前一笔交易（第{earlier}号）至{earlier_end}才结束，重叠{overlap_zh}；"
    "同一器具同一时间只能进行一笔交易。",
    en="Transaction {later} began at {at}, while transaction {earlier} of the same instrument ended only at "
    "{earlier_end}, an overlap of {overlap_en}; one instrument can serve one transaction at a time.",
)

_SECONDS_AS_SUCH = 600
"""Longest overlap told in seconds."""


@dataclass(frozen=True)
class OverlappingTransactions:
    """Does a transaction begin before the previous one has ended?

    Parameters
    ----------
    tolerance_seconds
        Longest overlap passed over [s].

    Notes
    -----
    Formula: for consecutive transactions i, i + 1 of one instrument in order of start, a finding wherever
    end(i) − start(i + 1) > `tolerance_seconds`. Onset start(i + 1); until the earlier of both ends; noticed when
    both have ended; magnitude the time shared.

    Wrong when: the instrument's clock was set between the two, stamps are rounded to minutes (set the tolerance), or
    two connectors report as one instrument. A transaction that lies inside one before the previous one is not
    compared with it: one long transaction over several short ones is found once.

    Instead: `impossible_rate` where the quantity does not fit the time.

    Not judged: `no_transactions`.

    References
    ----------
    VEE-EV03 (continuity between transactions), VEE-T02; DESIGN §4, exact rules.

    Examples
    --------
    >>> from anomaly import specimen
    >>> evidence = specimen.transactions("ev_charger", [
    ...     (0, 7, "2026-03-02T08:00+08:00", "2026-03-02T09:30+08:00", "10.0000", None, None),
    ...     (0, 8, "2026-03-02T09:29+08:00", "2026-03-02T10:00+08:00", "3.0000", None, None),
    ... ])
    >>> finding, = OverlappingTransactions().judge(evidence).findings
    >>> finding.magnitude.value, finding.magnitude.unit
    (60.0, 's')
    >>> print(finding.statement.en)  # doctest: +NORMALIZE_WHITESPACE
    Transaction 8 began at 2026-03-02 09:29, while transaction 7 of the same instrument ended only at
    2026-03-02 09:30, an overlap of 60 s; one instrument can serve one transaction at a time.
    """

    tolerance_seconds: float = 0.0

    name: ClassVar[str] = "overlapping_transactions"
    version: ClassVar[str] = "1"
    grade: ClassVar[Grade] = Grade.EXACT
    question: ClassVar[Wording] = Wording(
        zh="前一笔交易结束之前，后一笔交易是否已经开始？",
        en="Does a transaction begin before the previous one has ended?",
    )
    check: ClassVar[Wording] = Wording(
        zh="将器具时钟与标准时间比对；调取两笔交易的原始记录，确认是否出自同一支加油枪或充电枪。",
        en="Compare the instrument's clock with standard time; obtain the raw records of both transactions and make "
        "sure that they belong to one connector or nozzle.",
    )
    needs: ClassVar[frozenset[Sight]] = frozenset({Sight.TRANSACTIONS})
    compares_instruments: ClassVar[bool] = False
    false_alarms_per_1000_instrument_years: ClassVar[float | None] = None

    @property
    def memory(self) -> timedelta:
        """None: the transaction before each transaction is enough."""
        return timedelta(0)

    def judge(self, evidence: Evidence) -> Judgement:
        """Every overlap whose later end lies in the judged period."""
        columns = evidence.transactions
        silent = np.ones(len(evidence.fleet), dtype=np.bool_)
        if columns is None:
            return Judgement((), counted("no_transactions", silent))
        silent[columns.instrument[columns.judged()]] = False
        owner, ended = columns.instrument, columns.ended_at
        known = np.maximum(ended[1:], ended[:-1])
        tolerance = timedelta(seconds=self.tolerance_seconds) // timedelta(microseconds=1)
        overlapping = (
            (owner[1:] == owner[:-1])
            & (ended[:-1] - columns.started_at[1:] > tolerance)
            & (known >= columns.start[owner[1:]])
            & (known < columns.end[owner[1:]])
        )
        findings = [self._finding(evidence, columns, int(row)) for row in np.flatnonzero(overlapping) + 1]
        return Judgement(one_per_onset(findings), counted("no_transactions", silent))

    def _finding(self, evidence: Evidence, columns: TransactionColumns, row: int) -> Finding:
        owner = int(columns.instrument[row])
        zone = evidence.fleet.zones[owner]
        began, before_end, end = (
            int(columns.started_at[row]),
            int(columns.ended_at[row - 1]),
            int(columns.ended_at[row]),
        )
        overlap = to_instant(before_end) - to_instant(began)
        # A transaction of no length inside another shares no time with it, yet both cannot be.
        until = max(began, min(before_end, end))
        seconds = overlap.total_seconds()
        overlap_zh, overlap_en = (
            (f"{seconds:g}秒", f"{seconds:g} s")
            if seconds <= _SECONDS_AS_SUCH
            else telling.stretch(overlap / timedelta(hours=1))
        )
        billed = evidence.fleet.kind.transaction
        return Finding(
            instrument=int(evidence.fleet.ids[owner]),
            onset=to_instant(began),
            until=to_instant(until),
            noticed_at=to_instant(max(before_end, end)),
            statement=_STATEMENT.fill(
                later=int(columns.sequence[row]),
                earlier=int(columns.sequence[row - 1]),
                at=telling.moment(began, zone),
                earlier_end=telling.moment(before_end, zone),
                overlap_zh=overlap_zh,
                overlap_en=overlap_en,
            ),
            magnitude=Magnitude(value=seconds, unit="s"),
            evidence={
                side: {
                    "sequence": int(columns.sequence[at]),
                    "started_at": to_instant(int(columns.started_at[at])).isoformat(),
                    "ended_at": to_instant(int(columns.ended_at[at])).isoformat(),
                    "quantity": to_text(int(columns.quantity[at]), billed.decimals if billed else 0),
                    "unit": billed.unit if billed else "",
                }
                for side, at in (("earlier", row - 1), ("later", row))
            },
        )
