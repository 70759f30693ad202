"""Members said twice: JSON leaves open which one counts, and a value silently dropped would be evidence lost."""

import json

from ingest.errors import DuplicateMember, TooDeep
from ingest.message import Message


def refuse_duplicates(payload: bytes, messages: list[Message]) -> None:
    """Refuse a JSON payload in which an object says a member twice.

    Every member costs one colon. Where the payload holds as many colons as the decoded messages account for, and no
    escape that could hide one, nothing was dropped; only otherwise is the text read again member by member.

    Raises
    ------
    DuplicateMember
        naming the member.
    """
    if payload.count(b":") == _accounted(messages) and b"\\" not in payload:
        return
    try:
        # Numbers stay text: their size is not in question here.
        json.loads(payload, object_pairs_hook=_each_once, parse_int=str, parse_float=str)
    except RecursionError as error:
        raise TooDeep from error


def _accounted(messages: list[Message]) -> int:
    """Colons that decoded readings stand for; never more than the payload holds, so equality proves it whole."""
    colons = 0
    for message in messages:
        colons += 1 + (message.seq is not None) + message.instrument.count(":")
        if message.readings:
            colons += 1 + 2 * len(message.readings)
            for reading in message.readings:
                colons += len(reading.registers) + reading.taken_at.count(":")
    return colons


def _each_once(members: list[tuple[str, object]]) -> None:
    if len({name for name, _ in members}) < len(members):
        seen: set[str] = set()
        for name, _ in members:
            if name in seen:
                raise DuplicateMember(name)
            seen.add(name)
