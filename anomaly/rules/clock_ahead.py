"""Was a reading stamped later than it was received?"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from anomaly import specimen, telling
from anomaly.evidence import Evidence, Fleet, ReadingColumns, to_instant
from anomaly.judge import Judgement, Sight
from anomaly.pairing import counted
from metrology.finding import Finding, Grade, Magnitude
from metrology.wording import Wording

_STATEMENT = Wording(
    zh="器具{serial}报送的示值时间为{at}，而{received}已收到，晚{lead_zh}（允许{limit_zh}）；"
    "当日共{readings}个读数如此。示值不可能在采集之前收到，器具时钟超前。",
    en="Instrument {serial} stamped a reading {at} that was received at {received}, {lead_en} before ({limit_en} "
    "allowed); so it is for {readings} readings of that day. Nothing is received before it is taken: the instrument's "
    "clock is ahead.",
)

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class ClockAhead:
    """Was a reading stamped later than it was received?

    Parameters
    ----------
    tolerance_seconds
        How far ahead the device's clock may be [s].

    Notes
    -----
    Formula: a reading taken at t by the device's clock and received at r by ours, a finding where t − r >
    `tolerance_seconds`, exactly. What one instrument stamped so on one civil day is one finding: onset and until its
    first and last such instant, magnitude the largest t − r. What was received first is looked at: a repetition
    received later proves nothing.

    Wrong when: our own clock was behind (then many sources are ahead at once), or a wrong zone was declared to the
    source: the offset is then a whole number of quarter hours.

    Instead: quality code `received_late` for clocks that are behind, which no single reading proves: it may have
    waited on the way.

    Not judged: `no_receipts` where no reading of the judged period came with the instant of its receipt.

    References
    ----------
    VEE-T06 time-stamp in the future; tampering catalogue, electricity "clock drift/TOU shift" (> 5 min).

    Examples
    --------
    >>> finding, = [each for each in ClockAhead().judge(faulty()).findings if each.instrument == 1]
    >>> finding.magnitude
    Magnitude(value=0.5, unit='h', uncertainty=None, relative_percent=None)
    >>> print(finding.statement.en)  # doctest: +NORMALIZE_WHITESPACE
    Instrument S-000001 stamped a reading 2026-03-02 08:30 that was received at 2026-03-02 08:00, 30 min before (5 min
    allowed); so it is for 1 readings of that day. Nothing is received before it is taken: the instrument's clock is
    ahead.
    """

    tolerance_seconds: float = 300.0

    name: ClassVar[str] = "clock_ahead"
    version: ClassVar[str] = "1"
    grade: ClassVar[Grade] = Grade.EXACT
    question: ClassVar[Wording] = Wording(
        zh="是否有示值的时间晚于其收到的时间？", en="Was a reading stamped later than it was received?"
    )
    check: ClassVar[Wording] = Wording(
        zh="现场核对器具时钟与标准时间；查阅校时记录；核对数据来源报送的时区。",
        en="Compare the instrument's clock with the right time on site; look at the records of its setting and at the "
        "zone that the source sends.",
    )
    needs: ClassVar[frozenset[Sight]] = frozenset({Sight.READINGS})
    compares_instruments: ClassVar[bool] = False
    false_alarms_per_1000_instrument_years: ClassVar[float | None] = None

    @property
    def memory(self) -> timedelta:
        """None: a reading is judged by itself."""
        return timedelta(0)

    def judge(self, evidence: Evidence) -> Judgement:
        """Every instrument and civil day with readings of the judged period stamped ahead of their receipt."""
        without = np.ones(len(evidence.fleet), dtype=np.bool_)
        limit = timedelta(seconds=self.tolerance_seconds) // timedelta(microseconds=1)
        ahead: dict[tuple[int, str], list[tuple[ReadingColumns, int]]] = {}
        for name in sorted(evidence.readings):
            columns = evidence.readings[name]
            if columns.received_at is None:
                continue
            without &= ~columns.seen()
            owner = columns.instrument
            judged = (columns.taken_at >= columns.start[owner]) & (columns.taken_at < columns.end[owner])
            for row in np.flatnonzero(judged & (columns.taken_at - columns.received_at > limit)).tolist():
                zone = evidence.fleet.zones[owner[row]]
                day = telling.day(int(columns.taken_at[row]), zone)
                ahead.setdefault((int(owner[row]), day), []).append((columns, row))
        findings = tuple(self._finding(evidence.fleet, owner, rows) for (owner, _), rows in ahead.items())
        return Judgement(findings, counted("no_receipts", without))

    def _finding(self, fleet: Fleet, owner: int, rows: list[tuple[ReadingColumns, int]]) -> Finding:
        stamped = sorted((int(columns.taken_at[row]), int(_received(columns)[row])) for columns, row in rows)
        at, received = max(stamped, key=lambda each: (each[0] - each[1], -each[0]))
        lead = to_instant(at) - to_instant(received)
        lead_zh, lead_en = telling.length(lead)
        limit_zh, limit_en = telling.length(timedelta(seconds=self.tolerance_seconds))
        zone = fleet.zones[owner]
        return Finding(
            instrument=int(fleet.ids[owner]),
            onset=to_instant(stamped[0][0]),
            until=to_instant(stamped[-1][0]),
            noticed_at=to_instant(stamped[-1][0]),
            statement=_STATEMENT.fill(
                serial=fleet.serials[owner],
                at=telling.moment(at, zone),
                received=telling.moment(received, zone),
                lead_zh=lead_zh,
                lead_en=lead_en,
                limit_zh=limit_zh,
                limit_en=limit_en,
                readings=len({instant for instant, _ in stamped}),
            ),
            magnitude=Magnitude(value=lead / _HOUR, unit="h"),
            evidence={
                "taken_at": to_instant(at).isoformat(),
                "received_at": to_instant(received).isoformat(),
                "lead_seconds": lead.total_seconds(),
                "tolerance_seconds": self.tolerance_seconds,
                "readings": len({instant for instant, _ in stamped}),
            },
        )


def _received(columns: ReadingColumns) -> NDArray[np.int64]:
    return columns.taken_at if columns.received_at is None else columns.received_at


def faulty() -> Evidence:
    """Evidence with the fault that this judge exists for, for its examination."""
    evidence = specimen.readings(
        "water_meter",
        [
            (0, "2026-03-02T08:30+08:00", "1.000"),
            (1, "2026-03-02T08:30+08:00", "1.000"),
            (2, "2026-03-02T08:30+08:00", "1.000"),
            (2, "2026-03-02T09:30+08:00", "1.100"),
            (2, "2026-03-03T08:30+08:00", "1.200"),
        ],
    )
    columns = evidence.readings["volume"]
    minute = 60_000_000
    late = columns.taken_at - np.array([30, -1, 6, 90, 5]) * minute
    return replace(evidence, readings={"volume": replace(columns, received_at=late)})
