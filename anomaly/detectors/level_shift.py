"""Has the level of consumption shifted against the instrument's own history and its peers?"""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from anomaly import telling
from anomaly.chief import chief_days
from anomaly.cusum import Cusum, cusum
from anomaly.evidence import DayPanel, Evidence, to_instant, to_microseconds
from anomaly.fleet_adjustment import Adjusted, adjust
from anomaly.judge import Judgement, Sight
from anomaly.pairing import counted
from anomaly.pruning import one_per_onset
from metrology.finding import Finding, Grade, Magnitude
from metrology.wording import Wording

_STATEMENT = Wording(
    zh="自{onset}起，日用量{compared_zh}{fell_zh}{percent} % ± {uncertain} %"
    "（日均由{before} {unit}变为{after} {unit}）；原因可能在用户用量，也可能在计量；用量变化本身不等于示值误差。",
    en="Daily consumption {fell_en} by {percent} % ± {uncertain} % {compared_en} since {onset} (from {before} to "
    "{after} {unit} a day); the cause may be use or metering: a change of consumption is not yet an error of the "
    "instrument.",
)

_WEEK = 7
_LAST_SECOND = 1_000_000

_MEASURED = ((60.0, 0.52), (140.0, 0.017))
"""Decision interval [σ] and alarms per instrument-year, of London homes, the worse of the two large real recordings;
measured by benchmarks/scorecard.py. In between the rate is taken to fall exponentially; beyond, where nothing was
measured, no further."""

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class _Week:
    """One calendar week of the judged days, with the baseline that belongs to it."""

    begin: int
    """Row at which the test stretch begins."""
    monday: int
    """Row at which the week begins."""
    adjusted: Adjusted
    baseline_begin: int
    path: Cusum
    compared: bool
    """Whether enough peers were there to take the common part off."""


