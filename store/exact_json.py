"""JSON text for the store: members in one order, decimals with all their digits."""

from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(order="sorted", decimal_format="number")


def to_json(value: Any) -> str:
    """Canonical text: equal values give equal text.

    Examples
    --------
    >>> from decimal import Decimal
    >>> to_json({"b": Decimal("1.10"), "a": None})
    '{"a":null,"b":1.10}'
    """
    return _ENCODER.encode(value).decode()
