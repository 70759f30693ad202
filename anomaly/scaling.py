"""Whether an instrument registers the same use on another scale: every part of its days by the same factor."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Few = NDArray[np.float32]
"""Logarithms and what is made of them: seven digits are plenty, and half the bytes."""
Counts = NDArray[np.int64]

_ZERO_SHARE = 0.02
"""Share of the median added before the logarithm, so that a day without consumption stays finite."""
_FLOOR = 0.05
"""Least scatter of log consumption ascribed to any instrument: a constant must not turn a trifle into a shift."""
_QUARTILES = 1.349
"""Distance of the quartiles of a normal variable [σ]."""
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
    apart
        Where enough days are known, but too few of them comparable.
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

    score: Few
    enough: NDArray[np.bool_]
    apart: NDArray[np.bool_]
    change: Few
    known: Counts
    residual: Few
    common: Few
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
    >>> [f"{np.exp(change):.2f}" for change in seen.change[0]], [f"{score:.1f}" for score in seen.score[0]]
    (['1.00', '0.51'], ['-0.0', '2.6'])
    """
    baseline = design.baseline
    test = len(parts[0]) - baseline
    score = np.full((2, parts[0].shape[1]), np.inf, dtype=np.float32)
    changes = []
    for number, part in enumerate(parts):
        residual, common, present, usual = _residual(part.astype(np.float32), design)
        if number == 0:
            told = _known(residual, baseline)
            idle = np.abs(residual) > np.float32(np.log(design.comparable))
        residual[idle] = np.nan
        before, after = _ordered(residual[:baseline]), _ordered(residual[baseline:])
        known = np.array([np.count_nonzero(np.isfinite(side), axis=1) for side in (before, after)])
        centre = _at(before, known[0], design.middle_share)
        scatter = (_at(before, known[0], 0.75) - _at(before, known[0], 0.25)) / _QUARTILES + _FLOOR
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
            least_known = design.sufficient * np.array([[baseline], [test]])
            enough = speaks & (known >= least_known).all(axis=0)
            apart = speaks & (told >= least_known).all(axis=0) & ~enough
            total = known, residual - centre, common, int(np.median(present))
        changes.append(np.where(speaks, change, np.nan))
    score[:, ~(enough & alike)] = -np.inf
    score[~np.isfinite(score)] = -np.inf
    return Scaled(score, enough, apart, np.array(changes), *total)


def _known(values: Few, baseline: int) -> Counts:
    """Known days of each column in the baseline and after it, shape (2, columns)."""
    finite = np.isfinite(values)
    return np.array([np.count_nonzero(side, axis=0) for side in (finite[:baseline], finite[baseline:])])


def _residual(part: Few, design: Design) -> tuple[Few, Few, Counts, Few]:
    """Log of a part less what the instrument's baseline and the fleet tell, the fleet's factor, peers, usual value."""
    head = _ordered(part[: design.baseline])
    usual = _at(head, np.count_nonzero(np.isfinite(head), axis=1), 0.5)
    offset = np.where(usual > 0, _ZERO_SHARE * usual, np.float32(np.nan))
    residual = np.log((part + offset) / (usual + offset))
    present = np.count_nonzero(np.isfinite(residual), axis=1)
    common = np.where(present >= max(design.peers, 1), _at(np.sort(residual, axis=1), present, 0.5), np.float32(0))
    common -= np.median(common[: design.baseline])
    # How far an instrument follows the fleet is told by its own baseline, drawn towards one: homes that heat fall in
    # spring by more than homes that only cook.
    known = np.isfinite(residual[: design.baseline])
    calm = np.clip(np.where(known, residual[: design.baseline], 0), -_CALM, _CALM)
    own, weight = common[: design.baseline] @ calm, common[: design.baseline] ** 2 @ known
    loading = np.clip((own + _AS_THE_FLEET) / (weight + _AS_THE_FLEET), 0.0, _LARGEST_LOADING).astype(np.float32)
    followed = common[:, None] * loading
    residual -= followed
    return residual, np.exp(followed), present, usual


def _ordered(values: Few) -> Few:
    """Values of each column in ascending order, shape (columns, rows), unknown ones last: contiguous sorts are fast."""
    return np.sort(np.ascontiguousarray(values.T), axis=1)


def _at(ordered: Few, known: Counts, share: float) -> Few:
    """Value below which a share of the known ones of each row lies; rows sorted, unknown values at their end."""
    place = share * np.maximum(known - 1, 0)
    low = place.astype(np.int64)
    high = np.minimum(low + 1, np.maximum(known - 1, 0))
    rows = np.arange(len(ordered))
    step = (place - low).astype(np.float32)
    return np.asarray(ordered[rows, low] + step * (ordered[rows, high] - ordered[rows, low]))
