"""Has the register stopped although the instrument's own history says that it should have moved?"""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from anomaly import telling
from anomaly.chief import chief_days
from anomaly.evidence import DayPanel, Evidence, to_instant
from anomaly.judge import Judgement, Sight
from anomaly.pairing import counted
from anomaly.standstill import Standstills, standstills
from metrology.finding import Finding, Grade, Magnitude
from metrology.wording import Wording

_LASTING = Wording(
    zh="{register_zh}示值自{onset}起停走，已{days}天未变；此前{known}天中有{moved}天走动，日均{usual} {unit}。"
    "按该器具自身历史，如此长的停走约{years}年才出现一次；也可能是无人使用所致。",
    en="The {register_en} register has stood at one value since {onset}, {days} days so far; on {moved} of the {known} "
    "days before it moved, by {usual} {unit} a day on average. By its own history so long a standstill comes about "
    "once in {years} years; nobody using it is a possible cause too.",
)
_OVER = Wording(
    zh="{register_zh}示值自{onset}起停走，共{days}天未变，{until}恢复走动；此前{known}天中有{moved}天走动，"
    "日均{usual} {unit}。按该器具自身历史，如此长的停走约{years}年才出现一次；也可能是无人使用所致。",
    en="The {register_en} register stood at one value from {onset} for {days} days and moved again on {until}; on "
    "{moved} of the {known} days before it moved, by {usual} {unit} a day on average. By its own history so long a "
    "standstill comes about once in {years} years; nobody using it is a possible cause too.",
)

