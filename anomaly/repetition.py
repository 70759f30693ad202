"""Days that repeat an earlier day of the same instrument hour by hour, and how likely that is by chance.

Two honest days agree in an hour easily where little flows: a home stands empty, the resolution is coarse, a
refrigerator takes the same each hour. So only consumption counts, each different value of the day once, by how often
the instrument's own hours show it: a day of zeros, or of two standby values in turn, tells nothing however often it
comes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrology.civil import HOURS

_PIECE = 256
"""Days looked at in one step: what bounds the memory of the comparison with history."""

Counts = NDArray[np.int64]
Numbers = NDArray[np.float64]
Values = NDArray[np.floating]


@dataclass(frozen=True)
class RepeatedDays:
    """Days equal to an earlier one, one entry for each day: the likeness that chance explains least.

    Parameters
    ----------
    row, owner
        Row of the day and index of the instrument, shape (days,), sorted by (owner, row).
    lag
        How many days before the equal one lies [d].
    digits
        Logarithm of base 10 of the chance that the day equals one given earlier day.
    different
        How many different values other than zero the day has.
    """

    row: Counts
    owner: Counts
    lag: Counts
    digits: Numbers
    different: Counts


def repeated_days(hourly: Values, first: int, lags: tuple[int, ...], history_days: int) -> RepeatedDays:
    """Days from row `first` on that equal the day `lag` days before in all 24 hours, zero days left out.

    Parameters
    ----------
    hourly
        Consumption by wall-clock hour, shape (days, 24, instruments), NaN where unknown.
    history_days
        Days before each day by which the frequency of a value is told [d]; a value never seen counts as seen once.

    Examples
    --------
    >>> chance = np.random.default_rng(1)
    >>> hourly = chance.integers(0, 500, (40, 24, 2)).astype(float)
    >>> hourly[30, :, 1] = hourly[29, :, 1]
    >>> hourly[33:35, :, 0] = 0
    >>> found = repeated_days(hourly, 28, (1, 7), 28)
    >>> found.row, found.owner, found.lag, bool(found.digits[0] < -40)
    (array([30]), array([1]), array([1]), True)
    """
    rows, owners, distances = [], [], []
    flowing = np.any(hourly > 0, axis=1)
    for lag in lags:
        begin = max(first, lag)
        if begin < len(hourly):
            same = np.all(hourly[begin:] == hourly[begin - lag : len(hourly) - lag], axis=1) & flowing[begin:]
            row, owner = np.nonzero(same)
            rows.append(row + begin)
            owners.append(owner)
            distances.append(np.full(len(row), lag))
    none = np.empty(0, dtype=np.int64)
    row, owner, lag_of = (np.concatenate([none, *each]) for each in (rows, owners, distances))
    order = np.lexsort((lag_of, row, owner))
    row, owner, lag_of = row[order], owner[order], lag_of[order]
    # Several earlier days may be equal to one day: the nearest stands for them, the chance is the same.
    once = np.flatnonzero(np.r_[True, (np.diff(row) != 0) | (np.diff(owner) != 0)][: len(row)])
    row, owner, lag_of = row[once], owner[once], lag_of[once]
    digits, different = _digits(hourly, row, owner, history_days)
    return RepeatedDays(row, owner, lag_of, digits, different)


def _digits(hourly: Values, row: Counts, owner: Counts, history_days: int) -> tuple[Numbers, Counts]:
    digits, different = np.zeros(len(row)), np.zeros(len(row), dtype=np.int64)
    for begin in range(0, len(row), _PIECE):
        piece = slice(begin, begin + _PIECE)
        values = np.sort(hourly[row[piece], :, owner[piece]], axis=1)
        counted = (values > 0) & np.c_[np.ones(len(values), dtype=np.bool_), np.diff(values, axis=1) > 0]
        back = row[piece, None] - np.arange(1, history_days + 1)
        past = np.where((back >= 0)[:, :, None], hourly[np.maximum(back, 0), :, owner[piece, None]], np.nan)
        past = past.reshape(len(values), history_days * HOURS)
        known = np.count_nonzero(np.isfinite(past), axis=1)
        seen = np.stack([np.count_nonzero(past == values[:, [hour]], axis=1) for hour in range(HOURS)], axis=1)
        share = (seen + 1) / (known + 1)[:, None]
        digits[piece] = np.sum(np.where(counted, np.log10(share), 0.0), axis=1)
        different[piece] = np.count_nonzero(counted, axis=1)
    return digits, different


def repeating_runs(rows: NDArray[np.generic], lag: int) -> tuple[Counts, Counts]:
    """Begin and length of each run of rows that equal the row `lag` before in every column.

    Parameters
    ----------
    rows
        Shape (time, columns).

    Examples
    --------
    >>> repeating_runs(np.array([[1], [2], [3], [1], [2], [9], [1]]), 3)
    (array([3, 6]), array([2, 1]))
    """
    same = np.zeros(len(rows) + 2, dtype=np.int8)
    same[lag + 1 : -1] = np.all(rows[lag:] == rows[:-lag], axis=1)
    edges = np.diff(same)
    begins = np.flatnonzero(edges == 1)
    return begins, np.flatnonzero(edges == -1) - begins
