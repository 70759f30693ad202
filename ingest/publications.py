"""Publications cut straight out of what was read from the socket: nearly all that a broker ever sends us.

The client library takes nearly ten microseconds for one, this a sixth of it. What is not plain is left to the library:
another kind of packet, one not yet here to its end, QoS 2, properties (MQTT 5), and whatever is malformed.
"""

from functools import lru_cache
from typing import NamedTuple

from ingest.topics import LONGEST_REMEMBERED

UNREADABLE_TOPIC = "(topic is not UTF-8)"

_PUBLISH, _QOS, _DUP = 0x30, 0x06, 0x08
"""Kind of packet, quality of service and mark of redelivery in a packet's first byte (MQTT 5, 3.3.1)."""

_MORE = 0x80
"""Set in each byte of a length but the last, which holds seven bits like the others (1.5.5)."""

_LONGEST = 4
"""Most bytes of a length."""


class Publication(NamedTuple):
    """A message as it stands on the wire.

    Parameters
    ----------
    packet
        Packet number, by which it is acknowledged; 0 with QoS 0, which is not.
    redelivered
        Whether the broker says that it may have delivered it before (DUP).
    """

    topic: str
    payload: bytes
    packet: int
    redelivered: bool


def cut(read: bytes, at: int, *, newer: bool) -> tuple[list[Publication], int]:
    r"""Plain publications from a place on, up to whatever is none, and where that begins.

    Parameters
    ----------
    read
        What was read, a packet beginning at `at`.
    newer
        Whether MQTT 5 is spoken: then properties stand before the payload.

    Examples
    --------
    >>> cut(bytes.fromhex("320b 0003 612f62 0007") + b"18.5" + b"\xd0\0", 0, newer=False)
    ([Publication(topic='a/b', payload=b'18.5', packet=7, redelivered=False)], 13)
    """
    found = []
    try:
        while True:
            first = read[at]
            qos = first & _QOS
            if first & 0xF0 != _PUBLISH or qos > 2:  # noqa: PLR2004 - the bits stand one place to the left: QoS 1
                break
            begin, end = at + 2, read[at + 1]
            if end >= _MORE:
                begin, end = _length(read, at + 1)
            end += begin
            topic = begin + 2
            body = topic + (read[begin] << 8 | read[begin + 1])
            packet = 0
            name = read[topic:body]
            if qos:
                packet = read[body] << 8 | read[body + 1]
                body += 2
            if newer:
                if read[body]:
                    break
                body += 1
            if not name or body > end or end > len(read):
                break
            text = _text_again(name) if len(name) <= LONGEST_REMEMBERED else _text(name)
            found.append(Publication(text, read[body:end], packet, first & _DUP > 0))
            at = end
    except IndexError:  # the rest is still under way
        pass
    return found, at


def _length(read: bytes, at: int) -> tuple[int, int]:
    """Where a packet's content begins, and its length (MQTT 5, 2.1.4)."""
    length = 0
    for place in range(_LONGEST):
        byte = read[at + place]
        length |= (byte & ~_MORE) << 7 * place
        if byte < _MORE:
            return at + place + 1, length
    raise IndexError  # no such length: the library will say so


def _text(topic: bytes) -> str:
    try:
        return topic.decode()
    except UnicodeDecodeError:
        return UNREADABLE_TOPIC


_text_again = lru_cache(maxsize=4096)(_text)
