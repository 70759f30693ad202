"""Has consumption drifted, slowly and lastingly, against the peers or against what the weather leads to expect?"""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from anomaly import specimen, telling
from anomaly.chief import chief_days
from anomaly.evidence import DayPanel, Evidence, to_instant, to_microseconds
from anomaly.glr_slope import drift_interval, glr_slope
from anomaly.glr_step import Change, glr_step
from anomaly.judge import Judgement, Sight
from anomaly.middle import middle
from anomaly.pairing import counted
from anomaly.pruning import one_per_onset
from anomaly.residuals.common_factor import own_loading
from anomaly.residuals.degree_days import degree_days
from anomaly.residuals.scale import scaled
from anomaly.robust_trend import Trend, robust_trend
from anomaly.telling import six_digits
from metrology.civil import DAY
from metrology.finding import Finding, Grade, Magnitude
from metrology.wording import Wording

_STATEMENT = Wording(
    zh="自{onset}前后（{earliest}至{latest}之间）起，用量{compared_zh}持续缓慢{fell_zh}，"
    "每年{percent} %（95 %区间：{low} %至{high} %）；原因可能在用户用量，也可能在计量；用量变化本身不等于示值误差。",
    en="Since about {onset} (between {earliest} and {latest}) consumption has slowly and steadily {fell_en} "
    "{compared_en}, by {percent} % a year (95 % interval: {low} % to {high} %); the cause may be use or metering: a "
    "change of consumption is not yet an error of the instrument.",
)

_HEATS = frozenset({"gas_meter"})
"""Kinds held against the weather; all others are held against their peers."""

_WEEK = 7
_YEAR_WEEKS = 365.25 / 7
_LONGEST_MONTH = 31
_ZERO_SHARE = 0.02
"""Share of the median week added before the logarithm, so that a week without consumption stays finite."""
_LEAST_SCATTER = 0.02
"""Least scatter of log weekly consumption ascribed to any instrument."""
_LOADING_SPREAD = 0.5
"""How far instruments are thought to differ in how much they follow their peers, before their own weeks speak [1]."""
_ONSET_DROP = 7.0
"""Twice the log likelihood by which an onset may be less likely than the likeliest; as for a step."""

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class _Look:
    """What is seen on one Sunday, looking back over the window.

    Parameters
    ----------
    row
        Row of the Sunday.
    begin
        Row of the first Monday of the window.
    score
        Weekly residuals around the level of the first weeks [σ], shape (weeks, instruments).
    trend
        Robust trend of the weekly residuals of the logarithm [1/week].
    slope
        Likeliest drift at the end.
    usual
        Median weekly mean of the window [unit/d], shape (instruments,).
    known
        Known weeks, shape (instruments,).
    crossing
        -1 where a fall, 1 where a rise is to be told, else 0, shape (instruments,).
    """

    row: int
    begin: int
    score: Numbers
    trend: Trend
    slope: Change
    usual: Numbers
    known: NDArray[np.int64]
    crossing: NDArray[np.int64]


