"""Are days sent again that were sent before?"""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from anomaly import specimen, telling
from anomaly.chief import chief_days
from anomaly.evidence import DayPanel, Evidence, to_instant
from anomaly.judge import Judgement, Sight
from anomaly.pairing import counted
from anomaly.repetition import RepeatedDays, repeated_days
from metrology.finding import Finding, Grade, Magnitude
from metrology.wording import Wording

_STATEMENT = Wording(
    zh="{register_zh}自{onset}起有{days}天的逐小时用量与此前某日完全相同（首日与{source}相同，含{different}个不同数值）；"
    "按该器具自身数值出现的频率，一年中偶然如此的期望次数不到{expected}。可能是重放的旧数据，也可能是系统补填的估算值。",
    en="From {onset} on, {days} days of the {register_en} register equal an earlier day hour by hour (the first of "
    "them {source}, with {different} different values); by how often the instrument shows these values, that comes "
    "about by chance less than {expected} times a year. It may be old data sent again, or estimates that a system "
    "filled in.",
)

_YEAR_DAYS = 365.25
_LAGS = tuple(range(1, 8))
"""Distances at which an equal day is sought [d]."""
_LOOK_BACK = 14
"""Days before the judged period from which on repeated days are told; hours are dear to read [d]."""
_SMALLEST_DIGITS = -300.0


