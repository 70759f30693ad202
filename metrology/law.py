"""Maximum permissible errors, physical limits and verification periods, each with where it was read."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from metrology.wording import Wording


class Quotability(StrEnum):
    """How far a figure may be quoted."""

    CITED = "cited"
    UNVERIFIED = "unverified"
    """Agrees with public text but must be checked against the official paper before a legal claim."""

    @property
    def wording(self) -> Wording:
        """The quotability as a remark behind the citation."""
        return _REMARKS[self]


_REMARKS = {
    Quotability.CITED: Wording(zh="引自公布文本", en="cited from published text"),
    Quotability.UNVERIFIED: Wording(zh="尚未与正式文本核对", en="not yet checked against the official paper"),
}


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a figure was read: clause or publication, and how far it may be quoted."""

    text: Wording
    quotability: Quotability = Quotability.UNVERIFIED


@dataclass(frozen=True, slots=True)
class PermissibleError:
    """Maximum permissible error (MPE) of one accuracy class in one zone of flow or load.

    Parameters
    ----------
    zone
        Flow or load range in the regulation's own symbols.
    initial_percent
        ± limit at verification [%].
    in_service_percent
        ± limit in service [%]; None where the regulation names none, and then the initial limit is what a
        statement is compared with, and the statement says so.
    principal
        True for the zone that carries most of the consumption; statements on daily consumption use it.
    """

    accuracy_class: str
    zone: str
    initial_percent: Decimal
    in_service_percent: Decimal | None
    source: Citation
    principal: bool = False

    @property
    def limit_percent(self) -> Decimal:
        """± limit that an instrument in service is compared with [%]."""
        return self.initial_percent if self.in_service_percent is None else self.in_service_percent


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Largest rate that an instrument of a size can physically register.

    Parameters
    ----------
    register
        Register whose rate is bounded.
    per_hour
        Largest growth of the register in an hour [the register's unit/h].
    """

    size: str
    register: str
    per_hour: Decimal
    source: Citation


@dataclass(frozen=True, slots=True)
class VerificationRule:
    """How long a verification makes an instrument legal, and how long it may serve.

    Parameters
    ----------
    applies_to
        Sizes or classes, in the regulation's words.
    interval
        Time to the next verification; None where there is only a first one.
    life
        Longest service before rotation; None where none is named.
    """

    applies_to: str
    interval: timedelta | None
    life: timedelta | None
    source: Citation


YEAR = timedelta(days=365.25)
"""Julian year, for periods that a regulation states in years."""
