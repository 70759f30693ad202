"""What a broker refused, as its log says it."""

from dataclasses import dataclass
from enum import StrEnum


class Refused(StrEnum):
    """What was refused."""

    PUBLICATION = "publication"
    SUBSCRIPTION = "subscription"
    CONNECTION = "connection"
    RETENTION = "retention"
    """A message was taken and not retained."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal.

    Parameters
    ----------
    user
        Who was refused: the user whose connection it was, or for a connection the user that was claimed; None where
        the broker does not say.
    topic
        Topic or filter, as the broker writes it; empty for a connection.
    """

    user: str | None
    what: Refused
    topic: str = ""
