"""Does a cumulative register run backwards?"""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np

from anomaly import telling
from anomaly.evidence import Evidence, Fleet, ReadingColumns, to_instant
from anomaly.judge import Judgement, Sight
from anomaly.pairing import without_pairs
from metrology.finding import Finding, Grade, Magnitude
from metrology.wording import Wording

_STATEMENT = Wording(
    zh="{register_zh}示值由{before} {unit}（{at}）降至{after} {unit}（{until}），减少{decrease} {unit}；"
    "正常使用中累积示值只增不减。",
    en="The {register_en} register went from {before} {unit} ({at}) down to {after} {unit} ({until}), a decrease of "
    "{decrease} {unit}; a cumulative register only grows in honest service.",
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
    v₁ − v₂ > `allowed_decrease_steps`, in exact integer counts. Onset t₁, until t₂, magnitude v₂ − v₁.

    Wrong when: the instrument was exchanged or its register set anew under the same serial (a work order explains
    it), the register rolled over at its last digit, or frames of another instrument were sent under its name: the
    decrease is still a fact, only its cause is another. One false high indication is found once, when it is taken
    back; one false low indication is found when it appears.

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
    version: ClassVar[str] = "1"
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
            falling = later[columns.value[later] < columns.value[later - 1]]
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
            ),
            magnitude=Magnitude(value=-decrease, unit=register.unit),
            register=register.name,
            loss=decrease,
            evidence={
                "before": register.to_text(before),
                "after": register.to_text(after),
                "before_at": to_instant(onset).isoformat(),
                "after_at": to_instant(until).isoformat(),
                "unit": register.unit,
            },
        )
