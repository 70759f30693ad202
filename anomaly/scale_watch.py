"""Week after week, which instruments of a fleet begin to register the same use on another scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from anomaly.evidence import DayPanel, Period, to_microseconds
from anomaly.scaling import Design, Scaled, scaled

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

WEEK = 7
_CERTAIN = 3.5
"""What an onset may lose of log likelihood. Half of the 95 % point of χ², 1.92, holds a regular parameter, which a
change point is not: of simulated homes it held 87 to 93 %, this holds 95 % and more
(tests/anomaly/test_scale_watch.py)."""


@dataclass(frozen=True)
class Decision:
    """When a score is told.

    Parameters
    ----------
    windows
        Lengths of the test stretches that are looked at each week [d].
    score
        Least score of a fall and of a rise [σ].
    alone
        By how much it is raised where the fleet's part could not be taken off [1].
    quiet_weeks
        Weeks below it after which a crossing counts as new.
    """

    windows: tuple[int, ...]
    score: tuple[float, float]
    alone: float
    quiet_weeks: int


@dataclass(frozen=True)
class OfScale:
    """What the judges of scale declare alike; what each parameter means stands in their method sheets."""

    baseline_days: int
    short_test_days: int
    long_test_days: int
    quiet_days: int
    sufficient_percent: float
    outer_percent: float
    wander_percent: float
    decision_sigma: float
    rise_decision_sigma: float
    peers_instruments: int
    alone_factor: float
    comparable_factor: float
    width_factor: float

    @property
    def memory(self) -> timedelta:
        """Baseline, longest test stretch and quiet days before the first judged week."""
        return timedelta(days=self.baseline_days + self.long_test_days + self.quiet_days + WEEK)

    @property
    def design(self) -> Design:
        """What counts as the same use on another scale."""
        return Design(
            baseline=self.baseline_days,
            middle_share=0.5,
            outer_share=self.outer_percent / 100,
            wander=self.wander_percent / 100,
            comparable=self.comparable_factor,
            sufficient=self.sufficient_percent / 100,
            peers=self.peers_instruments,
            width=self.width_factor,
        )

    @property
    def decision(self) -> Decision:
        """When a score is told."""
        return Decision(
            windows=(self.short_test_days, self.long_test_days),
            score=(self.decision_sigma, self.rise_decision_sigma),
            alone=self.alone_factor,
            quiet_weeks=self.quiet_days // WEEK,
        )


@dataclass(frozen=True)
class Crossing:
    """One instrument in the week in which its score first reached the decision.

    Parameters
    ----------
    owner
        Index into the fleet.
    begin, test, end
        Rows at which the baseline and the test stretch begin, and after which the week is over.
    side
        0 a fall, 1 a rise.
    decision
        Score that was in force [σ].
    compared
        Whether the fleet's part was taken off.
    seen
        What the stretch said of the whole fleet.
    """

    owner: int
    begin: int
    test: int
    end: int
    side: int
    decision: float
    compared: bool
    seen: Scaled


def over(panel: DayPanel, period: Period) -> Flags:
    """Days that are over for each instrument, shape (days, instruments)."""
    return np.asarray(panel.starts[1:] <= to_microseconds(period.horizon))


def crossings(
    parts: Sequence[Numbers], panel: DayPanel, period: Period, design: Design, decision: Decision
) -> tuple[list[Crossing], Flags, Flags]:
    """Every new crossing in a calendar week that ends within the judged period, who could be judged, and who not.

    Known well enough is who is so in any of the weeks looked at; told apart are those who would be, were their days
    comparable. A week is looked at as a whole, on its Sunday, against the days before it and nothing else: it gets the
    same answer whatever stretch is judged.
    """
    last = min((period.last - panel.first).days + 1, panel.days)
    monday = panel.judged - decision.quiet_weeks * WEEK
    ends = list(range(monday + (-(panel.first.weekday() + monday)) % WEEK, last + 1, WEEK))
    if ends and ends[-1] <= panel.judged:
        # No week ends here: nothing can be found, and the last one tells who is known well enough.
        ends = ends[-1:]
    enough, apart = (np.zeros(panel.consumption.shape[1], dtype=np.bool_) for _ in range(2))
    quiet = np.full((2, len(enough)), decision.quiet_weeks)
    found = []
    for end in ends:
        best, which, stretches = _week(parts, end, design, decision)
        for stretch in stretches:
            enough |= stretch.enough
            apart |= stretch.apart
        crossed = best >= 1
        for side, owner in zip(*np.nonzero(crossed & (quiet >= decision.quiet_weeks)), strict=True):
            if end > panel.judged:
                seen = stretches[which[side, owner]]
                window = len(seen.residual) - design.baseline
                raised = _raised(seen, design, decision)
                rows = end - window - design.baseline, end - window, end
                found.append(Crossing(int(owner), *rows, int(side), decision.score[side] * raised, raised == 1.0, seen))
        quiet = np.where(crossed, 0, quiet + 1)
    return found, enough, apart & ~enough


def _week(
    parts: Sequence[Numbers], end: int, design: Design, decision: Decision
) -> tuple[Numbers, NDArray[np.int64], list[Scaled]]:
    """Largest score as a multiple of the decision, shape (2, instruments), the window it came from, and all windows."""
    stretches, scores = [], []
    for window in decision.windows:
        begin = end - window - design.baseline
        if begin < 0:
            continue
        seen = scaled([part[begin:end] for part in parts], design)
        stretches.append(seen)
        scores.append(seen.score / (np.array(decision.score)[:, None] * _raised(seen, design, decision)))
    if not scores:
        nobody = np.full((2, parts[0].shape[1]), -np.inf)
        return nobody, np.zeros(nobody.shape, dtype=np.int64), []
    stacked = np.array(scores)
    return stacked.max(axis=0), stacked.argmax(axis=0), stretches


def _raised(seen: Scaled, design: Design, decision: Decision) -> float:
    return 1.0 if seen.peers >= design.peers else decision.alone


def onset(residual: Numbers, change: float, baseline: int) -> tuple[int, int, int]:
    """Row at which the residuals most likely went over to the change, and the first and last row it may have been.

    Parameters
    ----------
    residual
        Log residuals of one instrument, shape (days,), NaN unknown; the baseline lies around zero.
    change
        Where they lie afterwards.
    baseline
        Rows of the baseline: their scatter and correlation tell how sure the onset is.

    Notes
    -----
    Laplace likelihood: a day far off counts by its distance, not its square. 95 % interval, widened by (1 + a)/(1 − a)
    for days that follow one another, a their lag-one correlation.

    Examples
    --------
    >>> onset(np.array([0.1, -0.1] * 20 + [-0.9, -1.1] * 10), -1.0, 30)
    (40, 40, 40)
    """
    known = np.isfinite(residual)
    gain = np.where(known, np.abs(residual) - np.abs(residual - change), 0.0)
    likely = np.append(np.cumsum(gain[::-1])[::-1], 0.0)[: len(residual)]
    before = residual[:baseline][known[:baseline]]
    scatter = max(float(np.mean(np.abs(before))), 1e-3) if len(before) else 1.0
    power = float(np.sum(before**2))
    correlation = min(max(float(np.sum(before[1:] * before[:-1])) / power, 0.0), 0.9) if power > 0 else 0.0
    slack = _CERTAIN * scatter * (1 + correlation) / (1 - correlation)
    best = int(np.argmax(likely))
    possible = np.flatnonzero(likely >= likely[best] - slack)
    return best, int(possible[0]), int(possible[-1])
