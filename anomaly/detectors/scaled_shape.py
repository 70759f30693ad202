"""Does every part of the day, base, usual hour and peak, register the same factor less or more than before?"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from anomaly.chief import chief_days
from anomaly.day_parts import day_parts
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
    zh="自{onset}前后起，用量{compared_zh}{fell_zh}{percent} % ± {uncertain} %"
    "（日均由{before} {unit}变为{after} {unit}），而且日总量、最小小时、"
    "常用小时和最大小时都{fell_zh}{least} %～{most} %："
    "像是同样的用法按另一比例计量，而不像用户换了用法；搬迁等彻底变化也可能如此，用量变化本身不等于示值误差。",
    en="Since about {onset} consumption {fell_en} by {percent} % ± {uncertain} % {compared_en} (from {before} to "
    "{after} {unit} a day), and the day's total, its smallest, usual and largest hour all {fell_en} by {least} to "
    "{most} %: this looks like the same use registered on another scale rather than another use; others moving in can "
    "look so too, and a change of consumption is not yet an error of the instrument.",
)

_MEASURED = ((0.9, 0.17), (1.4, 0.039))
"""Score [σ] and alarms per instrument-year: 13 falls in 77 years of recorded electricity meters, and the upper 95 %
limit of none in as many."""


@dataclass(frozen=True)
class ScaledShape(OfScale):
    """Does every part of the day, base, usual hour and peak, register the same factor less or more than before?

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
        Share of the days below which they are compared beside the middle: the upper days of a fall, the lower ones of
        a rise [%].
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
    A day has four parts p: its total, its smallest hour, the median of its hours with consumption, its largest hour. A
    meter that registers a share of everything scales all of them on all days by the same factor. People do not: away
    from home they leave the base, with less heating the usual hour, with one appliance less the peak, and for weeks,
    not for good.

    Formula: u_p = log(x_p + 0.02·median) less the own baseline median and β times the fleet's median of the day, β the
    own following of the fleet in the baseline, drawn towards one. For each part, and at the middle (q = 50 %) and the
    upper (q = `outer_percent`) day of each stretch, z = (Q_q[u_p before] − Q_q[u_p after])/√(w² + 2σ²/n) with w =
    `wander_percent`/100, σ = (Q₇₅ − Q₂₅)/1.349 + 0.05 and n test days. The score is the **least** of all these z: an
    intersection–union test, which rejects "something of this use stayed as it was". A rise likewise, with the lower
    day. Days further than `comparable_factor` from the usual level are left out; where the days spread otherwise than
    before by more than `width_factor`, nothing is told. Parts whose usual value is zero (the night of a water meter)
    say nothing and are passed over. Each calendar week is looked at once, on its Sunday, with both test stretches; a
    finding where the score reaches the decision after `quiet_days` below it.
    Onset: most likely step of the totals (Laplace likelihood), with its 95 % interval. Magnitude: mean consumption
    from onset to notice against before, what the fleet did taken off, times the days, k = 2. p-value: chance that an
    honest instrument reaches the score within a year, as counted on recorded homes.

    Wrong when: a water register shows whole litres: its usual hour is a few steps, and the day's total tells as much.
    Others move in who live alike on another scale, a home loses heating and appliances for good, or a
    second meter takes over a share of everything. Slower than a look at the level: six weeks at least.
    It cannot see an error of a few per cent, and little of −20 % (docs/scorecard.md); nor a meter that registers less
    than an eighth and still moves, which looks like an empty home: `another_use` counts it; nor a fault that was there
    from the beginning.

    Instead: `level_shift` where only daily readings come; `stopped_register` for a register that stands; conservation
    (balance) for errors of a few per cent.

    Not judged: `no_readings`, `short_history`, `idle_history` (median consumption zero), `no_hours` (no day with 20
    known hours), `another_use` (most days of a stretch lie further than `comparable_factor` from the usual level).

    References
    ----------
    Berger, Technometrics 24 (1982) 295 (intersection–union); tampering catalogue, electricity "bypass", "CT ratio",
    water "under-registration"; decision 0028.

    Examples
    --------
    >>> from anomaly import specimen
    >>> consumption = specimen.household(seed=3, day_count=300, instruments=24)
    >>> consumption[230:, 5] *= 0.4
    >>> seen = specimen.hours(specimen.days("electricity_meter", consumption, judged=230))
    >>> finding, = ScaledShape().judge(seen).findings
    >>> finding.instrument, abs((finding.onset - specimen.instant("2026-03-02T00:00+08:00")).days - 230) <= 2
    (6, True)
    >>> abs(finding.magnitude.relative_percent - -60) < 10
    True
    """

    baseline_days: int = 84
    short_test_days: int = 42
    long_test_days: int = 84
    quiet_days: int = 28
    sufficient_percent: float = 60.0
    outer_percent: float = 80.0
    wander_percent: float = 25.0
    decision_sigma: float = 1.4
    rise_decision_sigma: float = 2.5
    peers_instruments: int = 20
    alone_factor: float = 1.4
    comparable_factor: float = 8.0
    width_factor: float = 3.0

    name: ClassVar[str] = "scaled_shape"
    version: ClassVar[str] = "2"
    grade: ClassVar[Grade] = Grade.STATISTICAL
    question: ClassVar[Wording] = Wording(
        zh="一天的各个部分（最小小时、常用小时、最大小时）是否都按同一比例变化？",
        en="Does every part of the day, base, usual hour and peak, register the same factor less or more than before?",
    )
    check: ClassVar[Wording] = Wording(
        zh="先向用户了解是否搬迁或更换主要用能设备；再检查封印、接线、旁路和互感器变比；用标准器现场比对或送检。",
        en="First ask whether people moved or main appliances changed; then look at seals, wiring, bypasses and "
        "transformer ratios, and compare with a reference meter on site.",
    )
    needs: ClassVar[frozenset[Sight]] = frozenset({Sight.DAYS, Sight.HOURS})
    compares_instruments: ClassVar[bool] = True
    false_alarms_per_1000_instrument_years: ClassVar[float | None] = 39.0
    """Upper 95 % limit of no alarm in 77 instrument-years of real electricity recordings, on which the decisions were
    chosen."""

    def judge(self, evidence: Evidence) -> Judgement:
        """Every change of scale noticed in the judged period."""
        findings: list[Finding] = []
        silent = np.ones(len(evidence.fleet), dtype=np.bool_)
        short, idle, hourless, other = (np.zeros_like(silent) for _ in range(4))
        for panel, mine in chief_days(evidence):
            silent &= ~(mine & panel.readings[panel.judged :].any(axis=0))
            speaking = mine & ~silent
            if panel.hourly is None:
                hourless |= speaking
                continue
            smallest, usual, largest = day_parts(panel.hourly)
            known = over(panel, evidence.period) & (panel.consumption >= 0) & np.isfinite(largest)
            total = np.where(known, panel.consumption, np.nan)
            parts = [total, *(np.where(known, part, np.nan) for part in (smallest, usual, largest))]
            found, enough, apart = crossings(parts, panel, evidence.period, self.design, self.decision)
            wanting = speaking & ~enough
            hourless |= wanting & ~known.any(axis=0)
            idle |= wanting & known.any(axis=0) & (middle(total) <= 0)
            other |= wanting & ~hourless & ~idle & apart
            short |= wanting & ~hourless & ~idle & ~apart
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
            | counted("no_hours", hourless)
            | counted("another_use", other),
        )
