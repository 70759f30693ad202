"""Was one instant reported twice, with different values?"""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from anomaly import specimen, telling
from anomaly.evidence import ConflictColumns, Evidence, Fleet, to_instant
from anomaly.judge import Judgement, Sight
from anomaly.pairing import counted
from metrology.finding import Finding, Grade, Magnitude
from metrology.wording import Wording

_STATEMENT = Wording(
    zh="器具{serial}的{register_zh}在{at}的示值前后不一：先为{first} {unit}（{first_received}收到），后为{later_zh}；"
    "{many_zh}先到的值保留，后到的值作为证据留存。",
    en="Instrument {serial} reported its {register_en} at {at} with different values: first {first} {unit} (received "
    "{first_received}), later {later_en}; {many_en}the first value stays, what came later is kept as evidence.",
)
_LATER = Wording(zh="{value} {unit}（{received}收到）", en="{value} {unit} (received {received})")
_MANY = Wording(
    zh="当日共{instants}个时刻如此，后到{values}个值，差异最大者如上；",
    en="so it is for {instants} instants of that day, with {values} later values, of which this one differs most; ",
)
_MORE = Wording(zh="等{values}个值", en=" and others, {values} in all")

_TOLD = 3
"""Most later values of one instant that a statement tells."""
_LISTED = 50
"""Most instants that the evidence lists; their number is told in any case."""


@dataclass(frozen=True)
class ReadingConflict:
    """Was one instant reported twice, with different values?

    Parameters
    ----------
    tolerance_steps
        Largest difference passed over [steps of the register's resolution].

    Notes
    -----
    Formula: for the value v₁ received first for an instrument, register and instant, and every other value v₂ received
    later for the same, a finding wherever |v₂ − v₁| > `tolerance_steps`, in exact integer counts. What one register
    was reported for on one civil day is one finding. Onset and until: its first and its last such instant; magnitude:
    the v₂ − v₁ that is largest. The loss stated, for cumulative registers alone, is that difference: one of the two
    values is wrong by as much.

    Wrong when: the source corrected a mistake of its own and announced it (estimated values replaced by read ones), two
    instruments were sent under one serial, or the instrument's clock was set back and it indicated two values at what
    it called one instant: two values for one instant are still a fact, only their cause is another.

    Instead: `backward_register` and `impossible_rate` on the values that stand; `transaction_conflict` for
    transactions.

    Not judged: `no_cumulative_readings` where neither a conflict nor a reading of a cumulative register came in.

    References
    ----------
    VEE: duplicate reads with different values; OIML D 31:2023 (what is legally relevant must not be changed unnoticed).

    Examples
    --------
    >>> from anomaly import specimen
    >>> evidence = specimen.conflicts("water_meter", [
    ...     (0, "2026-03-02T08:00+08:00", "105.250", "2026-03-02T08:01+08:00", "103.250", "2026-03-04T02:00+08:00"),
    ... ])
    >>> finding, = ReadingConflict().judge(evidence).findings
    >>> finding.magnitude
    Magnitude(value=-2.0, unit='m3', uncertainty=None, relative_percent=None)
    >>> print(finding.statement.en)  # doctest: +NORMALIZE_WHITESPACE
    Instrument S-000001 reported its volume at 2026-03-02 08:00 with different values: first 105.250 m³ (received
    2026-03-02 08:01), later 103.250 m³ (received 2026-03-04 02:00); the first value stays, what came later is kept as
    evidence.
    """

    tolerance_steps: int = 0

    name: ClassVar[str] = "reading_conflict"
    version: ClassVar[str] = "1"
    grade: ClassVar[Grade] = Grade.EXACT
    question: ClassVar[Wording] = Wording(
        zh="同一时刻的示值是否先后报送过不同的值？", en="Was one instant reported twice, with different values?"
    )
    check: ClassVar[Wording] = Wording(
        zh="向数据来源单位调取该时刻的原始抄表记录和改动记录，问明改动人、改动时间和理由；现场读取示值及器具内存的冻结数据比对。",
        en="Obtain the source's raw reading and its record of changes for that instant: who changed what, when and "
        "why; compare with the register on site and with the values frozen in the instrument's memory.",
    )
    needs: ClassVar[frozenset[Sight]] = frozenset({Sight.READINGS, Sight.CONFLICTS})
    compares_instruments: ClassVar[bool] = False
    false_alarms_per_1000_instrument_years: ClassVar[float | None] = None

    @property
    def memory(self) -> timedelta:
        """None: both values speak of one instant."""
        return timedelta(0)

    def judge(self, evidence: Evidence) -> Judgement:
        """Every civil day on which instants of a register have several values, one finding each."""
        seen = np.zeros(len(evidence.fleet), dtype=np.bool_)
        for readings in evidence.readings.values():
            seen |= readings.seen()
        findings: list[Finding] = []
        for columns in evidence.conflicts.values():
            judged = columns.judged()
            seen[columns.instrument[judged]] = True
            # As floats: the difference of two 64-bit counts may not fit 64 bits.
            apart = np.abs(columns.value.astype(np.float64) - columns.first_value.astype(np.float64))
            rows = np.flatnonzero(judged & (apart > self.tolerance_steps))
            findings += [_finding(columns, evidence.fleet, day) for day in _by_civil_day(columns, evidence.fleet, rows)]
        return Judgement(tuple(findings), counted("no_cumulative_readings", ~seen))


