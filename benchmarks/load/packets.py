"""MQTT packets as bytes, as far as a publisher needs them (MQTT 3.1.1 and 5; section numbers are those of MQTT 5)."""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVELS = {"3.1.1": 4, "5": 5}
"""Protocol level on the wire by version (3.1.2.2)."""

DISCONNECT = b"\xe0\x00"
_CLEAN, _PASSWORD, _USER = 0x02, 0x40, 0x80
_CONNACK, _PUBACK = 0x20, 0x40
_RECEIVE_MAXIMUM = 0x21
_UNHEARD, _REFUSED = 0x10, 0x80
_WIDTHS = {0x11: 4, 0x24: 1, 0x25: 1, 0x27: 4, 0x22: 2, 0x28: 1, 0x29: 1, 0x2A: 1, 0x13: 2}
_SHORT = 4
"""Length of an acknowledgement that says nothing but yes [bytes]."""


class Refused(Exception):
    """The broker does not take what we send; its reason."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What a stretch of the broker's answers says.

    Parameters
    ----------
    numbers
        Packet numbers acknowledged, uint16, in order.
    unheard
        How many of them nobody subscribes to, where the broker says so (MQTT 5).
    rest
        Beginning of an answer that is not complete yet.
    """

    numbers: NDArray[np.uint16]
    unheard: int
    rest: bytes


def text(content: str) -> bytes:
    """A string with its length before it (1.5.4)."""
    encoded = content.encode()
    return struct.pack(">H", len(encoded)) + encoded


def length(size: int) -> bytes:
    """A variable byte integer (1.5.5)."""
    encoded = bytearray()
    while True:
        size, digit = divmod(size, 128)
        encoded.append(digit | (0x80 if size else 0))
        if not size:
            return bytes(encoded)


def connect(client: str, user: str, password: str, version: str) -> bytes:
    """CONNECT with a new session, without keep-alive."""
    properties = b"\0" if version == "5" else b""
    flags = _CLEAN | _USER | _PASSWORD
    body = text("MQTT") + bytes((LEVELS[version], flags, 0, 0)) + properties
    body += text(client) + text(user) + text(password)
    return b"\x10" + length(len(body)) + body


def publish_head(topic: str, payload: int, version: str) -> tuple[bytes, int]:
    """All of a PUBLISH at QoS 1 before its payload, its packet number zero, and where that number stands.

    Parameters
    ----------
    payload
        Length of the payload [bytes].
    """
    variable = text(topic) + b"\0\0" + (b"\0" if version == "5" else b"")
    fixed = b"\x32" + length(len(variable) + payload)
    return fixed + variable, len(fixed) + len(text(topic))


def welcome(answer: bytes, version: str) -> int | None:
    """How many publications the broker takes before it acknowledges; None while its CONNACK is not complete.

    Raises
    ------
    Refused
        if it does not let us in.
    """
    if len(answer) < _SHORT or len(answer) < 2 + answer[1]:
        return None
    if answer[0] != _CONNACK or answer[3] != 0:
        raise Refused(f"the broker answers {answer[: 2 + answer[1]].hex()} to CONNECT")
    return _receive_maximum(answer[5 : 2 + answer[1]]) if version == "5" else 65_535


def acknowledgements(answers: bytes) -> Acknowledged:
    """Packet numbers that the broker acknowledges.

    Raises
    ------
    Refused
        if it refuses one, or says anything else.
    """
    whole = len(answers) // _SHORT * _SHORT
    short = np.frombuffer(answers, dtype=np.uint8, count=whole).reshape(-1, _SHORT)
    if (short[:, :2] == (_PUBACK, 2)).all():  # the usual case, all at once
        numbers = np.frombuffer(short[:, 2:].tobytes(), dtype=">u2").astype(np.uint16)
        return Acknowledged(numbers, 0, answers[whole:])
    found, unheard, position = [], 0, 0
    while position + 2 <= len(answers) and position + 2 + answers[position + 1] <= len(answers):
        kind, size = answers[position], answers[position + 1]
        if kind != _PUBACK:
            raise Refused(f"the broker says {answers[position : position + 2 + size].hex()}")
        reason = answers[position + 4] if size > 2 else 0  # noqa: PLR2004 - after the packet number
        if reason >= _REFUSED:
            raise Refused(f"the broker refuses a message with reason {reason:#x}")
        unheard += reason == _UNHEARD
        found.append(answers[position + 2] << 8 | answers[position + 3])
        position += 2 + size
    return Acknowledged(np.array(found, dtype=np.uint16), unheard, answers[position:])


def _receive_maximum(properties: bytes) -> int:
    """Receive maximum among the properties of CONNACK (3.2.2.3.3); 65,535 where it is not said."""
    position = 0
    while position < len(properties):
        name = properties[position]
        if name == _RECEIVE_MAXIMUM:
            return int.from_bytes(properties[position + 1 : position + 3], "big")
        if name in _WIDTHS:
            position += 1 + _WIDTHS[name]
        else:  # a string, or bytes, with its length before it; a user property (0x26) is two
            for _ in range(2 if name == 0x26 else 1):  # noqa: PLR2004 - see above
                position += 2 + int.from_bytes(properties[position + 1 : position + 3], "big")
            position += 1
    return 65_535
