"""Does a cumulative register run backwards?"""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np

from anomaly import roll_over, telling
from anomaly.evidence import Evidence, Fleet, ReadingColumns, to_instant
from anomaly.judge import Judgement, Sight
from anomaly.pairing import without_pairs
from metrology.finding import Finding, Grade, Magnitude
from metrology.wording import Wording

_STATEMENT = Wording(
    zh="{register_zh}示值由{before} {unit}（{at}）降至{after} {unit}（{until}），减少{decrease} {unit}；"
    "正常使用中累积示值只增不减。{perhaps_zh}",
    en="The {register_en} register went from {before} {unit} ({at}) down to {after} {unit} ({until}), a decrease of "
    "{decrease} {unit}; a cumulative register only grows in honest service.{perhaps_en}",
)
_PERHAPS = Wording(
    zh="两次示值分处{capacity} {unit}两侧：如计度器在该处翻转过零，则实际增加{growth} {unit}，"
    "可在登记信息中申报计度器容量。",
    en=" The two lie on both sides of {capacity} {unit}: if the register rolled over there, it grew by {growth} "
    "{unit}; declare its capacity in the enrolment.",
)


@dataclass(frozen=True)
class BackwardRegister:
    """Does a cumulative register run backwards?

    Parameters
    ----------
    allowed_decrease_steps
        Largest decrease passed over [steps of the register's resolution].

    Notes
    -----
    Formula: for consecutive readings v₁ at t₁ and v₂ at t₂ > t₁ of one cumulative register, a finding wherever
    v₁ − v₂ > `allowed_decrease_steps`, in exact integer counts. Onset t₁, until t₂, magnitude v₂ − v₁. Where the
    register's capacity C was declared and C − v₁ + v₂ is at most C/2 and no more than the instrument's size can
    register from t₁ to t₂, the register rolled over, and nothing is found. Where none was declared and the indications
    lie within 1/200 of a power of ten on both sides, the statement says so, and no loss is stated.

    Wrong when: the instrument was exchanged or its register set anew under the same serial (a work order explains
    it), the register rolled over and nobody declared its capacity, or frames of another instrument were sent under its
    name: the decrease is still a fact, only its cause is another. One false high indication is found once, when it is
    taken back; one false low indication is found when it appears.

    Instead: `impossible_rate` for the jump upwards; `stopped_register` where the register only stands.

    Not judged: `no_consecutive_readings`.

    References
    ----------
    VEE-Z01 negative consumption (Oracle Utilities base package); tampering catalogue, water "reverse install", gas
    "reversal".

    Examples
    --------
    >>> from anomaly import specimen
    >>> evidence = specimen.readings("water_meter", [
    ...     (0, "2026-03-02T08:00+08:00", "105.250"),
    ...     (0, "2026-03-02T09:00+08:00", "104.050"),
    ...     (0, "2026-03-02T10:00+08:00", "104.051"),
    ... ])
    >>> finding, = BackwardRegister().judge(evidence).findings
    >>> finding.magnitude
    Magnitude(value=-1.2, unit='m3', uncertainty=None, relative_percent=None)
    >>> print(finding.statement.en)  # doctest: +NORMALIZE_WHITESPACE
    The volume register went from 105.250 m³ (2026-03-02 08:00) down to 104.050 m³ (2026-03-02 09:00), a decrease of
    1.200 m³; a cumulative register only grows in honest service.
    """

    allowed_decrease_steps: int = 0

    name: ClassVar[str] = "backward_register"
    version: ClassVar[str] = "2"
    grade: ClassVar[Grade] = Grade.EXACT
    question: ClassVar[Wording] = Wording(zh="累积示值是否倒退？", en="Does a cumulative register run backwards?")
    check: ClassVar[Wording] = Wording(
        zh="现场读取示值，与上传的示值比对；查阅器具更换、维修记录，检查封印；检查安装流向或接线。",
        en="Read the register on site and compare it with the one reported; look at exchange and repair records and "
        "seals; check the direction of flow.",
    )
    needs: ClassVar[frozenset[Sight]] = frozenset({Sight.READINGS})
    compares_instruments: ClassVar[bool] = False
    false_alarms_per_1000_instrument_years: ClassVar[float | None] = None

    @property
    def memory(self) -> timedelta:
        """None: the reading before each reading is enough."""
        return timedelta(0)

    def judge(self, evidence: Evidence) -> Judgement:
        """Every decrease that a reading of the judged period shows."""
        findings: list[Finding] = []
        for columns in evidence.readings.values():
            later = columns.pairs()
            # Compared, not subtracted first: the difference of two 64-bit counts may not fit 64 bits.
            falling = later[columns.grown[later] < columns.grown[later - 1]]
            decrease = columns.value[falling - 1].astype(np.float64) - columns.value[falling].astype(np.float64)
            findings += [
                self._finding(columns, evidence.fleet, int(row))
                for row in falling[decrease > self.allowed_decrease_steps]
            ]
        return Judgement(tuple(findings), without_pairs(evidence))

    def _finding(self, columns: ReadingColumns, fleet: Fleet, row: int) -> Finding:
        register, owner = columns.register, int(columns.instrument[row])
        before, after = int(columns.value[row - 1]), int(columns.value[row])
        onset, until = int(columns.taken_at[row - 1]), int(columns.taken_at[row])
        decrease = float(register.resolution * (before - after))
        capacity = roll_over.looks_like(before, after)
        perhaps = Wording(zh="", en="")
        told: dict[str, object] = {}
        if capacity is not None:
            told = {"capacity": register.to_text(capacity), "growth": register.to_text(capacity - before + after)}
            perhaps = _PERHAPS.fill(unit=telling.unit(register.unit), **told)
        return Finding(
            instrument=int(fleet.ids[owner]),
            onset=to_instant(onset),
            until=to_instant(until),
            noticed_at=to_instant(until),
            statement=_STATEMENT.fill(
                register_zh=register.title.zh,
                register_en=register.title.en,
                unit=telling.unit(register.unit),
                before=register.to_text(before),
                after=register.to_text(after),
                decrease=register.to_text(before - after),
                at=telling.moment(onset, fleet.zones[owner]),
                until=telling.moment(until, fleet.zones[owner]),
                perhaps_zh=perhaps.zh,
                perhaps_en=perhaps.en,
            ),
            magnitude=Magnitude(value=-decrease, unit=register.unit),
            register=register.name,
            loss=None if told else decrease,
            evidence={
                "before": register.to_text(before),
                "after": register.to_text(after),
                "before_at": to_instant(onset).isoformat(),
                "after_at": to_instant(until).isoformat(),
                "unit": register.unit,
                **({"if_rolled_over": told} if told else {}),
            },
        )
