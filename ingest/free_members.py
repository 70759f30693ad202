"""Free members of a statement, attributes and details: kept as sent, as far as the store can keep them at all."""

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from ingest.errors import BadStructure, BadText, DetailTooLarge, TooDeep

MOST_VALUES = 64
"""Most values in one object, nested ones included: what keeps an event inside an index entry of the store."""

DEEPEST = 8
"""Deepest nesting."""

LARGEST_TEXT = 4096
"""Longest text of one value [characters]."""

_LARGEST_EXPONENT = 40

_DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def read_members(what: str, stated: msgspec.Raw, largest: int) -> dict[str, Any]:
    """Members of a JSON object, numbers exact.

    Parameters
    ----------
    what
        What is being read, for the message.
    largest
        Most JSON text that it may be [bytes].

    Raises
    ------
    BadStructure, TooDeep, DetailTooLarge, BadText
    """
    text = bytes(stated)
    if text == b"{}":
        return {}
    try:
        members = _DECODER.decode(text)
    except RecursionError as error:
        raise TooDeep from error
    except (msgspec.DecodeError, UnicodeDecodeError, InvalidOperation) as error:
        raise BadStructure(f"{what}: {error}") from error
    _Walk(what).look(members, 0)
    if len(to_json(members)) > largest:
        raise DetailTooLarge(what, f"{largest} bytes of JSON")
    return members


def to_json(members: Any) -> bytes:
    """JSON text of members, exact."""
    return _ENCODER.encode(members)


def require_text(what: str, text: str, longest: int) -> None:
    """Refuse a text that the store cannot keep.

    Raises
    ------
    BadText
    """
    if "\0" in text:
        raise BadText(what, "holds the character U+0000, which no store keeps")
    if len(text) > longest:
        raise BadText(what, f"is longer than {longest} characters")


class _Walk:
    """Looks at every value once."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._values = 0

    def look(self, value: object, depth: int) -> None:
        self._values += 1
        if self._values > MOST_VALUES:
            raise DetailTooLarge(self._what, f"{MOST_VALUES} values")
        if depth > DEEPEST:
            raise TooDeep
        if isinstance(value, str):
            require_text(self._what, value, LARGEST_TEXT)
        elif isinstance(value, dict):
            for name, member in value.items():
                require_text(self._what, name, LARGEST_TEXT)
                self.look(member, depth + 1)
        elif isinstance(value, list):
            for member in value:
                self.look(member, depth + 1)
        elif isinstance(value, Decimal) and value and abs(value.adjusted()) > _LARGEST_EXPONENT:
            raise DetailTooLarge(self._what, f"a number of {_LARGEST_EXPONENT} digits")