@dataclass(frozen=True)
class LevelShift:
    """Has the level of consumption shifted against the instrument's own history and its peers?

    Parameters
    ----------
    baseline_days
        Days that tell the usual level and scatter [d].
    test_days
        Days between the baseline and the week judged, over which a shift may add up [d]; whole weeks.
    quiet_days
        Days without an alarm after which a new one counts as new [d].
    sufficient_days
        Least number of baseline days known, and of test days known [d].
    allowance_sigma
        Allowance k of the CUSUM: shifts below twice it are meant to be passed over [σ].
    decision_sigma
        Decision interval h of the CUSUM [σ].
    clip_sigma
        Largest score that one day may bring in [σ].
    peers_instruments
        Least number of instruments with a known day for the fleet's common part to be taken off [instruments].
    alone_factor
        By how much h is raised where there are not so many: season and weather then stay in [1].
    comparable_factor
        Largest factor between a day and the usual level, either way, at which the day counts [1].

    Notes
    -----
    Formula: on each calendar week, u = log(x + 0.02·median) less the own median and less the fleet's median of the
    day; σ = (1.4826·MAD + 0.05)·√((1 + a)/(1 − a)) with a the lag-one correlation of the baseline; z = u/σ clipped.
    Days further than `comparable_factor` from the usual level are left out: nobody at home, or a pool being filled,
    is another use, not the same use registered otherwise.
    S⁺ = max(0, S⁺ + z − k), S⁻ = max(0, S⁻ − z − k) from zero at the end of the baseline, over `test_days` and the
    week. A finding on the first day on which S ≥ h after `quiet_days` without; with fewer than `peers_instruments`
    peers nothing is taken off for them and h is `alone_factor` times higher. Onset: the day after S was last zero.
    Weeks are those of the calendar, so what is found on a day depends on the days before it and on nothing else.
    Magnitude: mean adjusted consumption from onset to notice against the baseline's, times the days, k = 2.

    Wrong when: people move in or out, go away for a month, heat, water a garden, or buy a car: a household changes
    its level far more often than its meter does, so h is set by measured honest households, not by normal theory.
    Where instruments follow the season unequally, as gas meters of homes that heat and of homes that cook, peers do
    not take the season off.
    It cannot see a drift of a few per cent: at 5 % it finds no more than chance (docs/scorecard.md).

    Instead: `stopped_register` for a register that stands; conservation (balance) for errors of a few per cent.

    Not judged: `no_readings`, `short_history`, `idle_history` (median consumption zero).

    References
    ----------
    Page, Biometrika 41 (1954) 100; Lucas & Crosier, Technometrics 24 (1982) 199; tampering catalogue, electricity
    "bypass".

    Examples
    --------
    >>> from anomaly import specimen
    >>> consumption = specimen.household(seed=3, day_count=180, instruments=24)
    >>> consumption[130:, 5] *= 0.3
    >>> finding, = LevelShift().judge(specimen.days("electricity_meter", consumption, judged=146)).findings
    >>> finding.instrument, (finding.onset - specimen.instant("2026-03-02T00:00+08:00")).days
    (6, 130)
    >>> abs(finding.magnitude.relative_percent - -70) < 10
    True
    """

    baseline_days: int = 56
    test_days: int = 49
    quiet_days: int = 28
    sufficient_days: int = 42
    allowance_sigma: float = 0.25
    decision_sigma: float = 140.0
    clip_sigma: float = 4.0
    peers_instruments: int = 20
    alone_factor: float = 1.4
    comparable_factor: float = 10.0

    name: ClassVar[str] = "level_shift"
    version: ClassVar[str] = "1"
    grade: ClassVar[Grade] = Grade.STATISTICAL
    question: ClassVar[Wording] = Wording(
        zh="与自身历史和同类器具相比，用量水平是否发生变化？",
        en="Has the level of consumption shifted against the instrument's own history and its peers?",
    )
    check: ClassVar[Wording] = Wording(
        zh="先向用户了解人口、用能设备或季节因素有无变化；再检查封印、接线及有无旁路；必要时用标准器现场比对或送检。",
        en="First ask whether occupancy, appliances or season changed; then look at seals, wiring and bypasses, and if "
        "in doubt compare with a reference meter on site.",
    )
    needs: ClassVar[frozenset[Sight]] = frozenset({Sight.DAYS})
    compares_instruments: ClassVar[bool] = True
    false_alarms_per_1000_instrument_years: ClassVar[float | None] = 28.0
    """Upper 95 % limit of what benchmarks/scorecard.py measured on real recordings (6 per 1,000, 1 alarm)."""

    @property
    def memory(self) -> timedelta:
        """Baseline, test stretch and quiet days before the first judged week."""
        return timedelta(days=self.baseline_days + self.test_days + self.quiet_days + _WEEK)

    def judge(self, evidence: Evidence) -> Judgement:
        """Every shift noticed in the judged period."""
        findings: list[Finding] = []
        silent = np.ones(len(evidence.fleet), dtype=np.bool_)
        short, idle = np.zeros_like(silent), np.zeros_like(silent)
        for panel, mine in chief_days(evidence):
            silent &= ~(mine & panel.readings[panel.judged :].any(axis=0))
            weeks = list(self._weeks(panel, evidence))
            known, level = _best(weeks, len(evidence.fleet))
            speaking = mine & ~silent
            short |= speaking & (known < self.sufficient_days)
            idle |= speaking & (known >= self.sufficient_days) & ~(level > 0)
            findings += self._findings(evidence, panel, mine, weeks)
        return Judgement(
            one_per_onset(findings),
            counted("no_readings", silent) | counted("short_history", short) | counted("idle_history", idle),
        )

    def _weeks(self, panel: DayPanel, evidence: Evidence) -> list[_Week]:
        """Calendar weeks from the quiet days before the judged period to the end of what is over."""
        over = panel.starts[1:] <= to_microseconds(evidence.period.horizon)
        consumption = np.where(over & (panel.consumption >= 0), panel.consumption, np.nan)
        weekday = panel.first.weekday()
        monday = panel.judged - self.quiet_days
        monday -= (weekday + monday) % _WEEK
        last = min((evidence.period.last - panel.first).days + 1, panel.days)
        weeks = []
        for begin in range(monday, last, _WEEK):
            test = begin - self.test_days
            baseline = max(test - self.baseline_days, 0)
            if test - baseline < self.sufficient_days:
                continue
            adjusted = adjust(
                consumption[baseline : begin + _WEEK],
                test - baseline,
                sufficient=self.sufficient_days,
                peers=self.peers_instruments,
                comparable=self.comparable_factor,
            )
            path = cusum(
                np.clip(adjusted.score[test - baseline :], -self.clip_sigma, self.clip_sigma), self.allowance_sigma
            )
            compared = float(np.median(adjusted.peers[test - baseline :])) >= self.peers_instruments
            weeks.append(_Week(test, begin, adjusted, baseline, path, compared))
        return weeks

    def _decision(self, week: _Week) -> float:
        """Decision interval in force in a week [σ]."""
        return self.decision_sigma * (1.0 if week.compared else self.alone_factor)

    def _findings(self, evidence: Evidence, panel: DayPanel, mine: Flags, weeks: list[_Week]) -> list[Finding]:
        last = min((evidence.period.last - panel.first).days + 1, panel.days)
        findings = []
        for side in (-1, 1):
            quiet = np.full(len(evidence.fleet), self.quiet_days, dtype=np.int64)
            for week in weeks:
                sums, onsets = (
                    (week.path.down, week.path.down_since) if side < 0 else (week.path.up, week.path.up_since)
                )
                for row in range(week.monday, min(week.monday + _WEEK, last)):
                    crossing = sums[row - week.begin] >= self._decision(week)
                    if row >= panel.judged:
                        for owner in np.flatnonzero(crossing & (quiet >= self.quiet_days) & mine):
                            onset = week.begin + int(onsets[row - week.begin, owner])
                            findings.append(self._finding(evidence, panel, week, int(owner), onset, row, side))
                    quiet = np.where(crossing, 0, quiet + 1)
        return findings

    def _finding(
        self, evidence: Evidence, panel: DayPanel, week: _Week, owner: int, onset: int, row: int, side: int
    ) -> Finding:
        fleet, register, zone = evidence.fleet, panel.register, evidence.fleet.zones[owner]
        offset = week.baseline_begin
        plain = panel.consumption[offset : row + 1, owner] / week.adjusted.common[: row + 1 - offset]
        plain[~np.isfinite(week.adjusted.score[: row + 1 - offset, owner])] = np.nan
        before, after = _known(plain[: week.begin - offset]), _known(plain[onset - offset :])
        ratio, uncertainty = _ratio(before, after, float(week.adjusted.correlation[owner]))
        # The change is told at the fleet's usual day: what the peers did meanwhile is taken off both means.
        usual, days = float(before.mean()), row - onset + 1
        change = usual * (ratio - 1) * days
        statistic = float((week.path.down if side < 0 else week.path.up)[row - week.begin, owner])
        noticed = int(panel.starts[row + 1, owner]) - _LAST_SECOND
        return Finding(
            instrument=int(fleet.ids[owner]),
            onset=to_instant(int(panel.starts[onset, owner])),
            until=None,
            noticed_at=to_instant(noticed),
            statement=_STATEMENT.fill(
                onset=telling.day(int(panel.starts[onset, owner]), zone),
                compared_zh="相对同类器具" if week.compared else "相对自身历史",
                compared_en="against its peers" if week.compared else "against its own history",
                fell_zh="下降" if ratio < 1 else "上升",
                fell_en="fell" if ratio < 1 else "rose",
                percent=telling.figures(abs(100 * (ratio - 1)), 2),
                uncertain=telling.figures(100 * uncertainty, 2),
                before=telling.figures(usual),
                after=telling.figures(usual * ratio),
                unit=telling.unit(register.unit),
            ),
            magnitude=Magnitude(
                value=change,
                unit=register.unit,
                uncertainty=usual * uncertainty * days,
                relative_percent=100 * (ratio - 1),
            ),
            register=register.name,
            p_value=_chance(statistic),
            loss=abs(change),
            evidence={
                "before_per_day": usual,
                "after_per_day": usual * ratio,
                "relative_percent": 100 * (ratio - 1),
                "relative_uncertainty_percent": 100 * uncertainty,
                "unit": register.unit,
                "cusum_sigma": statistic,
                "decision_sigma": self._decision(week),
                "baseline_from": telling.day(int(panel.starts[offset, owner]), zone),
                "baseline_to": telling.day(int(panel.starts[week.begin - 1, owner]), zone),
                "baseline_days_known": len(before),
                "days_since_onset_known": len(after),
                "lag_one_correlation": float(week.adjusted.correlation[owner]),
                "peers": int(np.median(week.adjusted.peers)),
            },
        )


