"""Reference instruments and the members that must add up to them."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class MemberRole(StrEnum):
    """Part that an instrument plays in the sum."""

    REFERENCE = "reference"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Membership:
    """One instrument's part in a group, for the days on which it holds.

    Parameters
    ----------
    instrument
        Instrument id.
    sign
        +1 where consumption adds to the sum, −1 where it subtracts (an export, a delivery).
    since, until
        First day, and first day no longer (open while None) [civil days].
    """

    instrument: int
    register: str
    role: MemberRole
    sign: int
    since: date
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the membership is in force on `day`."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class BalanceGroup:
    """A feeder, district metered area, tank or hub whose members must add up to its references."""

    code: str
    memberships: tuple[Membership, ...]

    def on(self, day: date) -> tuple[Membership, ...]:
        """Memberships in force on `day`."""
        return tuple(part for part in self.memberships if part.holds_on(day))
