"""A register that stands still while consumption goes on: a magnet on the coupling, a seized train of gears."""

from datetime import date
from typing import ClassVar

import numpy as np

from simulators.day_book import Numbers
from simulators.tampering import Extent, Mode, Subject, Tampering


class StoppedRegister(Mode):
    """Stopped register: nothing is registered between onset and end."""

    name: ClassVar[str] = "stopped_register"
    kinds: ClassVar[frozenset[str]] = frozenset({"water_meter", "gas_meter", "electricity_meter"})
    share: ClassVar[float] = 0.004

    def extent(self, subject: Subject, chance: np.random.Generator) -> Extent:
        """−100 % for 8 to 45 days, from the third or fourth week on: a judge needs the meter's own history before."""
        del subject
        onset = int(chance.integers(14 * 24, 23 * 24))
        return Extent(onset, onset + int(chance.integers(8 * 24, 45 * 24)), -100.0)

    def unit(self, kind: str) -> str:
        """Per cent of the true consumption."""
        del kind
        return "%"

    def registered(self, tampering: Tampering, day: date, flow: Numbers) -> Numbers:
        """Nothing while it lasts."""
        return np.where(tampering.active(day), 0.0, flow)


MODE = StoppedRegister()
