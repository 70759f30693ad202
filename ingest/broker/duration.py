"""Stretches of time as nats-server writes them."""

import re
from math import inf

ALWAYS = "always"

_PART = r"(\d+(?:\.\d+)?)(ms|s|m|h)"
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(text: str) -> float:
    """Length of a stretch [s]; infinite where the text is none that nats-server would understand.

    Examples
    --------
    >>> seconds("1m30s"), seconds("250ms"), seconds("10"), seconds("soon")
    (90.0, 0.25, 10.0, inf)
    """
    if text.isdecimal():
        return float(text)
    if re.fullmatch(f"(?:{_PART})+", text) is None:
        return inf
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(_PART, text))


def sync_interval(text: str) -> str:
    """The same text, where it says when nats-server brings messages to disk: `always`, or an interval above 0.

    Raises
    ------
    ValueError
        Where it says nothing of the kind.
    """
    if text != ALWAYS and not (0 < seconds(text) < inf and not text.isdecimal()):
        raise ValueError(f"{text!r} is neither {ALWAYS!r} nor an interval such as '1s', '500ms' or '2m'")
    return text
