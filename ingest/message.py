"""What every wire format is decoded to: the statements of instruments, as written, not yet looked at in substance.

Numbers are still text or integers and instants still text, because only an instrument's kind says what they may be;
a float never appears. Every decoder of ingest/formats yields these; :mod:`ingest.conversion` makes counts of them.
"""

import base64
from typing import Any

import msgspec

Number = Any
"""A number as the wire wrote it: str, int or Decimal; anything else is refused in conversion, never a float."""

EMPTY = msgspec.Raw(b"{}")
"""Free members of a statement that has none; they stay JSON text until :mod:`ingest.free_members` looks at them."""


class Reading(msgspec.Struct, gc=False):
    """What registers indicated at one instant."""

    taken_at: str
    registers: dict[str, Number]


class SignedStatement(msgspec.Struct):
    """Signed record exactly as the device gave it."""

    encoding: str
    data: str
    public_key: str | None = None


class TransactionStatement(msgspec.Struct):
    """One delivery or charge as the instrument states it."""

    seq: int
    started_at: str
    ended_at: str
    quantity: Number
    start_indication: Number = None
    end_indication: Number = None
    unit_price: Number = None
    amount: Number = None
    attributes: msgspec.Raw = EMPTY
    signed: SignedStatement | None = None


class EventStatement(msgspec.Struct):
    """What the instrument says of itself."""

    at: str
    code: str
    detail: msgspec.Raw = EMPTY


class Message(msgspec.Struct):
    """Everything one instrument says in one message."""

    instrument: str
    seq: int | None = None
    readings: list[Reading] = []
    transactions: list[TransactionStatement] = []
    events: list[EventStatement] = []


class Proof(msgspec.Struct, frozen=True):
    """What a signed message says of its signature, and the exact bytes it covers; nothing of it is proven yet.

    Parameters
    ----------
    signed
        The signing input of RFC 7515: ASCII of the protected header, a full stop, and the content, as received.
    """

    kid: str
    algorithm: str
    signed: bytes
    signature: bytes
    content: bytes

    @property
    def jws(self) -> bytes:
        """The message in compact serialization."""
        return self.signed + b"." + base64.urlsafe_b64encode(self.signature).rstrip(b"=")


class SignedMessage(Message, kw_only=True):
    """A message that came signed; what is yet to be proven of it never comes from the content itself."""

    proof: Proof


class Census(msgspec.Struct, frozen=True):
    """How many statements a payload holds: what the intake ledger counts, also of what is refused."""

    readings: int = 0
    transactions: int = 0
    events: int = 0


def census(messages: list[Message]) -> Census:
    """Count the statements of decoded messages; a reading is one register at one instant."""
    return Census(
        sum(len(reading.registers) for message in messages for reading in message.readings),
        sum(len(message.transactions) for message in messages),
        sum(len(message.events) for message in messages),
    )
