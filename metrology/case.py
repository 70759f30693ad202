"""The inspection that follows an alert, closed with a result that labels the judge's scorecard."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CaseResult(StrEnum):
    """Outcome of an inspection."""

    CONFIRMED = "confirmed"
    OUT_OF_TOLERANCE = "out_of_tolerance"
    NOT_CONFIRMED = "not_confirmed"
    NOT_VERIFIABLE = "not_verifiable"


@dataclass(frozen=True, slots=True)
class Case:
    """An inspection of one site prompted by alerts; open while `result` is None."""

    code: str
    alerts: tuple[int, ...]
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None = None
    result: CaseResult | None = None
