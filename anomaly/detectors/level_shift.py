"""Has the level of consumption shifted, on usual and on busy days, against own history and peers?"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from anomaly import specimen
from anomaly.chief import chief_days
from anomaly.evidence import Evidence
from anomaly.honest_rate import chance
from anomaly.judge import Judgement, Sight
from anomaly.middle import middle
from anomaly.pairing import counted
from anomaly.pruning import one_per_onset
from anomaly.scale_finding import account, finding
from anomaly.scale_watch import OfScale, crossings, over
from metrology.finding import Finding, Grade
from metrology.wording import Wording

_STATEMENT = Wording(
    zh="自{onset}前后起，日用量{compared_zh}{fell_zh}{percent} % ± {uncertain} %"
    "（日均由{before} {unit}变为{after} {unit}）；原因可能在用户用量，也可能在计量；用量变化本身不等于示值误差。",
    en="Daily consumption {fell_en} by {percent} % ± {uncertain} % {compared_en} since about {onset} (from {before} to "
    "{after} {unit} a day); the cause may be use or metering: a change of consumption is not yet an error of the "
    "instrument.",
)

_MEASURED = ((4.5, 0.092), (6.5, 0.031))
"""Score [σ] and alarms per instrument-year: 14 falls in 152 years of recorded water and electricity meters, and the
upper 95 % limit of one in as many."""


@dataclass(frozen=True)
class LevelShift(OfScale):
    """Has the level of consumption shifted, on usual and on busy days, against own history and peers?

    Parameters
    ----------
    baseline_days
        Days that tell the usual level, scatter and following of the fleet [d].
    short_test_days, long_test_days
        Days after the baseline that are held against it, each week anew [d].
    quiet_days
        Days without an alarm after which a new one counts as new; whole weeks [d].
    sufficient_percent
        Least share of known, comparable days in baseline and test days [%].
    outer_percent
        Share of the days below which they are compared beside the middle: the busy days of a fall, the calm ones of a
        rise [%].
    wander_percent
        Honest standard deviation of a level from one season to the next [%].
    decision_sigma
        Least score that is told of a fall [σ].
    rise_decision_sigma
        Least score that is told of a rise [σ].
    peers_instruments
        Least number of instruments with a known day for the fleet's part to be taken off [instruments].
    alone_factor
        By how much decisions are raised where there are not so many: season and weather then stay in [1].
    comparable_factor
        Largest factor between a day and the usual level, either way, at which the day counts [1].
    width_factor
        Largest factor between the spreads of the days before and after, either way [1].

    Notes
    -----
    Formula: u = log(x + 0.02·median) less the own baseline median and β times the fleet's median of the day, β the own
    following of the fleet in the baseline, drawn towards one. At the middle (q = 50 %) and the busy (q =
    `outer_percent`) day of each stretch, z = (Q_q[u before] − Q_q[u after])/√(w² + 2σ²/n) with w =
    `wander_percent`/100, σ = (Q₇₅ − Q₂₅)/1.349 + 0.05 and n test days; the score is the lesser of both: a month away
    leaves the busy days of three as they were, a meter scales them all. A rise likewise, with the calm day. Days
    further than `comparable_factor` from the usual level are left out: nobody at home, or a pool being filled, is
    another use, not the same use registered otherwise; where the days spread otherwise than before by more than
    `width_factor`, nothing is told.
    Each calendar week is looked at once, on its Sunday, with both test stretches; a finding where the score reaches
    the decision after `quiet_days` below it; with fewer than `peers_instruments` peers nothing is taken off and
    decisions are `alone_factor` times higher.
    Onset: most likely step (Laplace likelihood), with its 95 % interval. Magnitude: mean consumption from onset to
    notice against before, what the fleet did taken off, times the days, k = 2. p-value: chance that an honest
    instrument reaches the score within a year, as counted on recorded homes.

    Wrong when: people move in or out, heat, water a garden, or buy a car: a household changes its level far more often
    than its meter does, so decisions are set by measured honest households, not by normal theory.
    It cannot see a drift of a few per cent: at 5 % it finds no more than chance (docs/scorecard.md); nor a meter that
    registers less than an eighth and still moves, which looks like an empty home: `another_use` counts it; nor a fault
    that was there from the beginning.

    Instead: `scaled_shape` where hourly readings come: shape tells people from meters; `stopped_register` for a
    register that stands; conservation (balance) for errors of a few per cent.

    Not judged: `no_readings`, `short_history`, `idle_history` (median consumption zero), `another_use` (most days of a
    stretch lie further than `comparable_factor` from the usual level).

    References
    ----------
    Berger, Technometrics 24 (1982) 295 (intersection–union); tampering catalogue, electricity "bypass"; decision 0028.

    Examples
    --------
    >>> from anomaly import specimen
    >>> consumption = specimen.household(seed=3, day_count=320, instruments=24)
    >>> consumption[250:, 5] *= 0.3
    >>> finding, = LevelShift().judge(specimen.days("electricity_meter", consumption, judged=250)).findings
    >>> finding.instrument, abs((finding.onset - specimen.instant("2026-03-02T00:00+08:00")).days - 250) <= 2
    (6, True)
    >>> abs(finding.magnitude.relative_percent - -70) < 10
    True
    """

    baseline_days: int = 84
    short_test_days: int = 56
    long_test_days: int = 112
    quiet_days: int = 28
    sufficient_percent: float = 60.0
    outer_percent: float = 90.0
    wander_percent: float = 10.0
    decision_sigma: float = 6.5
    rise_decision_sigma: float = 9.5
    peers_instruments: int = 20
    alone_factor: float = 1.4
    comparable_factor: float = 8.0
    width_factor: float = 3.0

    name: ClassVar[str] = "level_shift"
    version: ClassVar[str] = "3"
    grade: ClassVar[Grade] = Grade.STATISTICAL
    question: ClassVar[Wording] = Wording(
        zh="与自身历史和同类器具相比，平常日与用量大的日子的用量水平是否都发生变化？",
        en="Has the level of consumption shifted, on usual and on busy days, against own history and peers?",
    )
    check: ClassVar[Wording] = Wording(
        zh="先向用户了解人口、用能设备或季节因素有无变化；再检查封印、接线及有无旁路；必要时用标准器现场比对或送检。",
        en="First ask whether occupancy, appliances or season changed; then look at seals, wiring and bypasses, and if "
        "in doubt compare with a reference meter on site.",
    )
    needs: ClassVar[frozenset[Sight]] = frozenset({Sight.DAYS})
    compares_instruments: ClassVar[bool] = True
    false_alarms_per_1000_instrument_years: ClassVar[float | None] = 31.0
    """Upper 95 % limit of one alarm in 152 instrument-years of real recordings, on which the decisions were chosen."""

    def judge(self, evidence: Evidence) -> Judgement:
        """Every shift noticed in the judged period."""
        findings: list[Finding] = []
        silent = np.ones(len(evidence.fleet), dtype=np.bool_)
        short, idle, other = (np.zeros_like(silent) for _ in range(3))
        for panel, mine in chief_days(evidence):
            silent &= ~(mine & panel.readings[panel.judged :].any(axis=0))
            known = over(panel, evidence.period) & (panel.consumption >= 0)
            total = np.where(known, panel.consumption, np.nan)
            found, enough, apart = crossings([total], panel, evidence.period, self.design, self.decision)
            wanting = mine & ~silent & ~enough
            idle |= wanting & (middle(total) <= 0)
            other |= wanting & ~idle & apart
            short |= wanting & ~idle & ~apart
            for crossing in found:
                if mine[crossing.owner]:
                    likely = chance(float(crossing.seen.score[crossing.side, crossing.owner]), _MEASURED)
                    told = account(crossing, panel)
                    findings.append(finding(crossing, told, panel, evidence, _STATEMENT, likely))
        return Judgement(
            one_per_onset(findings),
            counted("no_readings", silent)
            | counted("short_history", short)
            | counted("idle_history", idle)
            | counted("another_use", other),
        )


def faulty() -> Evidence:
    """A fleet in which one instrument registers a third for thirteen weeks, longer than the usual specimens last."""
    consumption = specimen.household(seed=5, day_count=300, instruments=24)
    consumption[210:, 3] *= 0.33
    return specimen.days("electricity_meter", consumption, judged=150)
