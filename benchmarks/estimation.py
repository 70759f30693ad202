"""How far off estimated hours and days are: gaps are cut into real recordings, estimated, and compared with what was.

    python -m benchmarks.estimation ../shared/data

Every figure is of readings that were taken and then hidden; starts of the hidden gaps are drawn with a fixed seed.
Plain linear interpolation fills the same gaps beside it.
"""

import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from anomaly.estimate import HISTORY_DAYS, Estimates, estimate
from anomaly.evidence import ReadingColumns
from anomaly.summarise import UNKNOWN, summarise
from benchmarks.recorded import RECORDINGS, Recording, evidence
from metrology.civil import HOURS, fleet_hour_starts

LENGTHS = (6, 12, 24, 72, 168)
"""Lengths of the hidden gaps [h]."""

RECORDED = ("water_daiad", "electricity_sgsc", "electricity_london half-hourly", "electricity_uci_household")
_APART_DAYS = 14
_SEED = 20261122
_MARGIN = 4
"""Hours around a hidden stretch that its gap may reach into: the readings around it need not lie on the hour."""
_HOUR = 3_600_000_000

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Accuracy:
    """Errors over all hidden gaps of one length in one recording.

    Parameters
    ----------
    gaps, hours
        How many were hidden and estimated.
    hour_error, day_error
        Mean absolute error of an hour, and of the estimated part of a day, as a share of the mean of the same [%].
    covered_percent
        Share of days whose error lies within the stated expanded uncertainty [%].
    unbalanced
        Gaps whose hours do not add up to the register's growth: must be 0.
    """

    gaps: int
    hours: int
    hour_error: float
    day_error: float
    covered_percent: float
    unbalanced: int


def measure(recording: Recording, folder: Path, hours: int) -> tuple[Accuracy, Accuracy]:
    """Accuracy by like days, and evenly over time, on the same hidden gaps of so many hours."""
    whole = evidence(recording, folder)
    columns = whole.readings[whole.fleet.kind.principal_register]
    number = (whole.period.last - whole.period.first).days + 1
    starts = fleet_hour_starts(whole.period.first, number, whole.fleet.zones)
    true = _hourly(columns, starts, number)
    hidden, gaps = _hidden(columns, starts, true, hours)
    kept = (columns.instrument[~hidden], columns.taken_at[~hidden], columns.value[~hidden])
    known = _hourly_of(*kept, starts, number)
    answers = []
    for like_days in (True, False):
        found = estimate(*kept, starts, known, whole.period.first, like_days=like_days)
        answers.append(_accuracy(found, true, gaps, hours))
    return answers[0], answers[1]


def _hourly(columns: ReadingColumns, starts: Counts, number: int) -> Numbers:
    return _hourly_of(columns.instrument, columns.taken_at, columns.value, starts, number)


def _hourly_of(instrument: Counts, taken_at: Counts, value: Counts, starts: Counts, number: int) -> Numbers:
    days = summarise(instrument, taken_at, value, starts)
    hourly = np.full((number, HOURS, starts.shape[1]), np.nan)
    hourly[days.day, :, days.instrument] = np.where(days.hourly == UNKNOWN, np.nan, days.hourly)
    return hourly


def _hidden(
    columns: ReadingColumns, starts: Counts, true: Numbers, hours: int
) -> tuple[NDArray[np.bool_], list[tuple[int, int]]]:
    """Which readings are hidden, and the gaps: instrument and number of the first hidden hour."""
    chance = np.random.default_rng(_SEED + hours)
    hidden = np.zeros(len(columns.instrument), dtype=np.bool_)
    gaps = []
    flat = np.isfinite(true).reshape(-1, true.shape[2])
    every = (_APART_DAYS * HOURS) + hours
    for owner in range(true.shape[2]):
        rows = np.flatnonzero(columns.instrument == owner)
        position = HISTORY_DAYS * HOURS + int(chance.integers(every))
        while position + hours + _MARGIN < len(flat):
            begin, end = starts[position, owner], starts[position + hours, owner]
            around = slice(position - _MARGIN, position + hours + _MARGIN)
            if flat[around, owner].all() and end - begin == hours * _HOUR:
                at = columns.taken_at[rows]
                inside = rows[(at > begin) & (at < end)]
                if len(inside):
                    hidden[inside] = True
                    gaps.append((owner, position))
            position += every + int(chance.integers(HOURS))
    return hidden, gaps


def _accuracy(found: Estimates, true: Numbers, gaps: list[tuple[int, int]], hours: int) -> Accuracy:
    row_of = {
        (int(owner), int(day)): row for row, (owner, day) in enumerate(zip(found.instrument, found.day, strict=True))
    }
    hour_errors: list[float] = []
    hour_sizes: list[float] = []
    day_errors: list[float] = []
    day_sizes: list[float] = []
    covered, unbalanced, told = 0, 0, 0
    for owner, position in gaps:
        by_day: dict[int, list[tuple[int, float]]] = {}
        for slot in range(position - _MARGIN, position + hours + _MARGIN):
            row = row_of.get((owner, slot // HOURS))
            guess = UNKNOWN if row is None else found.hourly[row, slot % HOURS]
            if row is not None and guess != UNKNOWN:
                by_day.setdefault(row, []).append((int(guess), float(true[slot // HOURS, slot % HOURS, owner])))
        if not by_day:
            continue
        told += 1
        guesses = sum(guess for day in by_day.values() for guess, _ in day)
        truths = sum(truth for day in by_day.values() for _, truth in day)
        unbalanced += abs(guesses - truths) > 1  # boundaries of the outermost hours are rounded once each
        for row, day in by_day.items():
            error = abs(sum(guess for guess, _ in day) - sum(truth for _, truth in day))
            day_errors.append(error)
            day_sizes.append(sum(truth for _, truth in day))
            covered += error <= found.uncertainty[row] + 1
            hour_errors += [abs(guess - truth) for guess, truth in day]
            hour_sizes += [truth for _, truth in day]
    return Accuracy(
        gaps=told,
        hours=len(hour_errors),
        hour_error=100 * float(np.sum(hour_errors)) / max(float(np.sum(hour_sizes)), 1.0),
        day_error=100 * float(np.sum(day_errors)) / max(float(np.sum(day_sizes)), 1.0),
        covered_percent=100 * covered / max(len(day_errors), 1),
        unbalanced=unbalanced,
    )


def table(folder: Path) -> str:
    """Markdown table of every recording and length."""
    heading = (
        "| recording | gap | hidden | error of an hour: like days | linear | of a day: like days | linear | "
        "days within U: like days | linear | unbalanced |"
    )
    lines = [
        heading,
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for recording in RECORDINGS:
        if recording.name not in RECORDED:
            continue
        for hours in LENGTHS:
            like, linear = measure(recording, folder, hours)
            length = timedelta(hours=hours)
            told = f"{hours} h" if length < timedelta(days=1) else f"{length.days} d"
            lines.append(
                f"| {recording.name} | {told} | {like.gaps} | {like.hour_error:.1f} % | {linear.hour_error:.1f} % "
                f"| {like.day_error:.1f} % | {linear.day_error:.1f} % "
                f"| {like.covered_percent:.0f} % | {linear.covered_percent:.0f} % "
                f"| {like.unbalanced + linear.unbalanced} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(Path(sys.argv[1])))