def _best(weeks: list[_Week], instruments: int) -> tuple[Counts, Numbers]:
    """Most baseline days known in any week [d], and the level of that week's baseline [unit/d]."""
    known, level = np.zeros(instruments, dtype=np.int64), np.zeros(instruments)
    for week in weeks:
        better = week.adjusted.known >= known
        known = np.where(better, week.adjusted.known, known)
        level = np.where(better, week.adjusted.level, level)
    return known, level


def _known(values: Numbers) -> Numbers:
    return values[np.isfinite(values)]


def _ratio(before: Numbers, after: Numbers, correlation: float) -> tuple[float, float]:
    """Ratio of mean daily consumptions, after to before, and its expanded uncertainty (k = 2)."""
    inflation = (1 + correlation) / (1 - correlation)
    ratio = float(after.mean() / before.mean())
    relative = inflation * (before.var() / (len(before) * before.mean() ** 2))
    absolute = inflation * after.var() / (len(after) * before.mean() ** 2)
    return ratio, 2 * float(np.sqrt(ratio**2 * relative + absolute))


def _chance(statistic: float) -> float:
    """Probability that an honest instrument's CUSUM reaches so far at least once within a year, as far as measured."""
    statistic = min(statistic, _MEASURED[-1][0])
    reached, rates = zip(*_MEASURED, strict=True)
    slope = (np.log(rates[-1]) - np.log(rates[0])) / (reached[-1] - reached[0])
    rate = float(np.exp(np.log(rates[0]) + slope * (statistic - reached[0])))
    return float(-np.expm1(-rate))
