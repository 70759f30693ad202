"""Has the use of gas shifted against what the weather leads to expect of the instrument?"""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from anomaly import specimen, telling
from anomaly.chief import chief_days
from anomaly.evidence import DayPanel, Evidence, to_instant
from anomaly.honest_rate import chance
from anomaly.judge import Judgement, Sight
from anomaly.pairing import counted
from anomaly.pruning import one_per_onset
from anomaly.telling import six_digits
from anomaly.weather_watch import Design, Month, months, onset_rows, shift
from metrology.finding import Finding, Grade, Magnitude
from metrology.wording import Wording

_STATEMENT = Wording(
    zh="自{onset}起（{earliest}至{latest}之间），按同期气温应有的日用量{fell_zh}{percent} % ± {uncertain} %"
    "（应为日均{expected} {unit}，实为{used} {unit}）；原因可能在用户用量，也可能在计量；用量变化本身不等于示值误差。",
    en="Since {onset} (between {earliest} and {latest}) consumption {fell_en} by {percent} % ± {uncertain} % against "
    "what the weather of these days leads to expect ({used} instead of {expected} {unit} a day); the cause may be use "
    "or metering: a change of consumption is not yet an error of the instrument.",
)

_LONGEST_MONTH = 31

_MEASURED = ((6.0, 0.059), (9.0, 0.0067))
"""Statistic [σ] and alarms per instrument-year of honest simulated gas fleets, by benchmarks/drift.py; in between the
rate is taken to fall exponentially, beyond, where nothing was measured, no further."""

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class WeatherShift:
    """Has the use of gas shifted against what the weather leads to expect of the instrument?

    Parameters
    ----------
    baseline_days
        Days that tell how the instrument follows the weather [d].
    test_days
        Days between the baseline and the month judged, in which a shift may set in [d].
    quiet_days
        Days without an alarm after which a new one counts as new [d].
    sufficient_days
        Least number of baseline days of which consumption and temperature are known [d].
    lasting_days
        Days that a shift must have lasted [d].
    decision_sigma
        Statistic from which on a shift is told [σ].
    least_percent
        Smallest shift spoken of [%].
    clip_sigma
        Largest score that one day may bring in [σ].
    comparable_factor
        Largest factor between a day and what is expected of it, either way, at which the day counts [1].

    Notes
    -----
    Formula: for each calendar month the baseline, up to `baseline_days` that end `test_days` before it, gives
    x̂ = a + c·(30 − T)₊ + b·(τ − T)₊ with a, b, c ≥ 0 and the base temperature τ, robustly, in relative residuals;
    u = log((x + m)/(x̂ + m)), m a tenth of the mean; z = u/(σ·√((1 + r)/(1 − r))) clipped, σ = 1.4826·MAD of the
    baseline, r its lag-one correlation. Of all onsets since the end of the baseline the likeliest step has the
    statistic S/√(n + n²(1 + d²)/n₀), S the sum of z since then, n and n₀ the known days since then and of the
    baseline, d how far its mean temperature lies from the baseline's, in the latter's standard deviations (generalised
    likelihood ratio against an expectation that is itself estimated). A finding on the first day on which it reaches
    `decision_sigma` with a step of at least `least_percent` that lasted `lasting_days`, after `quiet_days` without.
    Days further than `comparable_factor` from the expected are left out: nobody at home is another use, not the same
    use registered otherwise. On a day colder by more than a degree than any that the baseline knows, x̂ stays what it
    was on the coldest known one: a lower bound, so falls are still told and rises are not; on a warmer one likewise
    the other way round.
    Onset interval: all onsets whose likelihood is within a factor e^−3.5 of the largest.
    Magnitude: ratio of sums r = (Σx/Σx̂ since the onset)/(Σx/Σx̂ of the baseline), times Σx̂, k = 2.

    Wrong when: people move in or out, insulate, change the boiler or begin to heat otherwise: a household changes its
    use far more often than its meter does. A mean temperature does not know sun and wind.
    A baseline that knows no winter says of winter only that consumption is too low even for a home that does not heat.

    Instead: `level_shift` where consumption does not follow the weather; `stopped_register` for a register that
    stands; `slow_drift` for a change over months; conservation (balance) for errors of a few per cent.

    Not judged: `no_readings`, `no_weather` (fewer than `sufficient_days` of temperature in the baseline, or none in the
    month judged), `short_history`, `idle_history` (nothing was used), `another_use` (every day of the month lies
    further than `comparable_factor` from what is expected: an empty home, or a meter that hardly registers).

    References
    ----------
    Fels, PRISM: an introduction, Energy and Buildings 9 (1986) 5; Lorden, Ann. Math. Stat. 42 (1971) 1897; tampering
    catalogue, gas "partial bypass".

    Examples
    --------
    >>> cold = specimen.temperature(8, specimen.FIRST, 500)
    >>> use = specimen.household(seed=8, day_count=500, instruments=6) * (1 + 0.5 * np.maximum(0, 15 - cold))[:, None]
    >>> use[440:, 2] *= 0.5
    >>> seen = specimen.under_weather(specimen.days("gas_meter", use, judged=430), seed=8)
    >>> finding, = WeatherShift().judge(seen).findings
    >>> finding.instrument, abs(finding.magnitude.relative_percent - -50) < 8
    (3, True)
    """

    baseline_days: int = 365
    test_days: int = 60
    quiet_days: int = 28
    sufficient_days: int = 56
    lasting_days: int = 14
    decision_sigma: float = 9.0
    least_percent: float = 20.0
    clip_sigma: float = 3.0
    comparable_factor: float = 10.0

    name: ClassVar[str] = "weather_shift"
    version: ClassVar[str] = "2"
    grade: ClassVar[Grade] = Grade.STATISTICAL
    question: ClassVar[Wording] = Wording(
        zh="与同期气温应有的用量相比，用气水平是否发生变化？",
        en="Has the use of gas shifted against what the weather leads to expect of the instrument?",
    )
    check: ClassVar[Wording] = Wording(
        zh="先向用户了解人口、采暖方式、炉具或保温有无变化；再检查封印、管路及有无旁路；必要时用标准表现场比对或送检。",
        en="First ask whether occupancy, heating, boiler or insulation changed; then look at seals, pipework and "
        "bypasses, and if in doubt compare with a reference meter on site.",
    )
    needs: ClassVar[frozenset[Sight]] = frozenset({Sight.DAYS, Sight.WEATHER})
    compares_instruments: ClassVar[bool] = False
    false_alarms_per_1000_instrument_years: ClassVar[float | None] = 12.0
    """Upper 95 % limit of what benchmarks/drift.py measured on simulated cities (7 per 1,000, 10 alarms): no recording
    of real gas with its weather is at hand."""

    @property
    def memory(self) -> timedelta:
        """Baseline, test stretch and quiet days before the first judged month, which may have begun before."""
        return timedelta(days=self.baseline_days + self.test_days + self.quiet_days + _LONGEST_MONTH)

    def judge(self, evidence: Evidence) -> Judgement:
        """Every shift noticed in the judged period."""
        findings: list[Finding] = []
        silent = np.ones(len(evidence.fleet), dtype=np.bool_)
        codes = ("no_weather", "short_history", "idle_history", "another_use")
        reasons = {code: np.zeros_like(silent) for code in codes}
        for panel, mine in chief_days(evidence):
            speaking = mine & panel.readings[panel.judged :].any(axis=0)
            silent &= ~speaking
            if evidence.weather is None:
                reasons["no_weather"] |= speaking
                continue
            weather, place = evidence.weather.around(evidence.fleet, panel)
            seen = list(months(panel, evidence.period, weather, place, self.design))
            found = self._findings(evidence, panel, mine, seen)
            spoken = np.isin(evidence.fleet.ids, [finding.instrument for finding in found])
            for code, instruments in self._unfit(panel, seen).items():
                reasons[code] |= speaking & instruments & ~spoken
            findings += found
        answer = counted("no_readings", silent)
        for code, instruments in reasons.items():
            answer |= counted(code, instruments)
        return Judgement(one_per_onset(findings), answer)

    @property
    def design(self) -> Design:
        """How a month is held against the weather."""
        return Design(
            baseline=self.baseline_days,
            test=self.test_days,
            quiet=self.quiet_days,
            sufficient=self.sufficient_days,
            clip=self.clip_sigma,
            comparable=self.comparable_factor,
        )

    def _unfit(self, panel: DayPanel, months: list[Month]) -> dict[str, Flags]:
        """Who could not be judged in the latest month, by what was missing."""
        everyone = np.ones(panel.consumption.shape[1], dtype=np.bool_)
        judged = [month for month in months if month.end > panel.judged]
        if not judged:
            return {"short_history": everyone}
        month = judged[-1]
        of_consumption = np.count_nonzero(np.isfinite(panel.consumption[month.baseline : month.test]), axis=0)
        short = of_consumption < self.sufficient_days
        begin = max(month.begin, panel.judged)
        told = np.isfinite(month.held.covariate[begin - month.test :])
        without = ~short & ((month.fit.known < self.sufficient_days) | ~told.any(axis=0))
        idle = ~short & ~without & ~np.isfinite(month.scores.scatter)
        used = told & np.isfinite(panel.consumption[begin : month.end])
        scored = np.isfinite(month.scores.score[begin - month.baseline :])
        apart = used.any(axis=0) & ~(used & scored).any(axis=0)
        return {
            "short_history": short,
            "no_weather": without,
            "idle_history": idle,
            "another_use": ~short & ~without & ~idle & apart,
        }

    def _findings(self, evidence: Evidence, panel: DayPanel, mine: Flags, months: list[Month]) -> list[Finding]:
        findings = []
        for side in (-1, 1):
            least = math.log1p(side * self.least_percent / 100)
            quiet = np.full(len(evidence.fleet), self.quiet_days, dtype=np.int64)
            for month in months:
                found = month.down if side < 0 else month.up
                unit = month.scores.scatter * month.scores.inflation
                for row in range(month.begin, month.end):
                    at = row - month.begin
                    large = side * found.size[at] * unit >= side * least
                    lasting = row - month.test - found.since[at] + 1 >= self.lasting_days
                    crossing = (side * found.statistic[at] >= self.decision_sigma) & large & lasting & month.enough
                    if row >= panel.judged:
                        for owner in np.flatnonzero(crossing & (quiet >= self.quiet_days) & mine):
                            onset = month.test + int(found.since[at, owner])
                            statistic = float(found.statistic[at, owner])
                            findings.append(self._finding(evidence, panel, month, int(owner), onset, row, statistic))
                    quiet = np.where(crossing, 0, quiet + 1)
        return findings

    def _finding(
        self, evidence: Evidence, panel: DayPanel, month: Month, owner: int, onset: int, row: int, statistic: float
    ) -> Finding:
        register, zone = panel.register, evidence.fleet.zones[owner]
        used = panel.consumption[month.baseline : row + 1, owner]
        expected = month.fit.expected[: row + 1 - month.baseline, owner]
        counts = np.isfinite(month.scores.score[: row + 1 - month.baseline, owner])
        since = np.arange(len(used)) >= onset - month.baseline
        before = np.arange(len(used)) < month.test - month.baseline
        ratio, uncertainty, level = shift(
            used, expected, before & counts, since & counts, float(month.scores.inflation[owner])
        )
        whole = since & np.isfinite(expected)
        would, days = level * float(expected[whole].sum()), int(whole.sum())
        earliest, latest = onset_rows(month, owner, row, -1 if statistic < 0 else 1, self.clip_sigma)
        instants = [to_instant(int(panel.starts[at, owner])) for at in (onset, earliest, latest)]
        told = [telling.day(int(panel.starts[at, owner]), zone) for at in (onset, earliest, latest)]
        return Finding(
            instrument=int(evidence.fleet.ids[owner]),
            onset=instants[0],
            onset_earliest=instants[1],
            onset_latest=instants[2],
            until=None,
            noticed_at=to_instant(panel.last_second(row, owner)),
            statement=_STATEMENT.fill(
                onset=told[0],
                earliest=told[1],
                latest=told[2],
                fell_zh="下降" if ratio < 1 else "上升",
                fell_en="fell" if ratio < 1 else "rose",
                percent=telling.figures(abs(100 * (ratio - 1)), 2),
                uncertain=telling.figures(100 * uncertainty, 2),
                expected=telling.figures(would / days),
                used=telling.figures(ratio * would / days),
                unit=telling.unit(register.unit),
            ),
            magnitude=Magnitude(
                value=six_digits((ratio - 1) * would),
                unit=register.unit,
                uncertainty=six_digits(uncertainty * would),
                relative_percent=six_digits(100 * (ratio - 1)),
            ),
            register=register.name,
            p_value=six_digits(chance(abs(statistic), _MEASURED)),
            loss=six_digits(abs((ratio - 1) * would)),
            evidence={
                "expected_per_day": six_digits(would / days),
                "used_per_day": six_digits(ratio * would / days),
                "relative_percent": six_digits(100 * (ratio - 1)),
                "relative_uncertainty_percent": six_digits(100 * uncertainty),
                "unit": register.unit,
                "statistic_sigma": six_digits(statistic),
                "decision_sigma": self.decision_sigma,
                "baseline_from": telling.day(int(panel.starts[month.baseline, owner]), zone),
                "baseline_to": telling.day(int(panel.starts[month.test - 1, owner]), zone),
                "baseline_days_known": int(month.fit.known[owner]),
                "days_since_onset_known": int((since & counts).sum()),
                "days_colder_than_known": int(month.fit.colder[: len(used), owner][since].sum()),
                "days_warmer_than_known": int(month.fit.warmer[: len(used), owner][since].sum()),
                "constant_per_day": six_digits(float(month.fit.constant[owner])),
                "mild_per_day_and_kelvin": six_digits(float(month.fit.mild[owner])),
                "heating_per_day_and_kelvin": six_digits(float(month.fit.heating[owner])),
                "base_temperature_celsius": _known(float(month.fit.base[owner])),
                "lag_one_correlation": six_digits(float(month.scores.correlation[owner])),
            },
        )


def _known(number: float) -> float | None:
    return None if math.isnan(number) else six_digits(number)


def faulty() -> Evidence:
    """Evidence with the fault that this judge exists for, for its examination: a home that heats, half of it read."""
    cold = specimen.temperature(17, date(2026, 3, 2), 480)
    use = specimen.household(seed=17, day_count=480, instruments=8) * (1 + 0.5 * np.maximum(0, 15 - cold))[:, None]
    use[430:, 3] *= 0.5
    return specimen.under_weather(specimen.days("gas_meter", use, judged=420), seed=17)
