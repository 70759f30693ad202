"""From statements to exact counts: instants, numbers and codes are looked at here, for every format alike."""

from datetime import datetime
from decimal import Decimal

from ingest.errors import (
    BadSequence,
    BadText,
    NotNumeric,
    NoTransactions,
    OutOfRangeValue,
    TooEarly,
    TooFineValue,
    TooLate,
    UnknownEvent,
)
from ingest.free_members import read_members, require_text
from ingest.identity import Profile
from ingest.instants import FURTHEST_AHEAD, MICROSECOND, Instants, to_datetime, to_microseconds
from ingest.message import EventStatement, Number, TransactionStatement
from metrology.errors import NotANumber, OutOfRange, TooFine
from metrology.event import Event, EventCode
from metrology.kind import TransactionQuantity
from metrology.quantity import LARGEST_COUNT, to_count
from metrology.transaction import AMOUNT_DECIMALS, UNIT_PRICE_DECIMALS, SignedRecord, Transaction

LONGEST_SERIAL = 64
LARGEST_DETAIL = 1024
"""Largest detail of an event [bytes of JSON]."""

LARGEST_ATTRIBUTES = 4096
"""Largest attributes of a transaction [bytes of JSON]."""

LARGEST_SIGNED = 65_536
"""Largest signed record [characters]."""

LARGEST_KEY = 8192
"""Largest public key [characters]."""


_AHEAD = FURTHEST_AHEAD // MICROSECOND


class Conversion:
    """Turns statements received at one instant into exact values.

    Parameters
    ----------
    received_at
        Instant of receipt: what the device's clock is held against.

    Attributes
    ----------
    received, latest
        That instant, and the latest that is plausible [microseconds since 2000].
    """

    def __init__(self, instants: Instants, received_at: datetime) -> None:
        self._instants = instants
        self.received = to_microseconds(received_at)
        self.latest = self.received + _AHEAD

    def instant(self, text: str) -> int:
        """Microseconds since 2000 of a plausible instant."""
        moment = self._instants.read(text)
        if moment < 0:
            raise TooEarly(text)
        if moment > self.latest:
            raise TooLate(text)
        return moment

    def transaction(self, serial: str, profile: Profile, stated: TransactionStatement) -> Transaction:
        """Transaction with exact counts."""
        billed = profile.kind.transaction
        if billed is None:
            raise NoTransactions(profile.kind.name)
        return Transaction(
            sequence=sequence(stated.seq),
            started_at=to_datetime(self.instant(stated.started_at)),
            ended_at=to_datetime(self.instant(stated.ended_at)),
            quantity=count(serial, "quantity", stated.quantity, billed.decimals),
            start_indication=_indication(serial, profile, billed, "start_indication", stated.start_indication),
            end_indication=_indication(serial, profile, billed, "end_indication", stated.end_indication),
            unit_price=_optional(serial, "unit_price", stated.unit_price, UNIT_PRICE_DECIMALS),
            amount=_optional(serial, "amount", stated.amount, AMOUNT_DECIMALS),
            attributes=read_members("attributes", stated.attributes, LARGEST_ATTRIBUTES),
            signed=_signed(stated),
        )

    def event(self, stated: EventStatement) -> Event:
        """Event of the canonical vocabulary."""
        try:
            code = EventCode(stated.code)
        except ValueError as error:
            raise UnknownEvent(stated.code) from error
        detail = read_members("event detail", stated.detail, LARGEST_DETAIL)
        return Event(to_datetime(self.instant(stated.at)), code, detail)


def count(serial: str, name: str, indication: Number, decimals: int) -> int:
    """Exact count of an indication; `serial` and `name` tell a reader of the refusal whose it was."""
    try:
        if type(indication) is str or type(indication) is int or type(indication) is Decimal:
            return to_count(indication, decimals)
    except NotANumber as error:
        raise NotNumeric(f"{name} of {serial}", str(error)) from error
    except TooFine as error:
        raise TooFineValue(f"{name} of {serial}", str(error)) from error
    except OutOfRange as error:
        raise OutOfRangeValue(f"{name} of {serial}", str(error)) from error
    raise NotNumeric(f"{name} of {serial}", f"{type(indication).__name__} instead of a number")


def require_serial(serial: str) -> None:
    """Refuse a serial that is not 1–64 printable characters."""
    if not 0 < len(serial) <= LONGEST_SERIAL or not serial.isprintable():
        raise BadText("instrument", f"must be 1 to {LONGEST_SERIAL} printable characters")


def sequence(number: int) -> int:
    """Counter that fits the store."""
    if not 0 <= number <= LARGEST_COUNT:
        raise BadSequence(number)
    return number


def _signed(stated: TransactionStatement) -> SignedRecord | None:
    if stated.signed is None:
        return None
    record = SignedRecord(stated.signed.encoding, stated.signed.data, stated.signed.public_key)
    require_text("encoding of the signed record", record.encoding, LONGEST_SERIAL)
    require_text("signed record", record.data, LARGEST_SIGNED)
    require_text("public key", record.public_key or "", LARGEST_KEY)
    return record


def _indication(
    serial: str, profile: Profile, billed: TransactionQuantity, name: str, indication: Number
) -> int | None:
    decimals = profile.kind.register(billed.register).decimals if billed.register else billed.decimals
    return _optional(serial, name, indication, decimals)


def _optional(serial: str, name: str, indication: Number, decimals: int) -> int | None:
    return None if indication is None else count(serial, name, indication, decimals)
