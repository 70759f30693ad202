"""Did an instrument stay silent for longer than it may?"""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from anomaly import telling
from anomaly.chief import chief_readings
from anomaly.evidence import Evidence, Fleet, ReadingColumns, to_instant
from anomaly.judge import Judgement, Sight
from anomaly.pairing import without_pairs
from metrology.finding import Finding, Grade, Magnitude
from metrology.wording import Wording

_STATEMENT = Wording(
    zh="{at}至{until}共{length_zh}无读数，超过允许的{limit_zh}；其间示值由{before} {unit}变为{after} {unit}。",
    en="No reading arrived from {at} to {until}, {length_en}, longer than the {limit_en} allowed; meanwhile the "
    "register went from {before} {unit} to {after} {unit}.",
)


@dataclass(frozen=True)
class ReadingGap:
    """Did an instrument stay silent for longer than it may?

    Parameters
    ----------
    limit_hours
        Longest time allowed between consecutive readings [h].

    Notes
    -----
    Formula: for consecutive readings at t₁ and t₂ of the instrument's principal register, or of the first cumulative
    register that it sends instead, a finding wherever t₂ − t₁ > `limit_hours`. Onset t₁, until t₂, magnitude t₂ − t₁.

    Wrong when: the source itself was cut off (then many instruments fall silent together), the instrument reads less
    often by contract (set the limit of its kind), or its clock was set. A gap counts once the next reading has
    arrived: of an instrument that never speaks again this rule says nothing.

    Instead: `stopped_register` where readings arrive but do not move.

    Not judged: `no_consecutive_readings`.

    References
    ----------
    VEE-G04 gap (Itron Enterprise Edition interval rules).

    Examples
    --------
    >>> from anomaly import specimen
    >>> evidence = specimen.readings("gas_meter", [
    ...     (0, "2026-03-02T08:00+08:00", "10.000"),
    ...     (0, "2026-03-03T14:30+08:00", "12.500"),
    ...     (0, "2026-03-03T15:30+08:00", "12.600"),
    ... ])
    >>> finding, = ReadingGap().judge(evidence).findings
    >>> finding.magnitude.value, finding.magnitude.unit
    (30.5, 'h')
    >>> print(finding.statement.en)  # doctest: +NORMALIZE_WHITESPACE
    No reading arrived from 2026-03-02 08:00 to 2026-03-03 14:30, 30.5 h, longer than the 24 h allowed; meanwhile
    the register went from 10.000 m³ to 12.500 m³.
    """

    limit_hours: float = 24.0

    name: ClassVar[str] = "reading_gap"
    version: ClassVar[str] = "1"
    grade: ClassVar[Grade] = Grade.EXACT
    question: ClassVar[Wording] = Wording(
        zh="计量器具无读数的时间是否超过允许时长？", en="Did an instrument stay silent for longer than it may?"
    )
    check: ClassVar[Wording] = Wording(
        zh="查阅采集器和通信日志、停电记录；现场读取示值，核对其与恢复后上传的示值是否相符。",
        en="Look at the gateway's and the network's logs and at outage records; compare the indication after the gap "
        "with the one on site.",
    )
    needs: ClassVar[frozenset[Sight]] = frozenset({Sight.READINGS})
    compares_instruments: ClassVar[bool] = False
    false_alarms_per_1000_instrument_years: ClassVar[float | None] = None

    @property
    def memory(self) -> timedelta:
        """None: the reading before each reading is enough."""
        return timedelta(0)

    def judge(self, evidence: Evidence) -> Judgement:
        """Every gap that a reading of the judged period ends."""
        limit = timedelta(hours=self.limit_hours) // timedelta(microseconds=1)
        findings: list[Finding] = []
        for columns, mine in chief_readings(evidence):
            later = columns.pairs()
            late = later[columns.taken_at[later] - columns.taken_at[later - 1] > limit]
            findings += [
                self._finding(columns, evidence.fleet, int(row)) for row in late[mine[columns.instrument[late]]]
            ]
        return Judgement(tuple(findings), without_pairs(evidence))

    def _finding(self, columns: ReadingColumns, fleet: Fleet, row: int) -> Finding:
        register, owner = columns.register, int(columns.instrument[row])
        onset, until = int(columns.taken_at[row - 1]), int(columns.taken_at[row])
        hours = (to_instant(until) - to_instant(onset)) / timedelta(hours=1)
        length_zh, length_en = telling.stretch(hours)
        limit_zh, limit_en = telling.stretch(self.limit_hours)
        before, after = register.to_text(int(columns.value[row - 1])), register.to_text(int(columns.value[row]))
        return Finding(
            instrument=int(fleet.ids[owner]),
            onset=to_instant(onset),
            until=to_instant(until),
            noticed_at=to_instant(until),
            statement=_STATEMENT.fill(
                at=telling.moment(onset, fleet.zones[owner]),
                until=telling.moment(until, fleet.zones[owner]),
                length_zh=length_zh,
                length_en=length_en,
                limit_zh=limit_zh,
                limit_en=limit_en,
                before=before,
                after=after,
                unit=telling.unit(register.unit),
            ),
            magnitude=Magnitude(value=hours, unit="h"),
            register=register.name,
            evidence={
                "last_before": to_instant(onset).isoformat(),
                "first_after": to_instant(until).isoformat(),
                "before": before,
                "after": after,
                "unit": register.unit,
                "limit_hours": self.limit_hours,
            },
        )