def _by_civil_day(columns: ConflictColumns, fleet: Fleet, rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Rows of each instrument and civil day, in order."""
    days: dict[tuple[int, str], list[int]] = {}
    for row in rows.tolist():
        owner = int(columns.instrument[row])
        days.setdefault((owner, telling.day(int(columns.taken_at[row]), fleet.zones[owner])), []).append(row)
    return [np.array(members, dtype=np.int64) for members in days.values()]


def _finding(columns: ConflictColumns, fleet: Fleet, rows: NDArray[np.int64]) -> Finding:
    register, owner = columns.register, int(columns.instrument[rows[0]])
    differences = {int(row): int(columns.value[row]) - int(columns.first_value[row]) for row in rows}
    chief = max(differences, key=lambda row: (abs(differences[row]), -row))
    instant = int(columns.taken_at[chief])
    zone, unit = fleet.zones[owner], telling.unit(register.unit)
    difference = float(register.resolution * differences[chief])
    # The value that differs most is told before the others of its instant.
    same = sorted((row for row in differences if columns.taken_at[row] == instant), key=lambda row: row != chief)
    later = [
        _LATER.fill(
            value=register.to_text(int(columns.value[row])),
            unit=unit,
            received=telling.moment(int(columns.received_at[row]), zone),
        )
        for row in same[:_TOLD]
    ]
    more = _MORE.fill(values=len(same)) if len(same) > _TOLD else Wording(zh="", en="")
    instants = len(np.unique(columns.taken_at[rows]))
    many = _MANY.fill(instants=instants, values=len(rows)) if instants > 1 else Wording(zh="", en="")
    onset, until = int(columns.taken_at[rows[0]]), int(columns.taken_at[rows[-1]])
    return Finding(
        instrument=int(fleet.ids[owner]),
        onset=to_instant(onset),
        until=to_instant(until),
        noticed_at=to_instant(until),
        statement=_STATEMENT.fill(
            serial=fleet.serials[owner],
            register_zh=register.title.zh,
            register_en=register.title.en,
            unit=unit,
            at=telling.moment(instant, zone),
            first=register.to_text(int(columns.first_value[chief])),
            first_received=telling.moment(int(columns.first_received_at[chief]), zone),
            later_zh="、".join(each.zh for each in later) + more.zh,
            later_en=", ".join(each.en for each in later) + more.en,
            many_zh=many.zh,
            many_en=many.en,
        ),
        magnitude=Magnitude(value=difference, unit=register.unit),
        register=register.name,
        loss=abs(difference) if register.cumulative else None,
        evidence={
            "unit": register.unit,
            "instants": instants,
            "values": len(rows),
            "conflicts": _listed(columns, rows),
        },
    )


def _listed(columns: ConflictColumns, rows: NDArray[np.int64]) -> list[dict[str, object]]:
    """What was received for each instant, the first `_LISTED` of them."""
    listed: list[dict[str, object]] = []
    for instant in np.unique(columns.taken_at[rows])[:_LISTED]:
        of_instant = rows[columns.taken_at[rows] == instant]
        row = int(of_instant[0])
        listed.append(
            {
                "taken_at": to_instant(int(instant)).isoformat(),
                "first": columns.register.to_text(int(columns.first_value[row])),
                "first_received_at": to_instant(int(columns.first_received_at[row])).isoformat(),
                "later": [
                    {
                        "value": columns.register.to_text(int(columns.value[other])),
                        "received_at": to_instant(int(columns.received_at[other])).isoformat(),
                    }
                    for other in of_instant
                ],
            }
        )
    return listed


def faulty() -> Evidence:
    """Evidence with the fault that this judge exists for, for its examination."""
    return specimen.conflicts(
        "water_meter",
        [
            (0, "2026-03-02T08:00+08:00", "105.250", "2026-03-02T08:01+08:00", "103.250", "2026-03-04T02:00+08:00"),
            (2, "2026-03-02T08:00+08:00", "10.000", "2026-03-02T08:01+08:00", "9.990", "2026-03-02T08:02+08:00"),
            (2, "2026-03-02T09:00+08:00", "11.000", "2026-03-02T09:01+08:00", "9.000", "2026-03-02T09:02+08:00"),
            (2, "2026-03-02T09:00+08:00", "11.000", "2026-03-02T09:01+08:00", "12.000", "2026-03-02T09:03+08:00"),
            (2, "2026-03-03T09:00+08:00", "12.000", "2026-03-03T09:01+08:00", "12.001", "2026-03-03T09:03+08:00"),
        ],
    )
