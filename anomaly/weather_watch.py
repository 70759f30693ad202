"""Calendar months of a fleet against what the weather leads to expect of each instrument."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anomaly.evidence import DayPanel, Period, to_microseconds
from anomaly.glr_step import Baseline, Change, glr_step, onset_interval
from anomaly.residuals.degree_days import Expected, degree_days
from anomaly.residuals.scale import Scaled, scaled
from metrology.civil import DAY

_LONGEST_MONTH = 31
_LEAST_SCATTER = 0.05
"""Least scatter of log consumption ascribed to any instrument: a constant must not turn a trifle into a shift."""
_TRIFLE = 0.01
"""Share of the mean consumption below which use and expectation are both next to nothing [1]."""
_ONSET_DROP = 7.0
"""Twice the log likelihood by which an onset may be less likely than the likeliest: 95 % of simulated steps of 1 σ and
more set in within it (tests/anomaly/detectors/test_weather_shift.py)."""

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Design:
    """How a month is held against the weather.

    Parameters
    ----------
    baseline
        Days that tell how an instrument follows the weather [d].
    test
        Days between the baseline and the month, in which a shift may set in [d].
    quiet
        Days before the judged period from which on months are looked at [d].
    sufficient
        Least number of baseline days of which consumption and temperature are known [d].
    clip
        Largest score that one day may bring in [σ].
    comparable
        Largest factor between a day and what is expected of it, either way, at which the day counts [1].
    """

    baseline: int
    test: int
    quiet: int
    sufficient: int
    clip: float
    comparable: float


@dataclass(frozen=True)
class Month:
    """One calendar month, with the baseline that belongs to it.

    Parameters
    ----------
    baseline, test, begin, end
        Rows at which the baseline, the test stretch and the month begin and the month ends.
    fit
        What the weather leads to expect, from row `baseline` on.
    scores
        Residuals [σ], from row `baseline` on; NaN where a day is of another use.
    held
        What the scores are held against, from row `test` on.
    down, up
        Likeliest fall and rise at the end of each day of the month.
    enough
        Instruments whose baseline is known well enough.
    """

    baseline: int
    test: int
    begin: int
    end: int
    fit: Expected
    scores: Scaled
    held: Baseline
    down: Change
    up: Change
    enough: Flags


def months(panel: DayPanel, period: Period, weather: Numbers, place: Counts, design: Design) -> Iterator[Month]:
    """Calendar months from the quiet days before the judged period to its end.

    Parameters
    ----------
    weather, place
        Temperatures and whose they are, as `Weather.around` gives them.
    """
    over = panel.starts[1:] <= to_microseconds(period.horizon)
    consumption = np.where(over & (panel.consumption >= 0), panel.consumption, np.nan)
    last = min((period.last - panel.first).days + 1, panel.days)
    first = (panel.first + max(panel.judged - design.quiet, 0) * DAY).replace(day=1)
    while (begin := (first - panel.first).days) < last:
        following = (first + _LONGEST_MONTH * DAY).replace(day=1)
        end = min((following - panel.first).days, last)
        test = begin - design.test
        baseline = max(test - design.baseline, 0)
        if test - baseline >= design.sufficient:
            yield _month(consumption[baseline:end], weather[baseline:end], place, (baseline, test, begin, end), design)
        first = following


def _month(
    consumption: Numbers, weather: Numbers, place: Counts, rows: tuple[int, int, int, int], design: Design
) -> Month:
    baseline, test, begin, end = rows
    fit = degree_days(consumption, weather, place, test - baseline)
    apart = _apart(consumption, fit, test - baseline, design.comparable)
    felt = weather[:, place]
    of_baseline = np.where(np.isfinite(consumption), felt, np.nan)[: test - baseline]
    held = Baseline(fit.known.astype(np.float64), felt[test - baseline :], *_moments(of_baseline))
    scores = scaled(np.where(apart, np.nan, fit.residual), test - baseline, _LEAST_SCATTER)
    clipped = np.clip(scores.score[test - baseline :], -design.clip, design.clip)
    down, up = (
        glr_step(
            np.where(unknown[test - baseline :], np.nan, clipped),
            end - test,
            begin=begin - test,
            side=side,
            baseline=held,
        )
        for unknown, side in ((fit.warmer, -1), (fit.colder, 1))
    )
    enough = (fit.known >= design.sufficient) & np.isfinite(scores.scatter)
    return Month(baseline, test, begin, end, fit, scores, held, down, up, enough)


def _apart(consumption: Numbers, fit: Expected, baseline: int, comparable: float) -> Flags:
    """Days of another use: further from what is expected than is comparable."""
    known = np.isfinite(fit.expected[:baseline])
    mean = np.sum(np.where(known, fit.expected[:baseline], 0.0), axis=0) / np.maximum(known.sum(axis=0), 1)
    small = _TRIFLE * np.where(mean > 0, mean, np.nan)
    ratio = np.log((consumption + small) / (fit.expected + small))
    # More than expected on a day colder than any known is what is to be expected, and less on a warmer one.
    apart = np.abs(ratio) > math.log(comparable)
    return np.asarray(apart & ~(fit.colder & (ratio > 0)) & ~(fit.warmer & (ratio < 0)))


def onset_rows(month: Month, owner: int, row: int, side: int, clip: float) -> tuple[int, int]:
    """Rows between which the onset lies of a step that was noticed on a row, of one instrument."""
    score = month.scores.score[month.test - month.baseline : row + 1 - month.baseline, [owner]]
    score = np.clip(score, -clip, clip)
    unknown = month.fit.warmer if side < 0 else month.fit.colder
    score[unknown[month.test - month.baseline : row + 1 - month.baseline, [owner]]] = np.nan
    held = Baseline(
        month.held.known[[owner]],
        month.held.covariate[: len(score), [owner]],
        month.held.mean[[owner]],
        month.held.variance[[owner]],
    )
    first, last = onset_interval(score, 1, side=side, drop=_ONSET_DROP, baseline=held)
    return month.test + first, month.test + last


def shift(
    used: Numbers, expected: Numbers, before: Flags, since: Flags, inflation: float
) -> tuple[float, float, float]:
    """How consumption stands to what was expected since the onset, against how it stood before.

    Parameters
    ----------
    used, expected
        Consumption and what the weather leads to expect [unit/d], shape (days,).
    before, since
        Days that count, of the baseline and since the onset.
    inflation
        √((1 + r)/(1 − r)) for days that follow one another.

    Returns
    -------
    Ratio r [1], its uncertainty (k = 2) [1], and Σx/Σx̂ of the baseline [1].
    """
    level = float(used[before].sum() / expected[before].sum())
    ratio = float(used[since].sum() / expected[since].sum()) / level
    parts = [
        float(np.std(used[days] - factor * level * expected[days]))
        * math.sqrt(int(days.sum()))
        / (level * float(expected[days].sum()))
        for days, factor in ((before, 1.0), (since, ratio))
    ]
    return ratio, 2 * inflation * math.hypot(ratio * parts[0], parts[1]), level


def _moments(values: Numbers) -> tuple[Numbers, Numbers]:
    """Mean and variance of the known values of each column, zero where there is none."""
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0.0).sum(axis=0) / count
    return mean, (np.where(known, values - mean, 0.0) ** 2).sum(axis=0) / count
