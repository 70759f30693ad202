"""How a battery takes its charge: constant power up to a knee, then a taper (CC-CV)."""

from dataclasses import dataclass

import numpy as np

from simulators.day_book import Numbers

_KNEE = 0.80
"""State of charge at which the taper begins [1]."""

_FALL = 0.10
"""State of charge over which the power falls to 1/e after the knee [1]."""

BATTERY_EFFICIENCY = 0.96
"""Energy stored over energy delivered at the connector [1]."""


@dataclass(frozen=True, slots=True)
class Charge:
    """Charges as columns, one element each; closed forms of the two phases.

    Parameters
    ----------
    capacity
        Usable energy of the battery [kWh].
    power
        Before the knee [kW].
    start, target
        State of charge at plug-in and at which the vehicle ends [1].
    """

    capacity: Numbers
    power: Numbers
    start: Numbers
    target: Numbers

    def _needed(self) -> Numbers:
        """Delivered energy that raises the state of charge by 1 [kWh]."""
        return self.capacity / BATTERY_EFFICIENCY

    def _flat_energy(self) -> Numbers:
        return self._needed() * np.maximum(0.0, np.minimum(_KNEE, self.target) - self.start)

    def _first_taper_power(self) -> Numbers:
        return self.power * np.exp(-np.maximum(0.0, self.start - _KNEE) / _FALL)

    def hours(self) -> Numbers:
        """Time to the target [h]."""
        climbed = np.maximum(0.0, self.target - np.maximum(_KNEE, self.start))
        taper = self._needed() * _FALL / self._first_taper_power() * np.expm1(climbed / _FALL)
        result: Numbers = self._flat_energy() / self.power + np.where(climbed > 0, taper, 0.0)
        return result

    def energy(self, hours: Numbers) -> Numbers:
        """Delivered after so many hours [kWh]; `hours` broadcasts against the charges."""
        flat = self._flat_energy()
        beyond = np.maximum(0.0, np.clip(hours, 0.0, self.hours()) - flat / self.power)
        scale = self._needed() * _FALL
        taper = scale * np.log1p(beyond * self._first_taper_power() / scale)
        result: Numbers = np.minimum(flat, self.power * np.maximum(hours, 0.0)) + taper
        return result

    def power_at(self, hours: Numbers) -> Numbers:
        """Power at that time of the charge [kW]."""
        beyond = np.maximum(0.0, hours - self._flat_energy() / self.power)
        first = self._first_taper_power()
        scale = self._needed() * _FALL
        result: Numbers = np.where(beyond > 0, first / (1 + beyond * first / scale), np.minimum(self.power, first))
        return result

    def state_of_charge(self, energy: Numbers) -> Numbers:
        """State of charge after so much delivered energy [1]."""
        return self.start + energy / self._needed()
