"""Recall of a lasting fall of consumption against false alarms: the whole curve, by recording and by size of the fall.

Run as `python -m benchmarks.recall_curve`; it prints the section. Nothing of it is fitted when it runs: the judges come
as their files state them, with no decision, for the curve runs through all of them.

Protocol, that of the measured baseline: an instrument is watched for 120 days from some day on. Of an honest one the
largest score within the 120 days counts, of a faulty one likewise, with a share of its consumption registered from that
day on. The decision for so many false alarms per 1,000 instrument-years is the score that so many honest stretches
reach. A sixth of the fleet is faulty at a time, so that faults move the fleet's common part as they would.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from anomaly.cusum import cusum
from anomaly.day_parts import day_parts
from anomaly.detectors.level_shift import LevelShift
from anomaly.detectors.scaled_shape import ScaledShape
from anomaly.scaling import scaled
from benchmarks.injection import registered
from benchmarks.recorded import RECORDINGS, evidence
from benchmarks.section_command import run

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]

WITHIN, WEEK, YEAR = 120, 7, 365.25
SHARES = (0.95, 0.9, 0.8, 0.7, 0.5, 0.3)
RATES = (10, 20, 30, 60, 100, 200)
"""False alarms per 1,000 instrument-years."""
GROUPS = 6
STEP = 14
"""Days from one start to the next [d]."""
DRAWS, SEED = 400, 20261122
COMMON_MEMORY = 203
"""Days that every method has behind it at its first start [d]."""
BASELINE_DAYS, ALLOWANCE, CLIP = 90, 0.25, 4.0


@dataclass(frozen=True)
class Recorded:
    """Days of one recording, honest and at every share.

    Parameters
    ----------
    name
        What people call it.
    unseen
        Instruments that no parameter was chosen on, positions in the columns.
    parts
        By share registered (1 honest): total and parts of each day [unit], each shaped (days, instruments).
    """

    name: str
    unseen: Counts
    parts: dict[float, list[Numbers]]


@dataclass(frozen=True)
class Windows:
    """Largest score within 120 days, shape (starts, instruments), honest and by share registered; NaN not judged."""

    honest: Numbers
    faulty: dict[float, Numbers]


def judge_windows(recorded: Recorded, judge: LevelShift | ScaledShape, parts: int) -> Windows:
    """Windows of a judge, by its own weekly score; the total and so many parts of the day in all are shown to it."""
    honest = recorded.parts[1.0][:parts]
    days, instruments = honest[0].shape
    starts = range(COMMON_MEMORY, days - WITHIN + 1, STEP)
    calm = np.array([_largest(honest, start, judge) for start in starts])
    faulty = {}
    group = np.random.default_rng(SEED).permutation(instruments) % GROUPS
    for share in SHARES:
        cut = recorded.parts[share][:parts]
        rows = []
        for start in starts:
            row = np.full(instruments, np.nan)
            for number in range(GROUPS):
                mine = group == number
                mixed = [part.copy() for part in honest]
                for part, less in zip(mixed, cut, strict=True):
                    part[start:, mine] = less[start:, mine]
                row[mine] = _largest(mixed, start, judge)[mine]
            rows.append(row)
        faulty[share] = np.array(rows)
    return Windows(calm, faulty)


def cusum_windows(recorded: Recorded) -> Windows:
    """Windows of the measured baseline: fleet-adjusted CUSUM of the daily log level, detection.md 4.3."""
    honest = recorded.parts[1.0][0]
    level = np.nanmedian(honest, axis=0)
    common = np.log(honest + 0.02 * level)
    common = np.nanmedian(common - np.nanmedian(common, axis=0), axis=1)
    starts = range(COMMON_MEMORY, len(honest) - WITHIN + 1, STEP)
    found = {
        share: np.array([_cusum(honest, recorded.parts[share][0], common, start) for start in starts])
        for share in (1.0, *SHARES)
    }
    return Windows(found.pop(1.0), found)


def _largest(parts: Sequence[Numbers], start: int, judge: LevelShift | ScaledShape) -> Numbers:
    best = np.full(parts[0].shape[1], np.nan)
    for end in range(start + WEEK, start + WITHIN + 1, WEEK):
        for window in judge.decision.windows:
            begin = end - window - judge.design.baseline
            seen = scaled([part[begin:end] for part in parts], judge.design)
            best = np.where(seen.enough, np.fmax(best, seen.score[0]), best)
    return best


def _cusum(honest: Numbers, cut: Numbers, common: Numbers, start: int) -> Numbers:
    begin = start - BASELINE_DAYS
    days = np.concatenate([honest[begin:start], cut[start : start + WITHIN]])
    before = days[:BASELINE_DAYS]
    residual = np.log(days + 0.02 * np.nanmedian(before, axis=0)) - common[begin : start + WITHIN, None]
    residual[~np.isfinite(residual)] = np.nan
    residual -= np.nanmedian(residual[:BASELINE_DAYS], axis=0)
    base = residual[:BASELINE_DAYS]
    filled = np.where(np.isfinite(base), base, 0.0)
    filled -= filled.mean(axis=0)
    power = np.maximum((filled**2).sum(axis=0), 1e-12)
    lag = np.clip((filled[1:] * filled[:-1]).sum(axis=0) / power, 0.0, 0.9)
    scatter = (1.4826 * np.nanmedian(np.abs(base), axis=0) + 0.05) * np.sqrt((1 + lag) / (1 - lag))
    score = np.clip(residual[BASELINE_DAYS:] / scatter, -CLIP, CLIP)
    best = cusum(score, ALLOWANCE).down.max(axis=0)
    known = np.count_nonzero(np.isfinite(base), axis=0) >= 0.6 * BASELINE_DAYS
    known &= np.count_nonzero(np.isfinite(score), axis=0) >= 0.6 * WITHIN
    return np.where(known & (np.nanmedian(before, axis=0) > 0), best, np.nan)


def curve(windows: Windows, chosen: Counts) -> dict[float, Numbers]:
    """Recall of each share at each rate of false alarms, over some instruments, shape (rates,)."""
    honest = windows.honest[:, chosen]
    calm = np.sort(honest[np.isfinite(honest) | np.isneginf(honest)])
    bounds = [_decision(calm, rate) for rate in RATES]
    found = {}
    for share, scores in windows.faulty.items():
        told = scores[:, chosen]
        told = told[~np.isnan(told)]
        found[share] = np.array([np.mean(told > bound) if len(told) else np.nan for bound in bounds])
    return found


def _decision(calm: Numbers, rate: float) -> float:
    """Score that no more honest stretches exceed than the rate allows; what it allows of them is cut to whole ones."""
    allowed = int(len(calm) * rate * WITHIN / YEAR / 1000)
    return float(calm[len(calm) - 1 - allowed])


def bounds(windows: Windows, chosen: Counts) -> dict[float, Numbers]:
    """95 % interval of the recall, shape (2, rates): instruments drawn anew, decision and recall from the same draw."""
    chance = np.random.default_rng(SEED)
    drawn = [curve(windows, chance.choice(chosen, len(chosen))) for _ in range(DRAWS)]
    return {share: np.nanquantile([draw[share] for draw in drawn], (0.025, 0.975), axis=0) for share in SHARES}


def london(folder: Path) -> Recorded:
    """Forty-two London homes: sum, smallest, median and largest half-hour of each complete day, as published."""
    table = pq.read_table(folder / "electricity_london" / "daily.parquet").to_pydict()
    homes, first, last = np.unique(table["instrument"]), min(table["day"]), max(table["day"])
    place = {home: column for column, home in enumerate(homes)}
    named = ("energy_sum", "energy_min", "energy_median", "energy_max")
    days = {name: np.full(((last - first).days + 1, len(homes)), np.nan) for name in named}
    for row, (home, day) in enumerate(zip(table["instrument"], table["day"], strict=True)):
        if table["energy_count"][row] == 48:  # noqa: PLR2004 - half-hours of a complete day
            for name, values in days.items():
                values[(day - first).days, place[home]] = table[name][row]
    begin = (np.datetime64("2012-10-01") - np.datetime64(first)).astype(int)
    judged = days["energy_sum"][(np.datetime64("2013-01-01") - np.datetime64(first)).astype(int) : -2]
    kept = np.sort(np.argsort(np.count_nonzero(np.isnan(judged), axis=0), kind="stable")[:42])
    honest = [days[name][begin:-1, kept] for name in named]
    parts = {share: [np.floor(part * share * 1000 + 1e-6) / 1000 for part in honest] for share in (1.0, *SHARES)}
    # The order in which homes were dealt to development and to rating; seed 42, as it was during development.
    return Recorded("electricity_london", np.sort(np.random.default_rng(42).permutation(42)[21:]), parts)


def hourly(folder: Path, name: str, seed: int | None) -> Recorded:
    """A recording of hourly or half-hourly registers; without a seed nothing was developed on it."""
    whole = evidence(next(recording for recording in RECORDINGS if recording.name == name), folder)
    panel = whole.days[whole.fleet.kind.principal_register]
    if panel.hourly is None:
        raise ValueError(f"{name} has no hours")
    number = len(whole.fleet)
    unseen = (
        np.arange(number) if seed is None else np.sort(np.random.default_rng(seed).permutation(number)[number // 2 :])
    )
    parts = {}
    for share in (1.0, *SHARES):
        hours, days = registered(panel, share)
        parts[share] = [np.where(days >= 0, days, np.nan), *day_parts(hours)]
    return Recorded(name, unseen, parts)


def methods(recorded: Recorded) -> Iterator[tuple[str, Windows]]:
    """Every method by name, with its windows."""
    yield "CUSUM of the daily level (baseline)", cusum_windows(recorded)
    yield "level_shift (days)", judge_windows(recorded, LevelShift(), 1)
    with_hours = Recorded(
        recorded.name,
        recorded.unseen,
        {
            share: [np.where(np.isfinite(parts[1]), parts[0], np.nan), *parts[1:]]
            for share, parts in recorded.parts.items()
        },
    )
    yield "scaled_shape (hours)", judge_windows(with_hours, ScaledShape(), 4)


def section(folder: Path) -> str:
    """The curves as Markdown."""
    lines = [
        "### Lasting falls of consumption: recall against false alarms",
        "",
        "Made by `python -m benchmarks.recall_curve`. Share of falls found within 120 days, and in brackets its 95 %",
        "interval (instruments drawn anew, decision and recall from the same draw: with so few homes a decision that",
        "honest homes set is itself uncertain). *Unseen*: instruments on which nothing was chosen; London's hours are",
        "its published smallest, median and largest half-hour of each day. Faulty registers show whole steps.",
        "−5 % and −10 % show what chance alone finds.",
        "",
    ]
    recordings = [london(folder), hourly(folder, "water_daiad", 43), hourly(folder, "electricity_sgsc", None)]
    for recorded in recordings:
        for method, windows in methods(recorded):
            everyone = np.arange(windows.honest.shape[1])
            sets = {"unseen": recorded.unseen, "all": everyone}
            if len(recorded.unseen) == len(everyone):
                sets.pop("all")
            for name, chosen in sets.items():
                judged = np.count_nonzero(~np.isnan(windows.honest[:, chosen]))
                lines += [f"**{recorded.name}, {method}**, {name}: {len(chosen)} instruments, {judged} stretches", ""]
                lines += [*_table(curve(windows, chosen), bounds(windows, chosen)), ""]
    return "\n".join(lines)


def _table(found: dict[float, Numbers], interval: dict[float, Numbers]) -> Iterator[str]:
    yield "| False alarms per 1,000 a | " + " | ".join(f"−{100 * (1 - share):.0f} %" for share in SHARES) + " |"
    yield "|--:" * (1 + len(SHARES)) + "|"
    for row, rate in enumerate(RATES):
        cells = [
            f"{found[share][row]:.2f} ({interval[share][0, row]:.2f}–{interval[share][1, row]:.2f})" for share in SHARES
        ]
        yield f"| {rate} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    sys.exit(run("benchmarks.recall_curve", __doc__, section))
