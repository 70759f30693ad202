"""The part of nats-server's configuration language that a look at it needs: names, words, lists and blocks."""

import re
from typing import TypeAlias

Value: TypeAlias = "str | list[Value] | dict[str, Value]"

_BETWEEN = r"\s*(?:(?:\#|//)[^\n]*(?:\n|\Z)\s*)*"
_TOKEN = re.compile(
    _BETWEEN
    + r"""(
        [{}\[\],:=;]
        | "(?:[^"\\]|\\.)*"
        | '[^']*'
        | [^\s{}\[\],:=;\#"']+(?::[^\s{}\[\],;\#"']+)*   # 127.0.0.1:1883 is one word
    )""",
    re.VERBOSE,
)
_END = re.compile(_BETWEEN)


class NotUnderstood(ValueError):
    """The text is no configuration that we know."""


def parse(text: str) -> dict[str, Value]:
    """Values by name; blocks are values by name in turn, names in lower case.

    Raises
    ------
    NotUnderstood

    Examples
    --------
    >>> parse('mqtt { port: 1883, ack_wait = "10s" } # a broker')
    {'mqtt': {'port': '1883', 'ack_wait': '10s'}}
    """
    words: list[str] = []
    at = 0
    while (found := _TOKEN.match(text, at)) is not None:
        words.append(found[1])
        at = found.end()
    end = _END.match(text, at)
    if end is None or end.end() != len(text):
        raise NotUnderstood(f"this is not understood: {text[at : at + 40]!r}")
    words.reverse()
    return _block(words, until=None)


def _block(words: list[str], *, until: str | None) -> dict[str, Value]:
    found: dict[str, Value] = {}
    while words:
        first = words.pop()
        if first == until:
            return found
        if first in {",", ";"}:
            continue
        name = _word(first).lower()
        if words and words[-1] in {":", "="}:
            words.pop()
        found[name] = _value(words)
    if until is not None:
        raise NotUnderstood(f"a {until!r} is missing")
    return found


def _value(words: list[str]) -> Value:
    if not words:
        raise NotUnderstood("a value is missing")
    first = words.pop()
    if first == "{":
        return _block(words, until="}")
    if first != "[":
        return _word(first)
    items: list[Value] = []
    while words:
        if words[-1] == "]":
            words.pop()
            return items
        if words[-1] == ",":
            words.pop()
            continue
        items.append(_value(words))
    raise NotUnderstood("a ']' is missing")


def _word(text: str) -> str:
    return text[1:-1] if text[0] in "\"'" else text
