"""A nozzle that asks for more than price × volume on a small share of its transactions."""

from typing import ClassVar

import numpy as np

from simulators.civil_day import HOUR_SECONDS
from simulators.day_book import Counts
from simulators.tampering import Extent, Mode, Subject, Tampering

_LEAST = 2
"""Smallest over-charge [fen]: one more than the paying step that the rule of JJG 443 leaves."""


class AmountOverCharged(Mode):
    """Amount ≠ price × volume: 3 to 10 % of the transactions cost 0.5 to 3 % more, at least 0.02 CNY."""

    name: ClassVar[str] = "amount_over_charged"
    kinds: ClassVar[frozenset[str]] = frozenset({"fuel_dispenser"})
    share: ClassVar[float] = 0.06
    on_transactions: ClassVar[bool] = True

    def extent(self, subject: Subject, chance: np.random.Generator) -> Extent:
        """From some day of the first half of the period, for two weeks to two months."""
        del subject
        onset = int(chance.integers(3 * 24, 15 * 24))
        share = round(float(chance.uniform(0.03, 0.10)), 3)
        size = round(float(chance.uniform(0.5, 3.0)), 2)
        return Extent(onset, onset + int(chance.integers(14 * 24, 60 * 24)), size, {"share_of_transactions": share})

    def unit(self, kind: str) -> str:
        """Per cent of the honest amount, on the transactions concerned."""
        del kind
        return "%"

    def charged(self, tampering: Tampering, hours: Counts, amounts: Counts, chance: np.random.Generator) -> Counts:
        """Raise a seeded share of the amounts."""
        first = int(tampering.onset.timestamp()) // HOUR_SECONDS
        inside = hours >= first
        if tampering.until is not None:
            inside &= hours < int(tampering.until.timestamp()) // HOUR_SECONDS
        chosen = inside & (chance.random(amounts.size) < float(str(tampering.detail["share_of_transactions"])))
        raised = amounts + np.maximum(_LEAST, np.rint(amounts * tampering.size / 100).astype(np.int64))
        return np.where(chosen, raised, amounts)


MODE = AmountOverCharged()
