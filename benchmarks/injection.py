"""Faults put into recorded honest days, with their truth beside them."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from anomaly.evidence import Evidence
from metrology.civil import DAY

LEAST_BEFORE, LEAST_AFTER = 120, 120
"""Known days that an instrument must have before and after the fault begins [d]."""


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
        for owner in range(consumption.shape[1]):
            known = np.flatnonzero(np.isfinite(consumption[:, owner]))
            if len(known) < LEAST_BEFORE + LEAST_AFTER or chance.random() < 0.5:  # noqa: PLR2004 - half of the fleet
                continue
            row = int(known[chance.integers(LEAST_BEFORE, len(known) - LEAST_AFTER + 1)])
            consumption[row:, owner] *= factor
            if factor == 0:
                still[row:, owner] = panel.readings[row:, owner] > 0
            begins[int(whole.fleet.ids[owner])] = panel.first + row * DAY
        days[name] = replace(panel, consumption=consumption, still=still)
    return Injected(replace(whole, days=days), begins)
