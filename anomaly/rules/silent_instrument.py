"""Has an instrument fallen silent?"""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from anomaly import specimen, telling
from anomaly.evidence import DayPanel, Evidence, to_instant, to_microseconds
from anomaly.judge import Judgement, Sight
from anomaly.pairing import counted
from metrology.finding import Finding, Grade, Magnitude
from metrology.wording import Wording

_LASTING = Wording(
    zh="器具{serial}自{onset}起没有任何读数，至{last}已{days}天（允许{limit}天）；此前最后一日有{readings}个读数。",
    en="Instrument {serial} has sent no reading since {onset}, {days} days up to {last} ({limit} allowed); on its "
    "last day before it sent {readings}.",
)
_OVER = Wording(
    zh="器具{serial}自{onset}起{days}天没有任何读数（允许{limit}天），{until}起恢复；此前最后一日有{readings}个读数。",
    en="Instrument {serial} sent no reading for {days} days from {onset} on ({limit} allowed) and spoke again on "
    "{until}; on its last day before it sent {readings}.",
)

_LOOK_BACK = 31
"""Days before the judged period in which a silence may begin and still be told [d]."""

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class SilentInstrument:
    """Has an instrument fallen silent?

    Parameters
    ----------
    limit_days
        Whole civil days without a reading of any register that are passed over [d].

    Notes
    -----
    Formula: a run of more than `limit_days` civil days without a single reading, after a day with one. Onset: the
    midnight at which it begins; noticed at the end of the first day beyond the limit; until: the midnight of the day on
    which it speaks again. Magnitude: the days of silence.

    Wrong when: the instrument was taken out of service and nobody said so, it reads less often by contract (set the
    limit of its kind), or its source or its way in was cut off, with many others.

    Instead: `reading_gap` for shorter silences, once they are over; `source_silence` where a whole source says nothing;
    `stopped_register` where readings arrive but do not move.

    Not judged: `no_readings` in the judged period and the month before it: whether it fell silent long ago or never
    spoke cannot be told from there.

    References
    ----------
    VEE-G01 data not collected (MV-90), VEE-G06 stale (FlexMeasures).

    Examples
    --------
    >>> from anomaly import specimen
    >>> consumption = specimen.household(seed=2, day_count=30, instruments=3)
    >>> consumption[20:, 1] = float("nan")
    >>> finding, = SilentInstrument().judge(specimen.days("gas_meter", consumption)).findings
    >>> print(finding.statement.en)  # doctest: +NORMALIZE_WHITESPACE
    Instrument S-000002 has sent no reading since 2026-03-22, 10 days up to 2026-03-31 (3 allowed); on its last day
    before it sent 24.
    """

    limit_days: int = 3

    name: ClassVar[str] = "silent_instrument"
    version: ClassVar[str] = "1"
    grade: ClassVar[Grade] = Grade.EXACT
    question: ClassVar[Wording] = Wording(zh="器具是否已不再报送读数？", en="Has an instrument fallen silent?")
    check: ClassVar[Wording] = Wording(
        zh="查阅采集器和通信日志、停电和拆换记录；现场查看器具是否在用，读取示值。",
        en="Look at the gateway's logs and at outage and exchange records; see on site whether the instrument is in "
        "use and read its register.",
    )
    needs: ClassVar[frozenset[Sight]] = frozenset({Sight.DAYS})
    compares_instruments: ClassVar[bool] = False
    false_alarms_per_1000_instrument_years: ClassVar[float | None] = None

    @property
    def memory(self) -> timedelta:
        """The last day with readings before a silence."""
        return timedelta(days=_LOOK_BACK + self.limit_days + 1)

    def judge(self, evidence: Evidence) -> Judgement:
        """Every silence beyond the limit that lasts into the judged period and is noticed by its end."""
        panel = next(iter(evidence.days.values()), None)
        if panel is None:
            return Judgement((), counted("no_readings", np.ones(len(evidence.fleet), dtype=np.bool_)))
        readings = np.sum([each.readings for each in evidence.days.values()], axis=0)
        last = min(panel.days, (evidence.period.last - panel.first).days + 1)
        readings = readings[:last]
        owner, row = np.nonzero(np.ascontiguousarray((readings > 0).T))
        following = np.full(len(row), last, dtype=np.int64)
        same = np.flatnonzero(owner[1:] == owner[:-1])
        following[same] = row[same + 1]
        over = panel.starts[last] <= to_microseconds(evidence.period.horizon)
        length = following - row - 1
        told = np.flatnonzero(
            (length > self.limit_days) & (following >= panel.judged) & (over[owner] | (following < last))
        )
        before = readings[row, owner]
        findings = tuple(
            self._finding(evidence, panel, int(owner[at]), (int(row[at]), int(following[at]), last), int(before[at]))
            for at in told
        )
        return Judgement(findings, counted("no_readings", ~np.any(readings > 0, axis=0)))

    def _finding(
        self, evidence: Evidence, panel: DayPanel, owner: int, rows: tuple[int, int, int], readings: int
    ) -> Finding:
        """Finding of a silence; rows of its last day with readings, the next one, and the end of what is judged."""
        spoke, again, last = rows
        zone = evidence.fleet.zones[owner]
        onset, end = int(panel.starts[spoke + 1, owner]), int(panel.starts[again, owner])
        noticed = panel.last_second(spoke + 1 + self.limit_days, owner)
        lasting, days = again >= last, again - spoke - 1
        return Finding(
            instrument=int(evidence.fleet.ids[owner]),
            onset=to_instant(onset),
            until=None if lasting else to_instant(end),
            noticed_at=to_instant(noticed),
            statement=(_LASTING if lasting else _OVER).fill(
                serial=evidence.fleet.serials[owner],
                onset=telling.day(onset, zone),
                last=telling.day(int(panel.starts[again - 1, owner]), zone),
                until=telling.day(end, zone),
                days=days,
                limit=self.limit_days,
                readings=readings,
            ),
            magnitude=Magnitude(value=float(days), unit="d"),
            evidence={
                "silent_days": days,
                "limit_days": self.limit_days,
                "last_day_with_readings": telling.day(int(panel.starts[spoke, owner]), zone),
                "readings_of_that_day": readings,
            },
        )


def faulty() -> Evidence:
    """Evidence with the fault that this judge exists for, for its examination."""
    consumption = specimen.household(seed=2, day_count=60, instruments=6)
    consumption[50:, 1] = np.nan
    consumption[30:40, 4] = np.nan
    consumption[50:53, 5] = np.nan
    return specimen.days("water_meter", consumption, judged=35)