@dataclass(frozen=True)
class RepeatedProfile:
    """Are days sent again that were sent before?

    Parameters
    ----------
    history_days
        Days before each day by which the frequency of a value is told [d].
    sufficient_days
        Least number of these with known hours [d].
    expected_per_year
        How often a year a coincidence so unlikely may be expected before it is told [1/a].

    Notes
    -----
    Formula: a day repeats another where all its 24 hours equal those of the day 1 to 7 days before, to the register's
    resolution. Chance of that: the product over the day's *different* values other than zero of (times the value was
    seen + 1)/(hours known + 1) among the `history_days` before; hours at zero and values that come back count nothing,
    so an empty home, a steady load or a coarse resolution never suffice. A finding where 365.25 · 7 · chance <
    `expected_per_year`. Consecutive repeated days are one finding; onset and end are their midnights, noticed at the
    end of the first; of a repetition that lasts, at most 14 days before the judged period are told. Magnitude: the
    repeated days.

    Wrong when: the source fills its own gaps with an earlier day and does not say so (then the values are no readings,
    and the statement is true), or a machine runs an exact programme of many different steps. Blind to a replay to which
    noise was added (one step of the register in one hour of the day suffices), of parts of days, of hours shifted, and
    of days more than a week old.

    Instead: quality code `even_hours` for days too smooth; `reading_conflict` where old values come under old instants.

    Not judged: `no_hours` (no judged day whose hours are all known), `short_history`.

    References
    ----------
    VEE-EL06; tampering catalogue, electricity "replay / frozen profile" (identical 24 h vectors).

    Examples
    --------
    >>> from anomaly import specimen
    >>> evidence = specimen.hours(specimen.days("electricity_meter", specimen.household(5, 60, 3), judged=40))
    >>> hourly = evidence.days["active_energy_import"].hourly
    >>> hourly[50:53, :, 1] = hourly[49, :, 1]
    >>> finding, = RepeatedProfile().judge(evidence).findings
    >>> finding.instrument, finding.magnitude.value, finding.p_value < 1e-20
    (2, 3.0, True)
    """

    history_days: int = 14
    sufficient_days: int = 7
    expected_per_year: float = 1e-6

    name: ClassVar[str] = "repeated_profile"
    version: ClassVar[str] = "2"
    grade: ClassVar[Grade] = Grade.STATISTICAL
    question: ClassVar[Wording] = Wording(
        zh="是否有已经报送过的日子被再次报送？", en="Are days sent again that were sent before?"
    )
    check: ClassVar[Wording] = Wording(
        zh="现场读取示值，与上传的示值比对；向数据来源核实是否用此前数据补填；检查通信模块和密钥是否被更换。",
        en="Read the register on site and compare; ask the source whether it fills gaps with earlier days; see whether "
        "the communication module or its key was exchanged.",
    )
    needs: ClassVar[frozenset[Sight]] = frozenset({Sight.DAYS, Sight.HOURS})
    compares_instruments: ClassVar[bool] = False
    false_alarms_per_1000_instrument_years: ClassVar[float | None] = 0.1

    @property
    def memory(self) -> timedelta:
        """History of the first day of a long repetition."""
        return timedelta(days=_LOOK_BACK + max(self.history_days, *_LAGS))

    def judge(self, evidence: Evidence) -> Judgement:
        """Every run of repeated days that lasts into the judged period."""
        findings: list[Finding] = []
        without = np.ones(len(evidence.fleet), dtype=np.bool_)
        short = np.zeros(len(evidence.fleet), dtype=np.bool_)
        for panel, mine in chief_days(evidence):
            if panel.hourly is None:
                continue
            known = np.all(np.isfinite(panel.hourly), axis=1)
            seen = np.any(known[panel.judged :], axis=0) & mine
            before = np.count_nonzero(known[max(0, panel.days - 1 - self.history_days) : panel.days - 1], axis=0)
            without &= ~seen
            short |= seen & (before < self.sufficient_days)
            found = repeated_days(panel.hourly, max(0, panel.judged - _LOOK_BACK), _LAGS, self.history_days)
            findings += self._findings(evidence, panel, found, known & mine)
        return Judgement(tuple(findings), counted("no_hours", without) | counted("short_history", short))

    def _findings(
        self, evidence: Evidence, panel: DayPanel, found: RepeatedDays, known: NDArray[np.bool_]
    ) -> list[Finding]:
        running = np.concatenate([np.zeros((1, known.shape[1]), dtype=np.int64), np.cumsum(known, axis=0)])
        since = np.maximum(found.row - self.history_days, 0)
        enough = running[found.row, found.owner] - running[since, found.owner] >= self.sufficient_days
        expected = _YEAR_DAYS * len(_LAGS) * 10.0 ** np.maximum(found.digits, _SMALLEST_DIGITS)
        told = np.flatnonzero(enough & known[found.row, found.owner] & (expected < self.expected_per_year))
        row, owner = found.row[told], found.owner[told]
        begins = np.flatnonzero(np.r_[True, (np.diff(row) != 1) | (np.diff(owner) != 0)][: len(row)])
        ends = np.r_[begins[1:], len(row)] - 1
        lasting = row[ends[: len(begins)]] + 1 >= panel.judged if len(begins) else begins
        return [
            self._finding(evidence, panel, found, told[begin : end + 1], float(expected[told[begin]]))
            for begin, end in zip(begins[lasting], ends[: len(begins)][lasting], strict=True)
        ]

    def _finding(
        self,
        evidence: Evidence,
        panel: DayPanel,
        found: RepeatedDays,
        days: np.ndarray,
        expected: float,
    ) -> Finding:
        owner, first, last = int(found.owner[days[0]]), int(found.row[days[0]]), int(found.row[days[-1]])
        zone, register = evidence.fleet.zones[owner], panel.register
        onset, end = int(panel.starts[first, owner]), int(panel.starts[last + 1, owner])
        source = telling.day(int(panel.starts[first - found.lag[days[0]], owner]), zone)
        return Finding(
            instrument=int(evidence.fleet.ids[owner]),
            onset=to_instant(onset),
            until=None if last + 1 >= panel.days else to_instant(end),
            noticed_at=to_instant(panel.last_second(first, owner)),
            statement=_STATEMENT.fill(
                register_zh=register.title.zh,
                register_en=register.title.en,
                onset=telling.day(onset, zone),
                days=len(days),
                source=source,
                different=int(found.different[days[0]]),
                expected=telling.probability(max(expected, 10.0**_SMALLEST_DIGITS)),
            ),
            magnitude=Magnitude(value=float(len(days)), unit="d", uncertainty=0.0),
            register=register.name,
            p_value=min(1.0, expected),
            evidence={
                "days": [
                    {
                        "day": telling.day(int(panel.starts[found.row[each], owner]), zone),
                        "equals": telling.day(int(panel.starts[found.row[each] - found.lag[each], owner]), zone),
                        "different_values": int(found.different[each]),
                        "chance_digits": float(found.digits[each]),
                    }
                    for each in days
                ],
                "expected_per_year": expected,
                "limit_per_year": self.expected_per_year,
                "hours_of_the_first": _hours(panel, first, owner),
                "unit": register.unit,
            },
        )


def _hours(panel: DayPanel, row: int, owner: int) -> list[float]:
    hours = np.empty(0) if panel.hourly is None else panel.hourly[row, :, owner]
    decimals = panel.register.decimals
    return [round(float(value), decimals) for value in hours if not math.isnan(value)]


def faulty() -> Evidence:
    """Evidence with the fault that this judge exists for, for its examination."""
    evidence = specimen.hours(specimen.days("electricity_meter", specimen.household(9, 120, 6), judged=90))
    hourly = evidence.days["active_energy_import"].hourly
    if hourly is not None:
        hourly[100:105, :, 2] = hourly[99, :, 2]
        hourly[110:, :, 4] = hourly[103:113, :, 4]
    return evidence
