"""Hours between two readings that lie too far apart, estimated from the register's growth and like days before.

What is estimated is never invented: only between two readings, of which the later closes the gap, and so that hours
add up to the register's growth between them, exactly. It stands beside what was measured, never in its place, and no
judge looks at it.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from anomaly.summarise import LONGEST_BRIDGE_HOUR, UNKNOWN, broken, interpolate
from metrology.civil import HOURS

HISTORY_DAYS = 28
"""Days before a gap among which like days are sought."""

LEAST_LIKE_DAYS = 3
"""Fewest like days that give a shape (Itron: three)."""

LONGEST_LINEAR = timedelta(hours=36)
"""Longest gap spread evenly where no like days are known."""

LONGEST_GAP = timedelta(days=31)
"""Longest gap estimated at all; beyond it the register's growth is all that is known."""

EVEN_SHARE = 0.1
"""Share of the evenly spread in the shape of like days: an hour that was never used may have been this time."""

_MICROSECOND = timedelta(microseconds=1)
_BRIDGED = LONGEST_BRIDGE_HOUR // _MICROSECOND
_WEEK = 7
_SATURDAY = 5
_WORKDAY, _WEEKEND, _ANY = 0, 1, 2
_COVERAGE = 2.0

Counts = NDArray[np.int64]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Estimates:
    """Civil days with estimated hours, one row each, sorted by (instrument, day).

    Parameters
    ----------
    instrument, day
        Index into the fleet, and number of the day counted from the first; shape (rows,).
    like_days
        Days before the gap that gave the shape; 0 where it was spread evenly.
    gap_from, gap_until
        Readings around the longest gap that reaches into the day [microseconds since 1970 UTC].
    growth
        Growth of the register between them [count].
    hourly
        Estimated hours [count], shape (rows, 24), UNKNOWN where measured or not to be estimated.
    consumption
        Measured and estimated hours together [count]; UNKNOWN where an hour is neither.
    uncertainty, hour_uncertainty
        Expanded uncertainty of what is estimated of the day, and of one estimated hour (root mean square), k = 2
        [count].
    """

    instrument: Counts
    day: Counts
    like_days: Counts
    gap_from: Counts
    gap_until: Counts
    growth: Counts
    hourly: Counts
    consumption: Counts
    uncertainty: Numbers
    hour_uncertainty: Numbers


@dataclass(frozen=True)
class _Gaps:
    """Gaps to be estimated, one entry each, and the slots (hours) that each touches."""

    row: Counts
    owner: Counts
    began: Counts
    ended: Counts
    growth: Counts
    low: Counts
    high: Counts


def estimate(
    instrument: Counts,
    taken_at: Counts,
    grown: Counts,
    hour_starts: Counts,
    hourly: NDArray[np.floating],
    first: date,
    *,
    like_days: bool = True,
) -> Estimates:
    """Estimated hours of one register.

    Parameters
    ----------
    instrument, taken_at, grown
        Readings sorted by (instrument, taken_at): index into the fleet; microseconds since 1970 UTC; count, continued
        past declared roll-overs.
    hour_starts
        Instants at which each instrument's wall-clock hours begin, shape (days × 24 + 1, instruments).
    hourly
        Measured hours of the same days [count], NaN where unknown, shape (days, 24, instruments); what lies before a
        gap gives its shape.
    first
        Civil day of row 0.
    like_days
        False spreads every gap evenly, however long: what the estimate is compared with.

    Notes
    -----
    Between readings v₁ at t₁ and v₂ at t₂ more than 3 h apart, the register at the hour's boundary b is
    v₁ + (v₂ − v₁) · W(t₁, b)/W(t₁, t₂), rounded; W adds up the weight of the hours. The weight of an hour is its mean
    over like days (working days or weekend) of the 28 before t₁, with at least three, mixed with a tenth of the
    evenly spread; over all of these days where one sort has too few. With fewer, but one day known hour by hour, a gap
    of at most 36 h is spread evenly; a longer one is not estimated, nor any longer than 31 days.

    Uncertainty: the scatter σ of each hour among like days, scaled as the hour is (without like days σ = the hour's
    own weight), times what whole days scatter more than independent hours would, given that all hours add up to the
    growth: a part P of the gap has variance σ²(P)(1 − σ²(P)/σ²(gap)).

    Examples
    --------
    >>> from metrology.civil import fleet_hour_starts
    >>> starts = fleet_hour_starts(date(2026, 3, 2), 2, ("Asia/Shanghai",))
    >>> at = np.array([starts[0, 0], starts[6, 0], starts[10, 0]])
    >>> nothing_known = np.full((2, 24, 1), np.nan)
    >>> columns = np.zeros(3, int), at, np.array([0, 60, 100])
    >>> found = estimate(*columns, starts, nothing_known, date(2026, 3, 2), like_days=False)
    >>> found.hourly[0, :11].tolist() == [10] * 10 + [UNKNOWN]
    True
    """
    gaps = _gaps(instrument, taken_at, grown, hour_starts)
    gap, slot = _slots(gaps)
    overlap, length = _overlap(gaps, gap, slot, hour_starts)
    share = np.where(length > 0, overlap / np.maximum(length, 1), 0.0)
    weight, scatter, used, together = _weights(gaps, gap, slot, hourly, first, asked=like_days)
    even = overlap.astype(np.float64)
    weight, scatter = weight * share, scatter * share
    total = np.bincount(gap, weight, len(gaps.row))
    lasting = np.bincount(gap, even, len(gaps.row))
    shaped = (used > 0) & (total > 0)
    mixed = (1 - EVEN_SHARE) * weight / np.where(shaped, total, 1)[gap] + EVEN_SHARE * even / lasting[gap]
    part = np.where(shaped[gap], mixed, even / lasting[gap])
    growth = gaps.growth.astype(np.float64)
    spread = np.where(shaped, growth / np.where(shaped, total, 1), 0)[gap] * scatter
    sigma = np.where(shaped[gap], spread * together[gap], part * growth[gap])
    short = gaps.ended - gaps.began <= LONGEST_LINEAR // _MICROSECOND
    known = shaped | (short & _hourly_before(gaps, hourly)) if like_days else np.ones(len(gaps.row), dtype=np.bool_)
    if len(gaps.row) == 0 or not known.any():
        return _nothing()
    return _days(
        (instrument, taken_at, grown),
        hour_starts,
        gaps,
        _Shape(gap, slot, part, sigma**2, known, np.where(shaped, used, 0)),
    )


