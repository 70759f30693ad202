"""One indicated quantity of an instrument: cumulative or momentary."""

from dataclasses import dataclass
from decimal import Decimal

from metrology import quantity


@dataclass(frozen=True, slots=True)
class Register:
    """One indicated quantity.

    Parameters
    ----------
    name
        Spelling on the wire (native format v1).
    unit
        UCUM code.
    decimals
        Decimal digits of the resolution: 3 for 0.001.
    cumulative
        True where the indication only grows in honest service, False where it is momentary.
    """

    name: str
    unit: str
    decimals: int
    cumulative: bool

    @property
    def resolution(self) -> Decimal:
        """Smallest step [unit]."""
        return quantity.resolution(self.decimals)

    def to_count(self, indication: str | int | Decimal) -> int:
        """Exact count of resolution steps; raises what :func:`metrology.quantity.to_count` raises."""
        return quantity.to_count(indication, self.decimals)

    def to_text(self, count: int) -> str:
        """Indication as plain decimal text [unit]."""
        return quantity.to_text(count, self.decimals)


def cumulative(name: str, unit: str, decimals: int) -> Register:
    """Register whose indication only grows in honest service."""
    return Register(name, unit, decimals, cumulative=True)


def momentary(name: str, unit: str, decimals: int) -> Register:
    """Register that shows the present value."""
    return Register(name, unit, decimals, cumulative=False)
