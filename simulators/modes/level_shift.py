"""Partial bypass: from a day on a constant share of the consumption flows past the meter."""

from datetime import date
from typing import ClassVar

import numpy as np

from simulators.day_book import Numbers
from simulators.tampering import Extent, Mode, Subject, Tampering


class LevelShift(Mode):
    """Level shift: −40 … −80 % of the true consumption, from a midnight on."""

    name: ClassVar[str] = "level_shift"
    kinds: ClassVar[frozenset[str]] = frozenset({"water_meter", "gas_meter", "electricity_meter"})
    share: ClassVar[float] = 0.006

    def extent(self, subject: Subject, chance: np.random.Generator) -> Extent:
        """From the third week on, for one to three months."""
        del subject
        onset = 24 * int(chance.integers(14, 22))
        size = -round(float(chance.uniform(40, 80)), 1)
        return Extent(onset, onset + 24 * int(chance.integers(30, 90)), size)

    def unit(self, kind: str) -> str:
        """Per cent of the true consumption."""
        del kind
        return "%"

    def registered(self, tampering: Tampering, day: date, flow: Numbers) -> Numbers:
        """The share that still passes the meter."""
        return np.where(tampering.active(day), flow * (1 + tampering.size / 100), flow)


MODE = LevelShift()