def _hourly_before(gaps: _Gaps, hourly: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Whether any day before each gap is known hour by hour: who reports less often has no hours to estimate."""
    whole = np.all(np.isfinite(hourly), axis=1)
    running = np.concatenate([np.zeros((1, whole.shape[1]), dtype=np.int64), np.cumsum(whole, axis=0)])
    until = (gaps.low - 1) // HOURS
    return np.asarray(running[until, gaps.owner] > running[np.maximum(until - HISTORY_DAYS, 0), gaps.owner])


@dataclass(frozen=True)
class _Shape:
    """How each gap is spread: one entry for each slot of each gap, and one for each gap."""

    gap: Counts
    slot: Counts
    part: Numbers
    variance: Numbers
    known: NDArray[np.bool_]
    like_days: Counts


def _gaps(instrument: Counts, taken_at: Counts, grown: Counts, hour_starts: Counts) -> _Gaps:
    """Pairs of readings too far apart that tell a growth and have an hour's boundary between them."""
    later = np.flatnonzero((instrument[1:] == instrument[:-1]) & (np.diff(taken_at) > _BRIDGED)) + 1
    later = later[~broken(instrument, grown)[later]]
    owner, began, ended = instrument[later], taken_at[later - 1], taken_at[later]
    kept = (ended - began <= LONGEST_GAP // _MICROSECOND) & (began >= hour_starts[0, owner])
    kept &= ended <= hour_starts[-1, owner]
    later, owner, began, ended = later[kept], owner[kept], began[kept], ended[kept]
    low, high = np.zeros(len(later), dtype=np.int64), np.zeros(len(later), dtype=np.int64)
    columns, group = np.unique(hour_starts, axis=1, return_inverse=True)
    of_gap = group.reshape(-1)[owner]
    for number in np.unique(of_gap):
        members = np.flatnonzero(of_gap == number)
        low[members] = np.searchsorted(columns[:, number], began[members], side="right")
        high[members] = np.searchsorted(columns[:, number], ended[members], side="left")
    some = high > low
    return _Gaps(
        later[some],
        owner[some],
        began[some],
        ended[some],
        (grown[later] - grown[later - 1])[some],
        low[some],
        high[some],
    )


def _slots(gaps: _Gaps) -> tuple[Counts, Counts]:
    """Gap of each slot, and the slot's number among the hours of the panel."""
    counts = gaps.high - gaps.low + 1
    gap = np.repeat(np.arange(len(counts)), counts)
    offset = np.arange(len(gap)) - np.repeat(np.cumsum(counts) - counts, counts)
    return gap, gaps.low[gap] - 1 + offset


def _overlap(gaps: _Gaps, gap: Counts, slot: Counts, hour_starts: Counts) -> tuple[Counts, Counts]:
    """Time that each slot shares with its gap, and its whole length [microseconds]."""
    owner = gaps.owner[gap]
    begin, end = hour_starts[slot, owner], hour_starts[slot + 1, owner]
    return np.minimum(end, gaps.ended[gap]) - np.maximum(begin, gaps.began[gap]), end - begin


def _weights(
    gaps: _Gaps, gap: Counts, slot: Counts, hourly: NDArray[np.floating], first: date, *, asked: bool
) -> tuple[Numbers, Numbers, Counts, Numbers]:
    """Mean and scatter of each slot among the like days before its gap.

    Beside them of each gap how many days its shape rests on, and how many times more a whole day scatters than
    independent hours would let it: at least 1.
    """
    days = hourly.shape[0]
    weekend = (first.weekday() + np.arange(days)) % _WEEK >= _SATURDAY
    sort = np.where(weekend, _WEEKEND, _WORKDAY)
    if not asked or len(gap) == 0:
        nothing = np.zeros(len(gap))
        return nothing, nothing, np.zeros(len(gaps.row), dtype=np.int64), np.ones(len(gaps.row))
    owners, place = np.unique(gaps.owner, return_inverse=True)
    seen = hourly[:, :, owners].astype(np.float64)
    measured = np.isfinite(seen)
    until = (gaps.low - 1) // HOURS
    since = np.maximum(until - HISTORY_DAYS, 0)
    shape = (len(gaps.row), 3, HOURS)
    number, mean, square = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for which, member in ((_WORKDAY, ~weekend), (_WEEKEND, weekend), (_ANY, np.ones(days, dtype=np.bool_))):
        chosen = measured & member[:, None, None]
        value = np.where(chosen, seen, 0.0)
        for target, of in ((number, chosen.astype(np.float64)), (mean, value), (square, value**2)):
            running = np.concatenate([np.zeros((1, *of.shape[1:])), np.cumsum(of, axis=0)])
            target[:, which] = running[until, :, place] - running[since, :, place]
    count = np.maximum(number, 1)
    mean, square = mean / count, square / count
    scatter = np.sqrt(np.maximum(square - mean**2, 0) * (1 + 1 / count))
    hour, sorted_as = slot % HOURS, sort[slot // HOURS]
    # Where working days or weekends are too few, all days together may be enough; where an hour is not, the gap is not.
    least = np.full(shape[:2], np.iinfo(np.int64).max, dtype=np.float64)
    np.minimum.at(least, (gap, sorted_as), number[gap, sorted_as, hour])
    np.minimum.at(least[:, _ANY], gap, number[gap, _ANY, hour])
    alike = (least[:, _WORKDAY] >= LEAST_LIKE_DAYS) & (least[:, _WEEKEND] >= LEAST_LIKE_DAYS)
    chosen_sort = np.where(alike[gap], sorted_as, _ANY)
    by_sort = np.minimum(least[:, _WORKDAY], least[:, _WEEKEND])
    used = np.where(alike, by_sort, np.where(least[:, _ANY] >= LEAST_LIKE_DAYS, least[:, _ANY], 0)).astype(np.int64)
    together = _together(seen, since, until, place, square[:, _ANY] - mean[:, _ANY] ** 2)
    return mean[gap, chosen_sort, hour], scatter[gap, chosen_sort, hour], used, together


def _together(seen: Numbers, since: Counts, until: Counts, place: Counts, of_hours: Numbers) -> Numbers:
    """Scatter of whole days before each gap over the scatter that their hours would give if each stood alone."""
    whole = seen.sum(axis=1)
    known = np.isfinite(whole)
    value = np.where(known, whole, 0.0)
    sums = []
    for of in (known.astype(np.float64), value, value**2):
        running = np.concatenate([np.zeros((1, of.shape[1])), np.cumsum(of, axis=0)])
        sums.append(running[until, place] - running[since, place])
    count = np.maximum(sums[0], 1)
    variance = np.maximum(sums[2] / count - (sums[1] / count) ** 2, 0)
    alone = np.maximum(of_hours, 0).sum(axis=1)
    ratio = np.where((sums[0] >= LEAST_LIKE_DAYS) & (alone > 0), variance / np.where(alone > 0, alone, 1), 1.0)
    together: Numbers = np.sqrt(np.clip(ratio, 1.0, HOURS))
    return together


def _days(readings: tuple[Counts, Counts, Counts], hour_starts: Counts, gaps: _Gaps, shape: _Shape) -> Estimates:
    instrument, _, grown = readings
    count = hour_starts.shape[0] // HOURS
    inner = shape.known[shape.gap]
    keys = np.unique(gaps.owner[shape.gap[inner]] * count + shape.slot[inner] // HOURS)
    rows, days = keys // count, keys % count
    boundary = days[:, None] * HOURS + np.arange(HOURS + 1)
    owners = np.broadcast_to(rows[:, None], boundary.shape)
    at, width, before = interpolate(*readings, owners.ravel(), hour_starts[boundary, owners].ravel())
    at, width, before = (each.reshape(boundary.shape) for each in (at, width, before))
    at, told = _estimated(at, grown, keys, count, gaps, shape)
    measured = width <= _BRIDGED
    falls = np.cumsum(broken(instrument, grown))
    opening, closing = falls[before], falls[np.minimum(before + (width != 0), len(falls) - 1)]
    whole = closing[:, 1:] == opening[:, :-1]
    known = measured | told
    apart = whole & known[:, 1:] & known[:, :-1]
    estimated = apart & ~(measured[:, 1:] & measured[:, :-1])
    hours = at[:, 1:] - at[:, :-1]
    complete = apart.all(axis=1)
    uncertainty, of_hour = _uncertainty(keys, count, gaps, shape)
    longest = _longest(keys, count, gaps, shape)
    some = estimated.any(axis=1)
    return Estimates(
        instrument=rows[some],
        day=days[some],
        like_days=shape.like_days[longest][some],
        gap_from=gaps.began[longest][some],
        gap_until=gaps.ended[longest][some],
        growth=gaps.growth[longest][some],
        hourly=np.where(estimated, hours, UNKNOWN)[some],
        consumption=np.where(complete, hours.sum(axis=1), UNKNOWN)[some],
        uncertainty=uncertainty[some],
        hour_uncertainty=of_hour[some],
    )


def _estimated(
    at: Counts, grown: Counts, keys: Counts, count: int, gaps: _Gaps, shape: _Shape
) -> tuple[Counts, NDArray[np.bool_]]:
    """Register at the boundaries of some days that lie in estimated gaps, and which those are; elsewhere as it was."""
    running = np.cumsum(shape.part)
    begins = np.cumsum(np.bincount(shape.gap, minlength=len(gaps.row))) - np.bincount(
        shape.gap, minlength=len(gaps.row)
    )
    within = running - np.where(begins > 0, running[begins - 1], 0.0)[shape.gap]
    inside = shape.known[shape.gap] & (np.r_[shape.gap[1:] == shape.gap[:-1], False][: len(shape.gap)])
    gap = shape.gap[inside]
    value = grown[gaps.row[gap] - 1] + np.rint(gaps.growth[gap] * np.minimum(within[inside], 1.0)).astype(np.int64)
    stride = count * HOURS + 1
    places = gaps.owner[gap] * stride + shape.slot[inside] + 1
    wanted = (keys // count * stride + keys % count * HOURS)[:, None] + np.arange(HOURS + 1)
    found = np.minimum(np.searchsorted(places, wanted), max(len(places) - 1, 0))
    told = places[found] == wanted if len(places) else np.zeros(wanted.shape, dtype=np.bool_)
    return np.where(told, value[found] if len(places) else 0, at), told


def _uncertainty(keys: Counts, count: int, gaps: _Gaps, shape: _Shape) -> tuple[Numbers, Numbers]:
    """Expanded uncertainty of each day's estimated part, and of one of its hours (root mean square) [count]."""
    inner = shape.known[shape.gap]
    gap, slot, variance = shape.gap[inner], shape.slot[inner], shape.variance[inner]
    total = np.maximum(np.bincount(gap, variance, len(gaps.row)), np.finfo(np.float64).tiny)
    day = np.searchsorted(keys, gaps.owner[gap] * count + slot // HOURS)
    pairs, pair = np.unique(gap * len(keys) + day, return_inverse=True)
    part = np.bincount(pair, variance, len(pairs))
    of_pair = part * (1 - part / total[pairs // len(keys)])
    of_day = np.bincount(pairs % len(keys), of_pair, len(keys))
    of_hour = np.bincount(day, variance * (1 - variance / total[gap]), len(keys)) / np.bincount(
        day, minlength=len(keys)
    )
    return _COVERAGE * np.sqrt(np.maximum(of_day, 0)), _COVERAGE * np.sqrt(np.maximum(of_hour, 0))


def _longest(keys: Counts, count: int, gaps: _Gaps, shape: _Shape) -> Counts:
    """The longest of the estimated gaps that reach into each day."""
    inner = shape.known[shape.gap]
    gap = shape.gap[inner]
    day = np.searchsorted(keys, gaps.owner[gap] * count + shape.slot[inner] // HOURS)
    order = np.lexsort(((gaps.ended - gaps.began)[gap], day))
    return gap[order][np.flatnonzero(np.r_[np.diff(day[order]) > 0, True])] if len(order) else gap


def _nothing() -> Estimates:
    none, unknown = np.empty(0, dtype=np.int64), np.empty(0)
    return Estimates(none, none, none, none, none, none, np.empty((0, HOURS), dtype=np.int64), none, unknown, unknown)
