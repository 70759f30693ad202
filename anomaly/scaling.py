"""Whether an instrument registers the same use on another scale: every part of its days by the same factor."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anomaly.fleet_adjustment import middle

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]

_ZERO_SHARE = 0.02
"""Share of the median added before the logarithm, so that a day without consumption stays finite."""
_FLOOR = 0.05
"""Least scatter of log consumption ascribed to any instrument: a constant must not turn a trifle into a shift."""
_NORMAL = 1.4826
"""Standard deviation of a normal variable over its median absolute deviation."""
_CALM = 1.5
"""Largest log residual by which a day helps to tell how an instrument follows the fleet: about a factor of 4.5."""
_LARGEST_LOADING = 3.0
_AS_THE_FLEET = 4.0
"""Weight of following the fleet one to one against an instrument's own days, in squares of the log of the common part
summed over the baseline."""


@dataclass(frozen=True)
class Design:
    """What counts as the same use on another scale.

    Parameters
    ----------
    baseline
        Days before the test stretch that tell the usual level and scatter [d].
    middle_share, outer_share
        Shares of the days below which they are compared: the middle, and the outer side that absences leave alone;
        for a rise the outer share is taken from below.
    wander
        Honest standard deviation of the log level from one season to the next [1].
    comparable
        Largest factor between a day and the usual level, either way, at which the day counts [1].
    sufficient
        Least share of known, comparable days in baseline and test stretch [1].
    peers
        Least number of instruments whose day is known for a common part to be taken off [instruments].
    width
        Largest factor, either way, between the spreads of the days, outer share to outer share, before and after: where
        they differ by more, people live otherwise [1].
    """

    baseline: int
    middle_share: float
    outer_share: float
    wander: float
    comparable: float
    sufficient: float
    peers: int
    width: float


@dataclass(frozen=True)
class Scaled:
    """What a test stretch says against the baseline before it; arrays shaped (instruments,).

    Parameters
    ----------
    score
        Least score of all parts of the day at both shares of the days, of a fall and of a rise [σ], shape
        (2, instruments); −inf where too little is known or the days spread otherwise than before.
    enough
        Where enough days are known and comparable.
    change
        Log of the scale of each part of the day, at the middle of the days [1], shape (parts, instruments); NaN where
        the usual value of the part is zero.
    known
        Days known and comparable in baseline and test stretch [d], shape (2, instruments).
    residual
        Log of the day's total less the baseline's median and the fleet's part, shape (days, instruments).
    common
        Fleet's part taken off each total, as a factor, shape (days, instruments).
    peers
        Instruments whose day is known, median over the days [instruments].
    """

    score: Numbers
    enough: NDArray[np.bool_]
    change: Numbers
    known: Counts
    residual: Numbers
    common: Numbers
    peers: int


def scaled(parts: Sequence[Numbers], design: Design) -> Scaled:
    """Compare the last days of some stretch with the `design.baseline` days that begin it.

    Parameters
    ----------
    parts
        Parts of each day that a meter scales alike, the total first [unit], each shaped (days, instruments); NaN
        unknown. A part whose usual value is zero says nothing of an instrument and is passed over.

    Examples
    --------
    >>> days = np.tile(np.array([[4.0], [5.0], [6.0]]), (40, 2))
    >>> days[60:, 1] *= 0.5
    >>> design = Design(60, 0.5, 0.8, 0.25, 8.0, 0.6, 20, 3.0)
    >>> seen = scaled([days], design)
    >>> np.exp(seen.change[0]).round(3).tolist(), seen.score[0].round(1).tolist()
    ([1.0, 0.51], [-0.0, 2.6])
    """
    baseline = design.baseline
    test = len(parts[0]) - baseline
    score = np.full((2, parts[0].shape[1]), np.inf)
    changes = []
    for number, part in enumerate(parts):
        residual, common, present, usual = _residual(part, design)
        if number == 0:
            idle = np.abs(residual) > np.log(design.comparable)
        residual[idle] = np.nan
        before, after = np.sort(residual[:baseline], axis=0), np.sort(residual[baseline:], axis=0)
        known = np.array([np.count_nonzero(np.isfinite(side), axis=0) for side in (before, after)])
        centre = _at(before, known[0], design.middle_share)
        scatter = _NORMAL * middle(np.abs(residual[:baseline] - centre)) + _FLOOR
        spread = np.sqrt(design.wander**2 + 2 * scatter**2 / test)
        change = _at(after, known[1], design.middle_share) - centre
        upper, lower = (
            _at(after, known[1], share) - _at(before, known[0], share)
            for share in (design.outer_share, 1 - design.outer_share)
        )
        speaks = usual > 0
        least = np.array([-np.maximum(change, upper), np.minimum(change, lower)]) / spread
        score = np.fmin(score, np.where(speaks, least, np.inf))
        if number == 0:
            width = _at(before, known[0], design.outer_share) - _at(before, known[0], 1 - design.outer_share) + _FLOOR
            alike = np.abs(np.log(np.maximum(1 + (upper - lower) / width, 1e-9))) <= np.log(design.width)
            enough = speaks & (known[0] >= design.sufficient * baseline) & (known[1] >= design.sufficient * test)
            total = known, residual, common, int(np.median(present))
        changes.append(np.where(speaks, change, np.nan))
    score[:, ~(enough & alike)] = -np.inf
    score[~np.isfinite(score)] = -np.inf
    return Scaled(score, enough, np.array(changes), *total)


def _residual(part: Numbers, design: Design) -> tuple[Numbers, Numbers, Counts, Numbers]:
    """Log of a part less what the instrument's baseline and the fleet tell, the fleet's factor, peers, usual value."""
    usual = middle(part[: design.baseline])
    residual = np.log(part + np.where(usual > 0, _ZERO_SHARE * usual, np.nan))
    residual -= middle(residual[: design.baseline])
    present = np.count_nonzero(np.isfinite(residual), axis=1)
    common = middle(np.ascontiguousarray(residual.T))
    common[present < max(design.peers, 1)] = 0.0
    common -= np.median(common[: design.baseline])
    # How far an instrument follows the fleet is told by its own baseline, drawn towards one: homes that heat fall in
    # spring by more than homes that only cook.
    calm = np.clip(np.where(np.isfinite(residual), residual, 0.0)[: design.baseline], -_CALM, _CALM)
    weight = np.isfinite(residual[: design.baseline]) * common[: design.baseline, None] ** 2
    own = common[: design.baseline] @ calm
    loading = np.clip((own + _AS_THE_FLEET) / (weight.sum(axis=0) + _AS_THE_FLEET), 0.0, _LARGEST_LOADING)
    followed = common[:, None] * loading
    residual -= followed
    residual -= middle(residual[: design.baseline])
    return residual, np.exp(followed), present, usual


def _at(ordered: Numbers, known: Counts, share: float) -> Numbers:
    """Value below which a share of the known ones of each column lies; columns sorted, unknown values at their end."""
    place = share * np.maximum(known - 1, 0)
    low = place.astype(np.int64)
    high = np.minimum(low + 1, np.maximum(known - 1, 0))
    columns = np.arange(ordered.shape[1])
    return np.asarray(ordered[low, columns] + (place - low) * (ordered[high, columns] - ordered[low, columns]))
