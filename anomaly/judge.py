"""What every rule and detector is: one file, one question, a pure answer."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar, Protocol, runtime_checkable

from anomaly.evidence import Evidence
from metrology.finding import Finding, Grade
from metrology.wording import Wording


class Sight(StrEnum):
    """Form of evidence that a judge asks for."""

    READINGS = "readings"
    """Every reading of the judged period, of the cumulative registers."""
    DAYS = "days"
    """Civil days of the cumulative registers, back to the judge's memory."""
    HOURS = "hours"
    """The same civil days by wall-clock hour (`DayPanel.hourly`), back to the judge's memory; twenty-four times as much
    to read, so ask for it only where the day's sum does not tell."""
    WEATHER = "weather"
    """Outdoor temperature of the same civil days in the regions of the instruments; asked for beside days."""
    TRANSACTIONS = "transactions"
    """Every transaction of the judged period."""
    CONFLICTS = "conflicts"
    """What was received later and differs from the first, of readings and transactions of the judged period."""


REMEMBERED = frozenset({Sight.DAYS, Sight.HOURS})
"""Sights that reach back before the judged period: who asks for one of them is put to whole months."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A judge's answer.

    Parameters
    ----------
    findings
        Claims whose stretch [noticed_at, until] touches the judged period.
    not_judged
        How many instruments could not be judged, by a stable code of what was missing; those of `pairing.counted`
        remember which.
    """

    findings: tuple[Finding, ...] = ()
    not_judged: dict[str, int] = field(default_factory=dict)


@runtime_checkable
class Judge(Protocol):
    """A rule or detector: a frozen dataclass whose fields are its parameters, with units in their names.

    Class attributes declare it; the docstring is its method sheet: question, formula, parameters, when it is wrong,
    which sibling to use instead, a seeded example (doctest), reference.
    """

    name: ClassVar[str]
    """The file's name."""
    version: ClassVar[str]
    """Grows whenever the same evidence may get another answer."""
    grade: ClassVar[Grade]
    question: ClassVar[Wording]
    """What it asks; ends in a question mark in both languages."""
    check: ClassVar[Wording]
    """How a person on the spot can check what it claims."""
    needs: ClassVar[frozenset[Sight]]
    compares_instruments: ClassVar[bool]
    """Whether the answer on one instrument may depend on its peers in the evidence."""
    false_alarms_per_1000_instrument_years: ClassVar[float | None]
    """Stated rate of a statistical judge on honest data; None for a rule, which has none."""

    @property
    def memory(self) -> timedelta:
        """How far back before the judged period it needs to see; zero for a rule."""
        ...

    def judge(self, evidence: Evidence) -> Judgement:
        """Answer from the evidence alone: the same evidence always gets the same answer."""
        ...
