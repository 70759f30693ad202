"""How much of a fault: a little in continuous integration, a lot where `make soak` asks for it."""

import os
from typing import TypeVar

SOAK = os.environ.get("HENGJIAN_SOAK") == "1"

_Size = TypeVar("_Size", int, float)


def scaled(short: _Size, long: _Size) -> _Size:
    """The short size, or the long one in a soak."""
    return long if SOAK else short
