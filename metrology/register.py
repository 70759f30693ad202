"""One indicated quantity of an instrument: cumulative or momentary."""

from dataclasses import dataclass
from decimal import Decimal

from metrology import quantity
from metrology.wording import Wording


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
    title_zh
        What a Chinese sentence calls it.
    """

    name: str
    unit: str
    decimals: int
    cumulative: bool
    title_zh: str

    @property
    def title(self) -> Wording:
        """What a sentence calls it; in English the words of its name.

        Examples
        --------
        >>> cumulative("amount_total", "CNY", 2, "累计金额").title
        Wording(zh='累计金额', en='amount total')
        """
        return Wording(zh=self.title_zh, en=self.name.replace("_", " "))

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


def cumulative(name: str, unit: str, decimals: int, title_zh: str) -> Register:
    """Register whose indication only grows in honest service."""
    return Register(name, unit, decimals, cumulative=True, title_zh=title_zh)


def momentary(name: str, unit: str, decimals: int, title_zh: str) -> Register:
    """Register that shows the present value."""
    return Register(name, unit, decimals, cumulative=False, title_zh=title_zh)
