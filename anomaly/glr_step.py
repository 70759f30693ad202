"""Generalised likelihood ratio of a step of unknown size and instant, of a whole fleet at once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]
Sums = Callable[[int, int], tuple[Numbers, Numbers, Numbers, Numbers]]


_TINY = 1e-12


@dataclass(frozen=True)
class Change:
    """The likeliest change at the end of each row, arrays shaped (rows asked for, instruments).

    Parameters
    ----------
    statistic
        Signed root of twice the log likelihood ratio, largest over all onsets looked at [σ]; 0 where none is allowed.
    since
        Row on which it set in.
    size
        Its likeliest size: of a step [σ], of a slope [σ/row]; 0 where none is allowed.
    """

    statistic: Numbers
    since: Counts
    size: Numbers


@dataclass(frozen=True)
class Baseline:
    """What scores are held against is itself estimated, from a baseline of limited length and weather.

    Parameters
    ----------
    known
        Rows that it was estimated from, shape (instruments,).
    covariate
        What the expectation was fitted to, of the rows judged, shape (rows, instruments); NaN unknown.
    mean, variance
        Its mean and variance in the baseline, shape (instruments,).
    """

    known: Numbers
    covariate: Numbers
    mean: Numbers
    variance: Numbers


def glr_step(
    score: Numbers,
    window: int,
    least: int = 1,
    begin: int = 0,
    *,
    side: int = 0,
    baseline: Baseline | None = None,
) -> Change:
    """Likeliest step at the end of each row from `begin` on, among the last `window` rows.

    With S the sum of the scores since an onset and n their number, the ratio is S²/n (Lorden, Ann. Math. Stat. 42
    (1971) 1897; window-limited, Lai, IEEE Trans. Inf. Theory 44 (1998) 2917).

    Parameters
    ----------
    score
        Standardised residuals [σ], shape (rows, instruments), NaN unknown.
    window
        Onsets looked at: the last so many rows, the present one included.
    least
        Known rows that a step must have lasted.
    begin
        First row to answer for.
    side
        -1 looks at falls alone, 1 at rises alone, 0 at both.
    baseline
        What the scores are held against, where that is uncertain itself: the variance of S is then n + n²(1 + d²)/m, m
        its known rows and d how many of its standard deviations the mean covariate lies from its own, as in any
        straight line through m points.

    Examples
    --------
    >>> found = glr_step(np.array([[0.0], [0.5], [-2.0], [np.nan], [-2.0]]), window=5, begin=4)
    >>> found.since.item(), found.size.item(), round(found.statistic.item(), 3)
    (2, -2.0, -2.828)
    """
    sums = _sums(score, baseline)
    return likeliest(sums, len(score), score.shape[1], window, least, begin, side)


def _sums(score: Numbers, baseline: Baseline | None) -> Sums:
    """What :func:`likeliest` asks for, of a step: its power is the number of known rows."""
    known = np.isfinite(score)
    of = [_summed(np.where(known, score, 0.0)), _summed(known.astype(np.float64))]
    if baseline is not None:
        of.append(_summed(np.where(known, baseline.covariate, 0.0)))

    def sums(row: int, first: int) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        projected, count, *covariate = (total[row + 1] - total[first : row + 1] for total in of)
        if baseline is None:
            return projected, count, count, count
        away = covariate[0] / np.maximum(count, 1) - baseline.mean
        lever = (1 + away**2 / np.maximum(baseline.variance, _TINY)) / np.maximum(baseline.known, 1)
        return projected, count, count + count**2 * lever, count

    return sums


def likeliest(sums: Sums, rows: int, instruments: int, window: int, least: int, begin: int, side: int) -> Change:
    """The onset with the largest ratio at the end of each row, whatever the change looks like.

    Parameters
    ----------
    sums
        Given a row and the earliest onset: projection of the scores on the change, power of the change, variance of the
        projection, and known rows, for every onset, shape (onsets, instruments).
    """
    asked = max(rows - begin, 0)
    statistic = np.zeros((asked, instruments))
    since = np.zeros((asked, instruments), dtype=np.int64)
    size = np.zeros((asked, instruments))
    columns = np.arange(instruments)
    for answer, row in enumerate(range(begin, rows)):
        first = max(0, row + 1 - window)
        projected, power, variance, count = sums(row, first)
        allowed = (count >= least) & (power > 0)
        root = np.where(allowed, projected / np.sqrt(np.where(allowed, variance, 1.0)), 0.0)
        best = (side * root if side else np.abs(root)).argmax(axis=0)
        found = allowed[best, columns] & (root[best, columns] * side >= 0)
        statistic[answer] = np.where(found, root[best, columns], 0.0)
        since[answer] = first + best
        size[answer] = np.where(found, projected[best, columns] / np.where(found, power[best, columns], 1.0), 0.0)
    return Change(statistic, since, size)


def onset_interval(
    score: Numbers, least: int, *, side: int, drop: float, baseline: Baseline | None = None
) -> tuple[int, int]:
    """First and last onset about as likely as the likeliest, of a step of one instrument that lasts at the end.

    Parameters
    ----------
    score
        Standardised residuals [σ], shape (rows, 1); other parameters as :func:`glr_step`.
    drop
        Twice the log likelihood by which an onset may be less likely than the likeliest [1]: 3.84 would hold 95 % of a
        regular parameter; a change point is none, so users take more.

    Examples
    --------
    >>> onset_interval(np.array([[0.5], [-1.5], [-3.0], [-3.0], [-4.0]]), 1, side=-1, drop=7.0)
    (1, 2)
    """
    return near_likeliest(_sums(score, baseline), len(score), least, side, drop)


def near_likeliest(sums: Sums, rows: int, least: int, side: int, drop: float) -> tuple[int, int]:
    """The same of any change; `sums` as :func:`likeliest` has them, of one instrument."""
    projected, _, variance, count = sums(rows - 1, 0)
    allowed = (count >= least) & (variance > 0)
    root = np.where(allowed, side * projected / np.sqrt(np.where(allowed, variance, 1.0)), 0.0).ravel()
    near = np.flatnonzero(np.maximum(root, 0.0) ** 2 >= root.max() ** 2 - drop)
    return int(near[0]), int(near[-1])


def _summed(values: Numbers) -> Numbers:
    """Sums before each row and after the last, shape (rows + 1, instruments)."""
    total = np.zeros((len(values) + 1, values.shape[1]))
    np.cumsum(values, axis=0, out=total[1:])
    return total
