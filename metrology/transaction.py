"""One delivery of fuel, one charge, one tank delivery, between two indications."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SignedRecord:
    """Signed record of a transaction exactly as the device gave it; verified elsewhere, trusted nowhere by default."""

    encoding: str
    data: str
    public_key: str | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """What was billed, between two indications; counts are exact steps of their resolutions.

    Parameters
    ----------
    sequence
        Transaction counter of the instrument, +1 each.
    quantity
        What was billed [count of the kind's transaction resolution].
    start_indication, end_indication
        Cumulative register before and after [count of that register's resolution].
    unit_price
        Price of one unit of quantity [count of 10⁻⁵ CNY].
    amount
        What the customer paid [count of 10⁻² CNY, the fen].
    """

    sequence: int
    started_at: datetime
    ended_at: datetime
    quantity: int
    start_indication: int | None = None
    end_indication: int | None = None
    unit_price: int | None = None
    amount: int | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)
    signed: SignedRecord | None = None


UNIT_PRICE_DECIMALS = 5
"""Decimals of a unit price [CNY]: YKC V1.6 bills state five (`0x3B`, 单价 5 dp)."""

AMOUNT_DECIMALS = 2
"""Decimals of an amount [CNY]: the fen, the smallest payable step."""
