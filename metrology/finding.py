"""A claim with onset, magnitude ± uncertainty, and the evidence that reproduces it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from metrology.wording import Wording


class Grade(StrEnum):
    """Evidential grade; the two are never mixed: they weigh differently before the law."""

    EXACT = "exact"
    STATISTICAL = "statistical"


@dataclass(frozen=True, slots=True)
class Magnitude:
    """How much, in the register's unit and, where a level is known, relative to it.

    Parameters
    ----------
    value
        Size of the effect [unit].
    uncertainty
        Expanded uncertainty, k = 2 [unit]; None for an exact statement.
    unit
        UCUM code.
    relative_percent
        Effect as a share of what was expected [%]; comparable with an MPE.
    """

    value: float
    unit: str
    uncertainty: float | None = None
    relative_percent: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a judge says of one instrument.

    Parameters
    ----------
    instrument
        Instrument id.
    register
        Register spoken of; None where a transaction or the instrument as a whole is meant.
    onset
        Since when, as well as the evidence tells.
    onset_earliest, onset_latest
        Interval in which the onset lies with 95 % confidence, both ends included, or between two pieces of evidence;
        None where the onset is exact.
    until
        When it ended; None while it lasts at the end of the evidence.
    noticed_at
        Instant of the last piece of evidence that the claim needs: it places the finding in one judged period.
    p_value
        Probability that an honest instrument shows evidence at least as strong within a year of being judged; None
        for an exact claim.
    loss
        Quantity possibly mis-measured to anybody's cost [magnitude.unit]; None where none can be stated.
    evidence
        Numbers that reproduce the claim, JSON values only.
    """

    instrument: int
    onset: datetime
    until: datetime | None
    noticed_at: datetime
    statement: Wording
    magnitude: Magnitude
    register: str | None = None
    p_value: float | None = None
    loss: float | None = None
    evidence: Mapping[str, object] = field(default_factory=dict)
    onset_earliest: datetime | None = None
    onset_latest: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse an interval that does not hold the onset, or half of one."""
        if (self.onset_earliest is None) != (self.onset_latest is None):
            raise ValueError("an onset's interval has two ends or none")
        if not (self.onset_earliest or self.onset) <= self.onset <= (self.onset_latest or self.onset):
            raise ValueError(f"{self.onset} lies outside {self.onset_earliest} to {self.onset_latest}")


@dataclass(frozen=True, slots=True)
class SourceFinding:
    """What a judge says of a source as a whole, not of an instrument.

    Parameters
    ----------
    source
        Source id.
    onset, until, noticed_at
        As in :class:`Finding`.
    evidence
        Numbers that reproduce the claim, JSON values only.
    """

    source: int
    onset: datetime
    until: datetime | None
    noticed_at: datetime
    statement: Wording
    magnitude: Magnitude
    evidence: Mapping[str, object] = field(default_factory=dict)
