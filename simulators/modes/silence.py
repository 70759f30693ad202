"""A meter that sends nothing for more than a day while its register counts on."""

from datetime import date
from typing import ClassVar

import numpy as np

from simulators.day_book import Mask
from simulators.tampering import Extent, Mode, Subject, Tampering


class Silence(Mode):
    """Silence: the readings between onset and end are never sent, not even later."""

    name: ClassVar[str] = "silence"
    kinds: ClassVar[frozenset[str]] = frozenset({"water_meter", "gas_meter", "electricity_meter"})
    share: ClassVar[float] = 0.004

    def extent(self, subject: Subject, chance: np.random.Generator) -> Extent:
        """For 30 to 120 hours."""
        del subject
        onset, hours = int(chance.integers(4 * 24, 24 * 24)), int(chance.integers(30, 120))
        return Extent(onset, onset + hours, float(hours))

    def unit(self, kind: str) -> str:
        """Hours without a reading."""
        del kind
        return "h"

    def silent(self, tampering: Tampering, day: date) -> Mask | None:
        """Every hour while it lasts."""
        active = tampering.active(day)
        return active if active.any() else None


MODE = Silence()