@dataclass(frozen=True)
class SlowDrift:
    """Has consumption drifted, slowly and lastingly, against the peers or against what the weather leads to expect?

    Parameters
    ----------
    window_days
        How far back a drift is looked for [d]; whole weeks.
    level_days
        Days at the beginning of the window that tell the level from which it drifts [d]; whole weeks.
    sufficient_days
        Least number of days of the window in known weeks [d].
    known_days
        Least number of known days for a week to be known [d].
    decision_sigma
        Statistic of the drift from which on it is told [σ].
    trend_sigma
        Kendall's score of the trend from which on it is told [σ].
    least_percent
        Smallest change a year spoken of [%].
    clip_sigma
        Largest score that one week may bring in [σ].
    peers_instruments
        Least number of instruments with a known week for the common part to be taken off [instruments].
    comparable_factor
        Largest factor between a week and the usual one, either way, at which the week counts [1].
    honest_alarms_per_year
        How often this judge, with these parameters, was measured to speak of an honest instrument [1/a]; its p-value.

    Notes
    -----
    Formula: on the last Sunday of each month, of the mean consumption w of each week of the window: for gas
    u = log(w/ŵ), ŵ what the weather leads to expect (`weather_shift`), fitted on the window; else
    u = log(w + 0.02·median) less own share b·f of the peers' median f of the week, b fitted robustly beside a trend and
    drawn towards 1. The trend is the median of all pairwise slopes with Sen's 95 % interval, Kendall's score K of it
    corrected for correlation. The drift statistic is the largest, over all onsets, of Σ (t − k + 1) z/√Σ (t − k + 1)²,
    z = u around the level of the first weeks over the scatter around the likeliest drift. A finding where the statistic
    is at least `decision_sigma`, K at least `trend_sigma` with the same sign, the interval excludes no change, the
    trend is at least `least_percent` a year, and a drift is likelier than a step; told once, until a Sunday without.
    Magnitude: trend times what was used since the onset; k = 2 from the interval.

    Wrong when: children are born or leave, people age, insulate, or use less from year to year: habits drift by tens of
    per cent a year, and a register's drift of a few per cent a year is far below what any own history can tell.

    Instead: `level_shift`, `weather_shift` for a change within days; conservation (balance) or a reference for errors
    of a few per cent.

    Not judged: `no_readings`, `short_history`, `idle_history` (nothing was used), `no_weather` (gas).

    References
    ----------
    Sen, J. Am. Stat. Assoc. 63 (1968) 1379; Hamed & Rao, J. Hydrology 204 (1998) 182; Lai, IEEE Trans. Inf. Theory 44
    (1998) 2917.

    Examples
    --------
    >>> consumption = specimen.household(seed=3, day_count=400, instruments=24)
    >>> consumption[150:, 5] *= np.exp(-0.008 * np.arange(250))
    >>> finding, = SlowDrift().judge(specimen.days("water_meter", consumption, judged=300)).findings
    >>> finding.instrument, finding.magnitude.relative_percent < -50
    (6, True)
    """

    window_days: int = 364
    level_days: int = 56
    sufficient_days: int = 182
    known_days: int = 4
    decision_sigma: float = 8.0
    trend_sigma: float = 3.0
    least_percent: float = 75.0
    clip_sigma: float = 4.0
    peers_instruments: int = 20
    comparable_factor: float = 10.0
    honest_alarms_per_year: float = 0.009

    name: ClassVar[str] = "slow_drift"
    version: ClassVar[str] = "1"
    grade: ClassVar[Grade] = Grade.STATISTICAL
    question: ClassVar[Wording] = Wording(
        zh="与同类器具或同期气温应有的用量相比，用量是否持续缓慢变化？",
        en="Has consumption drifted, slowly and lastingly, against the peers or against what the weather leads to "
        "expect?",
    )
    check: ClassVar[Wording] = Wording(
        zh="先向用户了解一年来人口、用能设备有无变化；如无变化，用标准器现场比对或提前送检，查看有无磨损、结垢或污染。",
        en="First ask what changed in occupancy and appliances over the year; if nothing did, compare with a reference "
        "meter on site or verify early, and look for wear, scale or dirt.",
    )
    needs: ClassVar[frozenset[Sight]] = frozenset({Sight.DAYS, Sight.WEATHER})
    compares_instruments: ClassVar[bool] = True
    false_alarms_per_1000_instrument_years: ClassVar[float | None] = 41.0
    """Upper 95 % limit of what benchmarks/drift.py measured on real recordings (9 per 1,000, 1 alarm)."""

    @property
    def memory(self) -> timedelta:
        """The window before the last Sunday of the month before the first judged day."""
        return timedelta(days=self.window_days + 2 * _LONGEST_MONTH)

    def judge(self, evidence: Evidence) -> Judgement:
        """Every drift noticed in the judged period."""
        findings: list[Finding] = []
        silent = np.ones(len(evidence.fleet), dtype=np.bool_)
        reasons = {code: np.zeros_like(silent) for code in ("short_history", "no_weather", "idle_history")}
        for panel, mine in chief_days(evidence):
            speaking = mine & panel.readings[panel.judged :].any(axis=0)
            silent &= ~speaking
            if evidence.fleet.kind.name in _HEATS and evidence.weather is None:
                reasons["no_weather"] |= speaking
                continue
            over = panel.starts[1:] <= to_microseconds(evidence.period.horizon)
            consumption = np.where(over & (panel.consumption >= 0), panel.consumption, np.nan)
            looks = [
                self._look(evidence, panel, consumption, row) for row in self._sundays(panel, evidence.period.last)
            ]
            for code, instruments in self._unfit(evidence, consumption, looks).items():
                reasons[code] |= speaking & instruments
            told = np.zeros(len(evidence.fleet), dtype=np.int64)
            for look in looks:
                if look.row >= panel.judged:
                    new = mine & (look.crossing != 0) & (look.crossing != told)
                    findings += [self._finding(evidence, panel, look, int(owner)) for owner in np.flatnonzero(new)]
                told = look.crossing
        answer = counted("no_readings", silent)
        for code, instruments in reasons.items():
            answer |= counted(code, instruments)
        return Judgement(one_per_onset(findings), answer)

    def _sundays(self, panel: DayPanel, last: date) -> list[int]:
        """Rows of the last Sundays of months with enough before them, from the last before the judged period on."""
        rows = min((last - panel.first).days + 1, panel.days)
        found: list[int] = []
        for row in range(max(panel.judged - 2 * _LONGEST_MONTH, self.sufficient_days - 1), rows):
            day = panel.first + row * DAY
            if day.weekday() == _WEEK - 1 and (day + _WEEK * DAY).month != day.month:
                found = [row] if row < panel.judged else [*found, row]
        return found

    def _look(self, evidence: Evidence, panel: DayPanel, consumption: Numbers, row: int) -> _Look:
        weeks = min(self.window_days, row + 1) // _WEEK
        begin = row + 1 - weeks * _WEEK
        used = consumption[begin : row + 1]
        mean = self._weekly(used)
        usual = middle(mean)
        residual = self._residual(evidence, panel, used, mean, usual, begin)
        apart = np.abs(np.log((mean + _ZERO_SHARE * usual) / np.where(usual > 0, usual * (1 + _ZERO_SHARE), np.nan)))
        if evidence.fleet.kind.name not in _HEATS:
            residual = np.where(apart > math.log(self.comparable_factor), np.nan, residual)
        level = self.level_days // _WEEK
        residual = residual - middle(residual[:level])
        # Around its own likeliest drift: what is left tells the scatter, or a drift would take itself for scatter.
        first = glr_slope(residual, weeks, level, weeks - 1)
        drifted = residual - first.size[-1] * np.maximum(np.arange(weeks)[:, None] - first.since[-1] + 1, 0)
        scores = scaled(drifted - middle(drifted), weeks, _LEAST_SCATTER)
        trend = robust_trend(residual, inflation=scores.inflation)
        # A drift grows beyond any bound: it is what is left around it that is clipped.
        unit = scores.scatter * scores.inflation
        score = np.clip(scores.score, -self.clip_sigma, self.clip_sigma) + (residual - drifted + middle(drifted)) / unit
        slope, step = (chart(score, weeks, level, weeks - 1) for chart in (glr_slope, glr_step))
        enough = (trend.known * _WEEK >= self.sufficient_days) & (usual > 0)
        side = np.sign(slope.statistic[-1]).astype(np.int64)
        sure = (
            enough
            & (np.abs(slope.statistic[-1]) >= self.decision_sigma)
            & (np.abs(slope.statistic[-1]) >= np.abs(step.statistic[-1]))
            & (side * trend.score >= self.trend_sigma)
            & (np.where(side < 0, trend.high < 0, trend.low > 0))
            & (side * trend.slope * _YEAR_WEEKS >= side * np.log1p(side * self.least_percent / 100))
        )
        return _Look(row, begin, score, trend, slope, usual, trend.known, np.where(sure, side, 0))

    def _weekly(self, used: Numbers) -> Numbers:
        """Mean of each week with enough known days, shape (weeks, instruments)."""
        days = used.reshape(-1, _WEEK, used.shape[1])
        known = np.isfinite(days)
        count = known.sum(axis=1)
        total = np.where(known, days, 0.0).sum(axis=1)
        return np.where(count >= self.known_days, total / np.maximum(count, 1), np.nan)

    def _residual(
        self, evidence: Evidence, panel: DayPanel, used: Numbers, mean: Numbers, usual: Numbers, begin: int
    ) -> Numbers:
        """Log of each week against what was to be expected of it."""
        if evidence.fleet.kind.name in _HEATS:
            if evidence.weather is None:
                return np.full_like(mean, np.nan)
            told, place = evidence.weather.around(evidence.fleet, panel)
            fit = degree_days(used, told[begin : begin + len(used)], place, len(used))
            expected = self._weekly(np.where(np.isfinite(used), fit.expected, np.nan))
            known = np.isfinite(expected)
            small = 5 * _ZERO_SHARE * np.where(known, expected, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
            small = np.where(small > 0, small, np.nan)
            ratio = np.log((mean + small) / (expected + small))
            return np.where(np.abs(ratio) > math.log(self.comparable_factor), np.nan, ratio)
        logs = np.log(mean + np.where(usual > 0, _ZERO_SHARE * usual, np.nan))
        loaded = own_loading(logs, len(logs), peers=self.peers_instruments, spread=_LOADING_SPREAD, drifting=True)
        return loaded.residual

    def _unfit(self, evidence: Evidence, consumption: Numbers, looks: list[_Look]) -> dict[str, Flags]:
        """Who could not be judged, by what was missing: of the latest look, or where there was none of the days."""
        weeks = consumption[len(consumption) % _WEEK :][-self.window_days // _WEEK * _WEEK :]
        mean = self._weekly(weeks)
        short = np.isfinite(mean).sum(axis=0) * _WEEK < self.sufficient_days
        idle = ~short & ~(middle(mean) > 0)
        if not looks:
            return {"short_history": short, "idle_history": idle}
        unknown = ~short & ~idle & (looks[-1].known * _WEEK < self.sufficient_days)
        code = "no_weather" if evidence.fleet.kind.name in _HEATS else "short_history"
        answer = {"short_history": short, "idle_history": idle}
        answer[code] = answer.get(code, np.zeros_like(short)) | unknown
        return answer

    def _finding(self, evidence: Evidence, panel: DayPanel, look: _Look, owner: int) -> Finding:
        zone, register = evidence.fleet.zones[owner], panel.register
        slope, low, high = (float(each[owner]) for each in (look.trend.slope, look.trend.low, look.trend.high))
        since = int(look.slope.since[-1, owner])
        statistic = float(look.slope.statistic[-1, owner])
        earliest, latest = drift_interval(
            look.score[:, [owner]], self.level_days // _WEEK, side=-1 if statistic < 0 else 1, drop=_ONSET_DROP
        )
        rows = [look.begin + _WEEK * week for week in (since, min(earliest, since), max(latest, since))]
        starts = [int(panel.starts[row, owner]) for row in rows]
        weeks = np.arange(len(look.score) - since) + 0.5
        usual = float(look.usual[owner])
        changes = [float(np.sum(np.expm1(rate * weeks))) * _WEEK * usual for rate in (slope, low, high)]
        a_year = [six_digits(100 * math.expm1(rate * _YEAR_WEEKS)) for rate in (slope, low, high)]
        heats = evidence.fleet.kind.name in _HEATS
        return Finding(
            instrument=int(evidence.fleet.ids[owner]),
            onset=to_instant(starts[0]),
            onset_earliest=to_instant(starts[1]),
            onset_latest=to_instant(starts[2]),
            until=None,
            noticed_at=to_instant(panel.last_second(look.row, owner)),
            statement=_STATEMENT.fill(
                onset=telling.day(starts[0], zone),
                earliest=telling.day(starts[1], zone),
                latest=telling.day(starts[2], zone),
                compared_zh="相对同期气温应有的用量" if heats else "相对同类器具",
                compared_en="against what the weather leads to expect" if heats else "against its peers",
                fell_zh="下降" if slope < 0 else "上升",
                fell_en="fallen" if slope < 0 else "risen",
                percent=telling.figures(abs(a_year[0]), 2),
                low=telling.figures(a_year[1], 2),
                high=telling.figures(a_year[2], 2),
            ),
            magnitude=Magnitude(
                value=six_digits(changes[0]),
                unit=register.unit,
                uncertainty=six_digits(abs(changes[2] - changes[1]) / 2),
                relative_percent=a_year[0],
            ),
            register=register.name,
            p_value=six_digits(-math.expm1(-self.honest_alarms_per_year)),
            loss=six_digits(abs(changes[0])),
            evidence={
                "percent_a_year": a_year[0],
                "percent_a_year_from": a_year[1],
                "percent_a_year_to": a_year[2],
                "statistic_sigma": six_digits(statistic),
                "decision_sigma": self.decision_sigma,
                "kendall_sigma": six_digits(float(look.trend.score[owner])),
                "usual_per_day": six_digits(usual),
                "unit": register.unit,
                "weeks_known": int(look.known[owner]),
                "window_from": telling.day(int(panel.starts[look.begin, owner]), zone),
                "window_to": telling.day(int(panel.starts[look.row, owner]), zone),
            },
        )


def faulty() -> Evidence:
    """Evidence with the fault that this judge exists for, for its examination."""
    consumption = specimen.household(seed=17, day_count=400, instruments=24)
    consumption[120:, 3] *= np.exp(-0.01 * np.arange(280))
    return specimen.under_weather(specimen.days("water_meter", consumption, judged=180), seed=17)
