"""Which quality codes the days of a fleet deserve, by their own history: flags, not alerts.

Each code is one question to one day of one register, answered from the days up to it: a later day never changes it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anomaly.evidence import DayPanel, Evidence
from anomaly.repetition import repeated_days
from metrology.quality import Quality

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

MEMORY_DAYS = 28
"""Days before a day that tell what is usual [d]."""

REVERSE_REGISTERS = frozenset({"volume_reverse", "active_energy_export"})
"""Registers that grow where the flow is reversed."""

_LEAKING_KINDS = frozenset({"water_meter"})
"""Kinds of which an hour without consumption is expected in every three days."""
_YEAR_DAYS = 365.25
_WEEK = tuple(range(1, 8))


@dataclass(frozen=True, slots=True)
class Flagged:
    """One code on some days of one register, one entry each.

    Parameters
    ----------
    row, owner
        Row of the day in its panel and index of the instrument, shape (flags,).
    found, limit
        What was found and what it was held against; NaN where there is none.
    """

    register: str
    code: Quality
    row: NDArray[np.int64]
    owner: NDArray[np.int64]
    found: Numbers
    limit: Numbers


@dataclass(frozen=True)
class Thresholds:
    """What a flag takes; none of it is law.

    Parameters
    ----------
    regular_share
        Share of the days before that must agree before something counts as usual.
    readings_share
        By how much the readings of a day may differ from what is usual.
    known_days
        Fewest known days before that tell what is usual [d].
    high_factor, low_factor
        Multiple of the highest day before above which, and of the lowest below which, a day is flagged.
    spike_factor
        Multiple of the highest hour of the 14 days before above which an hour is.
    even_factor
        Multiple of the least coefficient of variation of the 14 days before below which a day is.
    still_days, flowing_days
        Days at one value, and days without an hour at rest, from which on they are flagged [d].
    hour_days
        Days before that tell how hours usually are [d].
    coincidences_per_year
        How often a year a repeated day so unlikely may come about by chance [1/a].
    """

    regular_share: float = 0.7
    readings_share: float = 0.1
    known_days: int = 14
    high_factor: float = 2.0
    low_factor: float = 0.2
    spike_factor: float = 3.0
    even_factor: float = 0.2
    still_days: int = 3
    flowing_days: int = 3
    hour_days: int = 14
    coincidences_per_year: float = 1e-6


def flags(evidence: Evidence, asked: Thresholds | None = None) -> list[Flagged]:
    """Every flag of the judged days, register by register.

    Examples
    --------
    >>> from anomaly import specimen
    >>> consumption = specimen.household(seed=1, day_count=40, instruments=3)
    >>> consumption[35, 1] *= 20
    >>> found = flags(specimen.days("gas_meter", consumption, judged=30))
    >>> [(each.code.value, each.row.tolist(), each.owner.tolist()) for each in found]
    [('high_day', [35], [1])]
    """
    asked = asked or Thresholds()
    anything = np.zeros((0, 0), dtype=np.bool_)
    for panel in evidence.days.values():
        spoke = panel.readings > 0
        anything = spoke if anything.size == 0 else anything | spoke
    return [
        each
        for name, panel in evidence.days.items()
        for each in (
            *_of_readings(name, panel, anything, asked),
            *_of_days(name, panel, asked),
            *_of_hours(name, panel, evidence.fleet.kind.name, asked),
        )
        if len(each.row)
    ]


def _of_readings(name: str, panel: DayPanel, anything: Flags, asked: Thresholds) -> Iterator[Flagged]:
    readings = panel.readings.astype(np.float64)
    usual = np.full(readings.shape, np.nan)
    for row in range(panel.judged, panel.days):
        before = readings[max(0, row - MEMORY_DAYS) : row]
        spoke = before > 0
        known = np.count_nonzero(spoke, axis=0)
        some = known >= asked.known_days
        if some.any():
            chosen = before[:, some]
            middle = np.nanmedian(np.where(spoke[:, some], chosen, np.nan), axis=0)
            near = np.abs(chosen - middle) <= asked.readings_share * middle
            regular = np.count_nonzero(near & spoke[:, some], axis=0) >= asked.regular_share * known[some]
            usual[row, some] = np.where(regular, middle, np.nan)
    told = np.isfinite(usual)
    silent = told & (readings == 0)
    yield _flagged(name, Quality.NO_READINGS, silent & ~anything, readings, usual)
    yield _flagged(name, Quality.REGISTER_ABSENT, silent & anything, readings, usual)
    spoke = told & (readings > 0)
    slack = asked.readings_share * np.where(told, usual, 0)
    yield _flagged(name, Quality.FEWER_READINGS, spoke & (readings < usual - slack), readings, usual)
    yield _flagged(name, Quality.MORE_READINGS, spoke & (readings > usual + slack), readings, usual)


def _of_days(name: str, panel: DayPanel, asked: Thresholds) -> Iterator[Flagged]:
    used, judged = panel.consumption, _judged(panel)
    spoke = panel.readings > 0
    nothing = np.full(used.shape, np.nan)
    yield _flagged(name, Quality.CONSUMPTION_UNKNOWN, judged & spoke & ~np.isfinite(used), nothing, nothing)
    # Counted no further back than every day sees, wherever the judged days begin.
    still = np.minimum(_running(panel.still, ~spoke), _within(spoke, MEMORY_DAYS))
    yield _flagged(name, Quality.ZERO_CONSUMPTION, judged & spoke & (still >= asked.still_days), still, nothing)
    if name in REVERSE_REGISTERS:
        yield _flagged(name, Quality.REVERSE_GROWTH, judged & (np.nan_to_num(used) > 0), used, nothing)
        return
    highest, lowest = nothing.copy(), nothing.copy()
    for row in range(panel.judged, panel.days):
        before = used[max(0, row - MEMORY_DAYS) : row]
        known = np.isfinite(before)
        enough = np.count_nonzero(known, axis=0) >= asked.known_days
        highest[row, enough] = np.max(before, axis=0, where=known, initial=0)[enough]
        lowest[row, enough] = np.min(before, axis=0, where=known, initial=np.inf)[enough]
    high, low = asked.high_factor * highest, asked.low_factor * lowest
    step = float(panel.register.resolution)
    yield _flagged(name, Quality.HIGH_DAY, (used > high) & (used > high + step) & (highest > 0), used, high)
    yield _flagged(name, Quality.LOW_DAY, (used < low) & ~panel.still, used, low)


def _of_hours(name: str, panel: DayPanel, kind: str, asked: Thresholds) -> Iterator[Flagged]:
    if panel.hourly is None:
        return
    hourly, judged = panel.hourly, _judged(panel)
    known = np.isfinite(hourly)
    missing = np.count_nonzero(~known, axis=1).astype(np.float64)
    whole = missing == 0
    nothing = np.full(missing.shape, np.nan)
    largest = np.max(hourly, axis=1, where=known, initial=-np.inf).astype(np.float64)
    least = np.min(hourly, axis=1, where=known, initial=np.inf).astype(np.float64)
    mean = np.where(whole, np.mean(np.where(known, hourly, 0), axis=1, dtype=np.float64), np.nan)
    deviation = np.where(whole, np.std(np.where(known, hourly, 0), axis=1, dtype=np.float64), np.nan)
    varied = np.where(mean > 0, deviation / np.where(mean > 0, mean, 1), np.nan)
    usually, highest, evenest, level = (nothing.copy() for _ in range(4))
    for row in range(panel.judged, panel.days):
        past = slice(max(0, row - asked.hour_days), row)
        count = np.count_nonzero(whole[past], axis=0)
        usually[row] = count
        enough = count >= asked.hour_days // 2
        highest[row, enough] = np.max(largest[past], axis=0, where=whole[past], initial=0)[enough]
        of_past = np.isfinite(varied[past])
        steady = np.count_nonzero(of_past, axis=0) >= asked.hour_days // 2
        evenest[row, steady] = np.min(varied[past], axis=0, where=of_past, initial=np.inf)[steady]
        level[row, steady] = (
            np.sum(mean[past], axis=0, where=of_past) / np.maximum(np.count_nonzero(of_past, axis=0), 1)
        )[steady]
    by_hour = usually >= asked.regular_share * asked.hour_days
    yield _flagged(
        name, Quality.HOURS_MISSING, judged & by_hour & (missing > 0) & (panel.readings > 0), missing, nothing
    )
    spike = (largest > asked.spike_factor * highest) & (highest > 0)
    yield _flagged(name, Quality.HOURLY_SPIKE, judged & spike, largest, highest)
    even = (varied < asked.even_factor * evenest) & (mean >= level / 2)
    yield _flagged(name, Quality.EVEN_HOURS, judged & even, varied, evenest)
    if kind in _LEAKING_KINDS and name not in REVERSE_REGISTERS:
        flowing = np.minimum(_running(whole & (least > 0), np.zeros(whole.shape, dtype=np.bool_)), MEMORY_DAYS)
        yield _flagged(name, Quality.NEVER_AT_REST, judged & (flowing >= asked.flowing_days), flowing, least)
    found = repeated_days(hourly, panel.judged, _WEEK, asked.hour_days)
    history = np.maximum(usually[found.row, found.owner], 0)
    sure = (_YEAR_DAYS * len(_WEEK) * 10.0 ** np.maximum(found.digits, -300) < asked.coincidences_per_year) & (
        history >= asked.hour_days // 2
    )
    yield Flagged(
        name,
        Quality.REPEATED_DAY,
        found.row[sure],
        found.owner[sure],
        found.lag[sure].astype(np.float64),
        np.round(found.digits[sure]),
    )


def _judged(panel: DayPanel) -> Flags:
    return np.broadcast_to((np.arange(panel.days) >= panel.judged)[:, None], panel.readings.shape)


def _running(condition: Flags, skipped: Flags) -> Numbers:
    """Number of days in a row, up to each, on which a condition holds; skipped days neither add nor end."""
    running = np.zeros(condition.shape)
    for row in range(len(condition)):
        before = running[row - 1] if row else 0.0
        running[row] = np.where(skipped[row], before, np.where(condition[row], before + 1, 0))
    return running


def _within(condition: Flags, days: int) -> Numbers:
    """On how many of so many days up to each a condition holds."""
    running = np.cumsum(condition, axis=0, dtype=np.float64)
    running[days:] -= running[:-days].copy()
    return running


def _flagged(register: str, code: Quality, where: Flags, found: Numbers, limit: Numbers) -> Flagged:
    row, owner = np.nonzero(where)
    return Flagged(register, code, row, owner, found[row, owner], limit[row, owner])


def of_receipt(
    delays: Mapping[str, tuple[Numbers, Numbers, NDArray[np.int64]]],
    *,
    ahead_seconds: float = 300.0,
    late_hours: float = 24.0,
    same_seconds: float = 0.001,
    least_readings: int = 12,
) -> list[Flagged]:
    """Flags of the time from stamp to receipt.

    Parameters
    ----------
    delays
        By register: shortest and longest time from stamp to receipt of each day [s], NaN where there was no reading,
        and how many readings; shape (days, instruments).
    ahead_seconds
        How far ahead of receipt a stamp may be [s].
    late_hours
        After how long at the latest the quickest reading of a day is received [h].
    same_seconds, least_readings
        Within how much all of so many readings of a day agree, where they were stamped on the way [s].
    """
    answer = []
    for name, (shortest, longest, readings) in delays.items():
        nothing = np.full(shortest.shape, ahead_seconds)
        answer.append(_flagged(name, Quality.CLOCK_AHEAD, shortest < -ahead_seconds, -shortest, nothing))
        late = np.full(shortest.shape, late_hours)
        answer.append(_flagged(name, Quality.RECEIVED_LATE, shortest > late_hours * 3600, shortest / 3600, late))
        spread = longest - shortest
        same = (spread <= same_seconds) & (readings >= least_readings)
        answer.append(_flagged(name, Quality.STAMPED_ON_RECEIPT, same, spread, np.full(spread.shape, np.nan)))
    return [each for each in answer if len(each.row)]
