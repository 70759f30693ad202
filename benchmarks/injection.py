"""Faults put into recorded honest days, with their truth beside them."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from anomaly.evidence import DayPanel, Evidence
from benchmarks.attacks import ATTACKS
from metrology.civil import DAY

LEAST_BEFORE, LEAST_AFTER = 120, 120
"""Known days that an instrument must have before and after the fault begins [d]."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Injected:
    """Evidence with faults, and what was done.

    Parameters
    ----------
    begins
        First civil day of the fault, by instrument id.
    """

    evidence: Evidence
    begins: dict[int, date]


def inject(whole: Evidence, factor: float, seed: int) -> Injected:
    """Let a random half of the fleet register only a share of its consumption from a random day on.

    Parameters
    ----------
    factor
        Share that is still registered; 0 stops the register.
    seed
        Of the choice of instruments and days.
    """
    chance = np.random.default_rng(seed)
    begins: dict[int, date] = {}
    days = {}
    for name, panel in whole.days.items():
        consumption, still = panel.consumption.copy(), panel.still.copy()
        hourly = None if panel.hourly is None else panel.hourly.copy()
        for owner in range(consumption.shape[1]):
            known = np.flatnonzero(np.isfinite(consumption[:, owner]))
            if len(known) < LEAST_BEFORE + LEAST_AFTER or chance.random() < 0.5:  # noqa: PLR2004 - half of the fleet
                continue
            row = int(known[chance.integers(LEAST_BEFORE, len(known) - LEAST_AFTER + 1)])
            consumption[row:, owner] *= factor
            if hourly is not None:
                hourly[row:, :, owner] = _cut(hourly[row:, :, owner], factor, float(panel.register.resolution))
            if factor == 0:
                still[row:, owner] = panel.readings[row:, owner] > 0
            begins[int(whole.fleet.ids[owner])] = panel.first + row * DAY
        days[name] = replace(panel, consumption=consumption, still=still, hourly=hourly)
    return Injected(replace(whole, days=days), begins)


def registered(panel: DayPanel, share: float) -> tuple[NDArray[np.float32], Numbers]:
    """Hours and days of registers that count a share of everything and show whole steps of their resolution.

    Returns
    -------
    Growth in each wall-clock hour, shape (days, 24, instruments), and in each day, shape (days, instruments) [unit].
    """
    if panel.hourly is None:
        raise ValueError("the panel has no hours")
    if share == 1:
        return panel.hourly, panel.consumption
    hourly = np.empty_like(panel.hourly)
    for owner in range(hourly.shape[2]):
        hourly[:, :, owner] = _cut(panel.hourly[:, :, owner], share, float(panel.register.resolution))
    return hourly, panel.consumption * share


def _cut(hours: NDArray[np.floating], share: float, resolution: float) -> NDArray[np.float32]:
    """Slots of one register, any shape in order of time, summed at a share and shown in whole steps."""
    line = hours.reshape(-1).astype(np.float64)
    known = np.isfinite(line)
    shown = np.floor(np.cumsum(np.where(known, line, 0.0)) * share / resolution + 1e-6) * resolution
    return np.where(known, np.diff(shown, prepend=0.0), np.nan).reshape(hours.shape).astype(np.float32)


@dataclass(frozen=True)
class Attacked:
    """Evidence with attacks, and what was done.

    Parameters
    ----------
    begins
        First civil day of the attack, by instrument id.
    taken
        Share of the consumption since then that is no longer registered, by instrument id [1].
    """

    evidence: Evidence
    begins: dict[int, date]
    taken: dict[int, float]


def attack(whole: Evidence, name: str, seed: int) -> Attacked:
    """Let a random half of the fleet tell what a synthetic thief of `benchmarks.attacks` tells, from a random day on.

    Works on hours where there are any (days follow from them), else on days. Registers show whole steps.

    Parameters
    ----------
    name
        Of :data:`benchmarks.attacks.ATTACKS`.
    seed
        Of the choice of instruments and days, and of the attack's own chance.
    """
    chance = np.random.default_rng(seed)
    begins: dict[int, date] = {}
    taken: dict[int, float] = {}
    days = {}
    for register, panel in whole.days.items():
        consumption, still = panel.consumption.copy(), panel.still.copy()
        hourly = None if panel.hourly is None else panel.hourly.copy()
        usual = _usual(panel.consumption)
        for owner in range(consumption.shape[1]):
            known = np.flatnonzero(np.isfinite(consumption[:, owner]))
            if len(known) < LEAST_BEFORE + LEAST_AFTER or chance.random() < 0.5:  # noqa: PLR2004 - half of the fleet
                continue
            row = int(known[chance.integers(LEAST_BEFORE, len(known) - LEAST_AFTER + 1)])
            lesser = int(np.argmin(np.abs(usual - 0.4 * usual[owner])))
            by_hour = hourly is not None and bool(np.isfinite(hourly[row:, :, owner]).any())
            slots, others = _slots(panel, row, owner, by_hour=by_hour), _slots(panel, row, lesser, by_hour=by_hour)
            told = ATTACKS[name](slots, others, chance)
            steps = float(panel.register.resolution)
            line = _cut(told.reshape(1, -1), 1.0, steps).reshape(told.shape)
            both = np.isfinite(slots) & np.isfinite(told)
            before, after = np.where(both, slots, 0.0).sum(axis=1), np.where(both, line, 0.0).sum(axis=1)
            share = np.where(before > 0, after / np.where(before > 0, before, 1.0), 1.0)
            consumption[row:, owner] *= share
            if hourly is not None and by_hour:
                hourly[row:, :, owner] = line
            still[row:, owner] |= (consumption[row:, owner] == 0) & (panel.readings[row:, owner] > 0)
            number = int(whole.fleet.ids[owner])
            begins[number] = panel.first + row * DAY
            taken[number] = 1 - float(after.sum()) / max(float(before.sum()), 1e-12)
        days[register] = replace(panel, consumption=consumption, still=still, hourly=hourly)
    return Attacked(replace(whole, days=days), begins, taken)


def _slots(panel: DayPanel, row: int, owner: int, *, by_hour: bool) -> Numbers:
    """Slots of one instrument from a day on: hours, or days where there are none; what ran backwards is unknown."""
    if panel.hourly is None or not by_hour:
        slots = panel.consumption[row:, owner, None]
    else:
        slots = panel.hourly[row:, :, owner].astype(np.float64)
    return np.where(slots >= 0, slots, np.nan)


def _usual(consumption: Numbers) -> Numbers:
    known = np.isfinite(consumption)
    return np.asarray(np.where(known, consumption, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))