_YEAR_DAYS = 365.25
_MEMORY_DAYS = 400

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class StoppedRegister:
    """Has the register stopped although the instrument's own history says that it should have moved?

    Parameters
    ----------
    history_days
        Civil days before a standstill that tell how the instrument usually moves [d].
    sufficient_days
        Least number of these with readings [d].
    moving_days
        Least number of these on which the register moved [d].
    minimum_still_days
        Shortest standstill spoken of [d].
    prior_idle_days
        Mean length of an honest standstill of the kind, before own history speaks [d].
    prior_spells
        Weight of that knowledge [standstills].
    prior_begun_spells, prior_moving_days
        How often an honest standstill of the kind begins, before own history speaks: so many in so many days that
        moved [standstills], [d].
    expected_per_year
        How often a year a standstill so long may be expected of an honest instrument before it is told [1/a].

    Notes
    -----
    A day is still where its readings show one value, that of the last reading before it. Days without readings
    neither prolong nor end a standstill; today counts only once it is over, but any movement ends at once.

    Formula: own history, the `history_days` before the onset, gives the chance that a standstill begins on a day,
    p = (begun + `prior_begun_spells`)/(moved + `prior_moving_days`), and how standstills last: of n still days s were
    followed by another one and e by movement. With the prior b = `prior_spells`, a = b · (`prior_idle_days` − 1) the
    chance that a standstill lasts at least L days is T(L) = Π_{i<L} (a + s + i − 1)/(a + b + s + e + i − 1), the tail
    of a beta-geometric distribution: heavier than a geometric one, as absences are. A finding as soon as
    365.25 · p · T(L) < `expected_per_year`. The history is frozen at the onset: later days never change what was
    noticed.
    Magnitude: usual daily consumption times the days of standstill, k = 2.

    Wrong when: a home empties for longer than it ever has (moving, a season's absence), supply is cut off, or a
    second instrument took over: the register is right and nobody used it. Blind to a register that stood from the
    beginning and to one that turns too slowly.

    Instead: `level_shift` for a register that still moves; `reading_gap` where nothing arrives; a balance of the
    district or feeder tells whether the quantity is missing.

    Not judged: `no_readings`, `short_history` (fewer than `sufficient_days`), `idle_history` (moved on fewer than
    `moving_days`).

    References
    ----------
    Tampering catalogue: water "magnet / stopped register" (geometric tail), gas "index freeze"; VEE-Z02. Beta-
    geometric: Weinberg & Gladen, Biometrics 42 (1986) 547.

    Examples
    --------
    >>> from anomaly import specimen
    >>> consumption = specimen.household(seed=7, day_count=90, instruments=3)
    >>> consumption[60:, 1] = 0.0
    >>> finding, = StoppedRegister().judge(specimen.days("water_meter", consumption)).findings
    >>> finding.instrument, finding.onset.isoformat(), finding.until
    (2, '2026-04-30T16:00:00+00:00', None)
    >>> (finding.noticed_at - finding.onset).days + 1
    22
    """

    history_days: int = 120
    sufficient_days: int = 14
    moving_days: int = 7
    minimum_still_days: int = 2
    prior_idle_days: float = 3.0
    prior_spells: float = 8.0
    prior_begun_spells: float = 0.5
    prior_moving_days: float = 1.0
    expected_per_year: float = 0.01

    name: ClassVar[str] = "stopped_register"
    version: ClassVar[str] = "2"
    grade: ClassVar[Grade] = Grade.STATISTICAL
    question: ClassVar[Wording] = Wording(
        zh="按自身历史本应走动的示值是否停走？",
        en="Has the register stopped although the instrument's own history says that it should have moved?",
    )
    check: ClassVar[Wording] = Wording(
        zh="先确认现场是否有人使用、是否停供；再通水（气、电）试验，观察示值是否走动；检查封印是否完好、有无外加磁铁。",
        en="First see whether the place is in use and supplied; let some flow and watch whether the register moves; "
        "check seals and look for magnets.",
    )
    needs: ClassVar[frozenset[Sight]] = frozenset({Sight.DAYS})
    compares_instruments: ClassVar[bool] = False
    false_alarms_per_1000_instrument_years: ClassVar[float | None] = 41.0
    """Upper 95 % limit of what benchmarks/scorecard.py measured on real recordings (18 per 1,000, 4 alarms)."""

    @property
    def memory(self) -> timedelta:
        """History and the longest standstill that keeps its whole history in sight."""
        return timedelta(days=max(_MEMORY_DAYS, 2 * self.history_days))

    def judge(self, evidence: Evidence) -> Judgement:
        """Every standstill noticed by the end of the judged period that lasted into it."""
        findings: list[Finding] = []
        missing: dict[str, NDArray[np.bool_]] = {
            code: np.zeros(len(evidence.fleet), dtype=np.bool_) for code in ("short_history", "idle_history")
        }
        silent = np.ones(len(evidence.fleet), dtype=np.bool_)
        for panel, mine in chief_days(evidence):
            runs = standstills(panel, evidence.period, self.history_days)
            enough = (runs.known >= self.sufficient_days) & (runs.moved >= self.moving_days)
            latest = runs.latest[mine[runs.owner[runs.latest]]]
            silent[runs.owner[latest]] = False
            missing["short_history"][runs.owner[latest[runs.known[latest] < self.sufficient_days]]] = True
            idle = (runs.known[latest] >= self.sufficient_days) & (runs.moved[latest] < self.moving_days)
            missing["idle_history"][runs.owner[latest[idle]]] = True
            told = np.flatnonzero(enough & mine[runs.owner] & (runs.length >= self.minimum_still_days))
            decided, expected = self._decided(runs, told)
            findings += self._findings(evidence, panel, runs, told, decided, expected)
        counts = counted("no_readings", silent)
        for code, instruments in missing.items():
            counts |= counted(code, instruments)
        return Judgement(tuple(findings), counts)

    def _decided(self, runs: Standstills, told: Counts) -> tuple[Counts, Numbers]:
        """Length at which each standstill became a finding [d], 0 for never; and how often a year one so long comes."""
        begins = (runs.begun[told] + self.prior_begun_spells) / (runs.moved[told] + self.prior_moving_days)
        stays = self.prior_spells * (self.prior_idle_days - 1.0) + runs.stayed[told]
        ends = self.prior_spells + runs.ended[told]
        expected = _YEAR_DAYS * begins
        final = expected.copy()
        decided = np.zeros(len(told), dtype=np.int64)
        for length in range(1, int(runs.length[told].max(initial=0)) + 1):
            lasting = runs.length[told] >= length
            if length > 1:
                expected = expected * (stays + length - 2.0) / (stays + ends + length - 2.0)
            final = np.where(lasting, expected, final)
            now = lasting & (decided == 0) & (expected < self.expected_per_year) & (length >= self.minimum_still_days)
            decided[now] = length
        return decided, final

    def _findings(
        self, evidence: Evidence, panel: DayPanel, runs: Standstills, told: Counts, decided: Counts, expected: Numbers
    ) -> list[Finding]:
        begin = panel.starts[panel.judged]
        after_last = min((evidence.period.last - panel.first).days + 1, panel.days)
        end = panel.starts[after_last]
        findings = []
        for at in np.flatnonzero(decided):
            run = int(told[at])
            owner = int(runs.owner[run])
            noticed_row = int(runs.row[runs.first[run] + decided[at] - 1])
            noticed = panel.last_second(noticed_row, owner)
            until_row = int(runs.until_row[run])
            until = None if until_row < 0 else int(panel.starts[until_row, owner])
            if noticed < end[owner] and (until is None or until >= begin[owner]):
                findings.append(self._finding(evidence, panel, runs, run, noticed, until, float(expected[at])))
        return findings

    def _finding(
        self,
        evidence: Evidence,
        panel: DayPanel,
        runs: Standstills,
        run: int,
        noticed: int,
        until: int | None,
        expected: float,
    ) -> Finding:
        owner, fleet, register = int(runs.owner[run]), evidence.fleet, panel.register
        onset_row, last_row = int(runs.row[runs.first[run]]), int(runs.row[runs.last[run]])
        days = last_row - onset_row + 1
        history = panel.consumption[max(0, onset_row - self.history_days) : onset_row, owner]
        usual, uncertainty = _usual(history, days)
        onset, zone = int(panel.starts[onset_row, owner]), fleet.zones[owner]
        told = {
            "days": days,
            "known": int(runs.known[run]),
            "moved": int(runs.moved[run]),
            "onset": telling.day(onset, zone),
            "until": "" if until is None else telling.day(until, zone),
        }
        return Finding(
            instrument=int(fleet.ids[owner]),
            onset=to_instant(onset),
            until=None if until is None else to_instant(until),
            noticed_at=to_instant(noticed),
            statement=(_LASTING if until is None else _OVER).fill(
                register_zh=register.title.zh,
                register_en=register.title.en,
                unit=telling.unit(register.unit),
                usual=telling.figures(usual),
                years=telling.figures(1 / expected, 2),
                **told,
            ),
            magnitude=Magnitude(
                value=-usual * days, unit=register.unit, uncertainty=uncertainty, relative_percent=-100.0
            ),
            register=register.name,
            p_value=min(1.0, expected),
            loss=usual * days,
            evidence={
                "still_days": int(runs.length[run]),
                "calendar_days": days,
                "history_days_known": told["known"],
                "history_days_moved": told["moved"],
                "history_standstills": int(runs.begun[run]),
                "history_still_days_followed_by_still": int(runs.stayed[run]),
                "usual_per_day": usual,
                "unit": register.unit,
                "expected_per_year": expected,
                "limit_per_year": self.expected_per_year,
                "history_from": telling.day(int(panel.starts[max(0, onset_row - self.history_days), owner]), zone),
                "last_still_day": telling.day(int(panel.starts[last_row, owner]), zone),
            },
        )


def _usual(history: Numbers, days: int) -> tuple[float, float]:
    """Usual consumption [unit/d], and expanded uncertainty (k = 2) of the consumption of so many days [unit]."""
    known = history[np.isfinite(history)]
    if len(known) == 0:
        return 0.0, 0.0
    deviation = float(known.std())
    centred = known - known.mean()
    spread = float(np.sum(centred**2))
    correlation = float(np.sum(centred[1:] * centred[:-1])) / spread if spread > 0 else 0.0
    correlation = min(max(correlation, 0.0), 0.9)
    inflation = (1 + correlation) / (1 - correlation)
    variance = inflation * deviation**2 * (days + days**2 / len(known))
    return float(known.mean()), 2 * float(np.sqrt(variance))
