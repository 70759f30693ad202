"""One batch of what arrived, on its way into the store: readings as columns, the rest as values."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrology.event import Event
from metrology.transaction import Transaction
from store.arrangement import Arranged
from store.delivered import Delivered

READINGS = np.dtype(
    [
        ("source", "i4"),
        ("instrument", "i4"),
        ("register", "i2"),
        ("taken_at", "i8"),
        ("value", "i8"),
        ("received_at", "i8"),
        ("day", "i4"),
    ],
)
"""One arrived reading: index of its source, instants [microseconds since 2000], value [count], civil day [days since
2000 in the site's zone]."""


class Fate(IntEnum):
    """What became of a statement; every one that arrived has exactly one."""

    STORED = 0
    """New to the store."""
    REPEATED = 1
    """Equal to what the store holds already."""
    CONFLICTING = 2
    """Different from the first; kept beside it."""


@dataclass(frozen=True, slots=True)
class ArrivedTransaction:
    """A transaction and whence it came; `days` are the civil days it touches at its site."""

    source: int
    instrument: int
    received_at: datetime
    days: tuple[date, ...]
    transaction: Transaction


@dataclass(frozen=True, slots=True)
class ArrivedEvent:
    """An event and whence it came; `day` is its civil day at its site."""

    source: int
    instrument: int
    received_at: datetime
    day: date
    event: Event


@dataclass(frozen=True, slots=True)
class Held:
    """A payload that could not be taken, with its cause, and the statements counted in it."""

    source: int
    topic: str
    payload: bytes
    cause: str
    detail: str
    received_at: datetime
    readings: int = 0
    transactions: int = 0
    events: int = 0


@dataclass(frozen=True, slots=True)
class ArrivedSigned:
    """A signed message whose signature held, with what is held instead should the store know better.

    Parameters
    ----------
    digest
        SHA-256 of the signed content.
    readings, transactions, events
        Positions of its statements in the batch.
    otherwise
        The message as it is held if other content stands under its counter.
    revoked
        The message as it is held if its key was revoked before it was received, which ingest had not heard yet.
    """

    instrument: int
    sequence: int
    key: int
    digest: bytes
    jws: bytes
    received_at: datetime
    readings: range
    transactions: range
    events: range
    otherwise: Held
    revoked: Held


@dataclass(slots=True)
class Arrivals:
    """One batch.

    Parameters
    ----------
    sources
        Codes of the sources in it; everything else names them by index.
    messages, redelivered
        By source: messages, and beside them deliveries of messages that were committed before.
    arranged
        The readings made ready beforehand (:func:`store.arrangement.arrange`), by whoever has time for it.
    delivered
        Names the batch and its messages, where a broker may deliver them again.
    taken_back
        Set by :func:`store.intake.append`: signed messages that it held instead, `otherwise` saying how.
    """

    sources: list[str]
    messages: list[int]
    redelivered: list[int]
    readings: NDArray[Any] = field(default_factory=lambda: np.empty(0, dtype=READINGS))
    transactions: list[ArrivedTransaction] = field(default_factory=list)
    events: list[ArrivedEvent] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    delivered: Delivered | None = None
    signed: list[ArrivedSigned] = field(default_factory=list)
    arranged: Arranged | None = None
    taken_back: list[ArrivedSigned] = field(default_factory=list)

    def without(self, refused: list[ArrivedSigned]) -> "Arrivals":
        """The same batch with some signed messages held instead of taken."""
        keep = np.ones(len(self.readings), dtype=np.bool_)
        for item in refused:
            keep[item.readings.start : item.readings.stop] = False
        transactions = {position for item in refused for position in item.transactions}
        events = {position for item in refused for position in item.events}
        return replace(
            self,
            readings=self.readings[keep],
            arranged=None,
            transactions=[each for position, each in enumerate(self.transactions) if position not in transactions],
            events=[each for position, each in enumerate(self.events) if position not in events],
            held=[*self.held, *(item.otherwise for item in refused)],
        )


def first_of_each(keys: list[Any]) -> list[int]:
    """Positions at which a key stands for the first time, ordered by key."""
    first: dict[Any, int] = {}
    for position, key in enumerate(keys):
        first.setdefault(key, position)
    return [first[key] for key in sorted(first)]
