"""倒表: the register of a meter is turned back by some days' consumption, then counts on honestly."""

from datetime import date
from typing import ClassVar

import numpy as np

from simulators.day_book import Numbers
from simulators.tampering import Extent, Mode, Subject, Tampering


class RegisterSetBack(Mode):
    """Backward register: one decrease within the hour after the onset; everything after it is lower by the size."""

    name: ClassVar[str] = "register_set_back"
    kinds: ClassVar[frozenset[str]] = frozenset({"water_meter", "gas_meter", "electricity_meter"})
    share: ClassVar[float] = 0.003

    def extent(self, subject: Subject, chance: np.random.Generator) -> Extent:
        """By 4 to 20 days' consumption, at least ten times what an hour could hide [the register's unit]."""
        onset = int(chance.integers(3 * 24, 28 * 24))
        size = round(max(subject.daily, 0.1) * float(chance.uniform(4, 20)), 3)
        return Extent(onset, onset + 1, size)

    def displaced(self, tampering: Tampering, day: date) -> Numbers | None:
        """The size, taken off in the first hour."""
        begins = tampering.begins(day)
        return np.where(begins, -tampering.size, 0.0) if begins.any() else None


MODE = RegisterSetBack()
