"""Standstills of a fleet's registers, each with the history that came before it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anomaly.evidence import DayPanel, Period, to_microseconds

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Standstills:
    """Runs of still days, and for each instrument one entry of length 0 where its last known day moved.

    Parameters
    ----------
    owner
        Index into the fleet, shape (runs,), int64, ascending.
    first, last
        Position of the run's first and last still day in `row`.
    length
        Still days with readings [d].
    until_row
        Row of the day on which the register moved again, −1 while it stands.
    known, moved
        Days of the history before the run with readings, and with movement [d].
    begun, stayed, ended
        Standstills begun in that history; still days followed by a still one; standstills that ended.
    row
        Rows of all known days, instrument after instrument.
    latest
        Position of each instrument's last entry; instruments without known days have none.
    """

    owner: Counts
    first: Counts
    last: Counts
    length: Counts
    until_row: Counts
    known: Counts
    moved: Counts
    begun: Counts
    stayed: Counts
    ended: Counts
    row: Counts
    latest: Counts


def standstills(panel: DayPanel, period: Period, history_days: int) -> Standstills:
    """Standstills of every instrument up to the end of the judged period or the horizon, whichever is later.

    Parameters
    ----------
    history_days
        Civil days before a run that count as its history [d].
    """
    over = panel.starts[1:] <= to_microseconds(period.horizon)
    begun_day = panel.starts[:-1] <= to_microseconds(period.horizon)
    known = (panel.readings > 0) & begun_day & (over | ~panel.still)
    owner, row = np.nonzero(np.ascontiguousarray(known.T))
    still = panel.still[row, owner]
    follows = np.zeros(len(row), dtype=np.bool_)
    follows[1:] = owner[1:] == owner[:-1]
    before = np.zeros(len(row), dtype=np.bool_)
    before[1:] = still[:-1]
    begins = still & ~(follows & before)
    closes = np.ones(len(row), dtype=np.bool_)
    closes[:-1] = ~follows[1:]
    ends = still & np.r_[closes[:-1] | ~still[1:], True][: len(row)]
    # One entry of length 0 stands for "moving at the end": there too a history is sufficient or not.
    moving_at_end = np.flatnonzero(closes & ~still)
    first = np.concatenate([np.flatnonzero(begins), moving_at_end])
    last = np.concatenate([np.flatnonzero(ends), moving_at_end - 1])
    order = np.argsort(first, kind="stable")
    first, last = first[order], last[order]
    return _with_history(panel.days, history_days, owner, row, still, follows, before, first, last)


def _with_history(
    days: int,
    history_days: int,
    owner: Counts,
    row: Counts,
    still: Flags,
    follows: Flags,
    before: Flags,
    first: Counts,
    last: Counts,
) -> Standstills:
    keys = owner * (days + history_days) + row + history_days
    begin = np.searchsorted(keys, keys[first] - history_days)
    begin = np.maximum(begin, np.searchsorted(owner, owner[first]))
    moved = _sums(~still)
    begun, stayed, ended = _sums(still & follows & ~before), _sums(still & follows & before), _sums(~still & before)
    # A transition counts with its later day; the first day of the window has none inside it.
    inner = np.minimum(begin + 1, first)
    length = last - first + 1
    following = np.minimum(last + 1, max(len(row) - 1, 0))
    moves_on = (last + 1 < len(row)) & (owner[following] == owner[first]) & (length > 0)
    of_run = owner[first]
    latest = np.flatnonzero(np.r_[of_run[1:] != of_run[:-1], True]) if len(of_run) else np.empty(0, dtype=np.int64)
    return Standstills(
        owner=of_run,
        first=first,
        last=last,
        length=length,
        until_row=np.where(moves_on, row[following], -1),
        known=first - begin,
        moved=moved[first] - moved[begin],
        begun=begun[first] - begun[inner],
        stayed=stayed[first] - stayed[inner],
        ended=ended[first] - ended[inner],
        row=row,
        latest=latest,
    )


def _sums(flags: Flags) -> Counts:
    """Running number of True before each position, shape (n + 1,)."""
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(flags, dtype=np.int64)])
