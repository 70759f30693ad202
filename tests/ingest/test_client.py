"""What the client hears past paho is what paho alone would hear, wherever the stream is torn and whatever it holds."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.client import Client
from ingest.publications import UNREADABLE_TOPIC, Publication
from ingest.wire import Wire

PINGRESP = b"\xd0\x00"
PUBREL = b"\x62\x02\x00\x05"


class Torn:
    """A socket from which pieces come, one at a time; `ended` after the last."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = iter(pieces)
        self.ended = self.closed = False

    def recv(self, size: int, /) -> bytes:
        piece = next(self._pieces, None)
        if piece is None:
            self.ended = True
            raise BlockingIOError
        assert 0 < len(piece) <= size
        return piece

    def send(self, data: bytes | bytearray, /) -> int:
        return len(data)

    def close(self) -> None:
        self.closed = True

    def fileno(self) -> int:
        return -1

    def setblocking(self, flag: bool, /) -> None:  # noqa: FBT001 - the socket's own signature
        pass


class PahoAlone(Wire):
    def publications(self, *, newer: bool) -> list[Publication]:
        del newer
        return []


def heard(pieces: list[bytes], wire: type[Wire], *, newer: bool) -> tuple[list[Publication], bool]:
    """Publications, and whether the connection was given up."""
    found = list[Publication]()

    def receive(publications: list[Publication]) -> bool:
        found.extend(publications)
        return True

    torn = Torn(pieces)
    connection = wire(torn)
    client = Client("name", newer=newer, receive=receive)
    client._sock = connection
    while not torn.ended and not torn.closed:
        client.read(connection)
    return found, torn.closed


def packet(first: int, body: bytes) -> bytes:
    length, digits = len(body), bytearray()
    while length or not digits:
        digits.append(length & 0x7F | (0x80 if length > 0x7F else 0))
        length >>= 7
    return bytes([first]) + digits + body


def publish(
    topic: bytes, payload: bytes, *, qos: int = 1, dup: bool = False, number: int = 1, properties: bytes | None = None
) -> bytes:
    body = len(topic).to_bytes(2, "big") + topic
    body += number.to_bytes(2, "big") if qos else b""
    if properties is not None:
        body += bytes([len(properties)]) + properties
    return packet(0x30 | qos << 1 | dup << 3, body + payload)


def conversation(*, newer: bool) -> bytes:
    none = b"" if newer else None
    some = b"\x03\x00\x0aplain/text" if newer else None
    return b"".join(
        (
            publish(b"telemetry/a/native", b"first", properties=none),
            PINGRESP,
            publish(b"telemetry/a/native", b"", qos=0, properties=none),
            publish(b"telemetry/a/native", b"again", dup=True, number=2, properties=none),
            publish(b"telemetry/\xff", b"whose topic is no text", number=3, properties=none),
            publish(b"telemetry/b/native", b"exactly once", qos=2, number=5, properties=none),
            publish(b"telemetry/b/native", b"long" * 50, number=65_535, properties=none),
            PUBREL,
            publish(b"t", b"last", number=7, properties=some),
        )
    )


VERSIONS = pytest.mark.parametrize("version", ["3.1.1", "5"])


@VERSIONS
def test_hears_what_was_said(version: str) -> None:
    newer = version == "5"
    found, closed = heard([conversation(newer=newer)], Wire, newer=newer)
    assert not closed
    assert found[:4] == [
        Publication("telemetry/a/native", b"first", 1, False),
        Publication("telemetry/a/native", b"", 0, False),
        Publication("telemetry/a/native", b"again", 2, True),
        Publication(UNREADABLE_TOPIC, b"whose topic is no text", 3, False),
    ]
    assert [publication.packet for publication in found[4:]] == [65_535, 5, 7]


@VERSIONS
def test_hears_the_same_wherever_the_stream_is_torn(version: str) -> None:
    newer = version == "5"
    whole = conversation(newer=newer)
    expected = heard([whole], PahoAlone, newer=newer)
    for tear in range(1, len(whole)):
        assert heard([whole[:tear], whole[tear:]], Wire, newer=newer) == expected
    assert heard([whole[at : at + 1] for at in range(len(whole))], Wire, newer=newer) == expected


@VERSIONS
def test_hears_long_messages_over_many_pieces(version: str) -> None:
    newer = version == "5"
    whole = b"".join(
        publish(b"t", bytes([number]) * size, number=number, properties=b"" if newer else None)
        for number, size in enumerate((127, 128, 16_383, 16_384, 300_000), 1)
    )
    pieces = [whole[at : at + 5_000] for at in range(0, len(whole), 5_000)]
    found, closed = heard(pieces, Wire, newer=newer)
    assert (found, closed) == heard(pieces, PahoAlone, newer=newer)
    assert [len(publication.payload) for publication in found] == [127, 128, 16_383, 16_384, 300_000]


def test_hears_nothing_more_once_paho_has_given_up() -> None:
    # Beside messages under way with QoS 2 paho reads several packets at a time: here a plain one, then a malformed one.
    under_way = publish(b"t", b"", qos=2, number=1) + publish(b"t", b"", qos=2, number=2)
    plain, malformed = publish(b"t", b"heard"), publish(b"", b"of no topic")
    pieces = [under_way + plain[:1], plain[1:] + malformed + plain]
    assert heard(pieces, Wire, newer=False) == ([Publication("t", b"heard", 1, False)], True)


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[bytes], bool]:
    """Pieces of a stream of packets, some of them spoilt, and whether they are of MQTT 5."""
    newer = draw(st.booleans())
    properties = st.sampled_from([b"", b"", b"\x01\x01", b"\x26\0\1a\0\1b", b"\x77"]) if newer else st.none()
    publication = st.builds(
        publish,
        st.sampled_from([b"telemetry/a/native", b"t", b"\xff", b""]),
        st.binary(max_size=200),
        qos=st.sampled_from([0, 1, 1, 1, 2]),
        dup=st.booleans(),
        number=st.integers(1, 65_535),
        properties=properties,
    )
    whole = bytearray(b"".join(draw(st.lists(publication | st.just(PINGRESP), min_size=1, max_size=8))))
    for _ in range(draw(st.sampled_from([0, 0, 1, 3]))):
        whole[draw(st.integers(0, len(whole) - 1))] = draw(st.integers(0, 255))
    tears = sorted({0, *draw(st.lists(st.integers(1, len(whole)), max_size=4)), len(whole)})
    return [bytes(whole[begin:end]) for begin, end in pairwise(tears)], newer


@given(streams())
def test_hears_whatever_comes_as_paho_alone_would(stream: tuple[list[bytes], bool]) -> None:
    pieces, newer = stream
    assert heard(pieces, Wire, newer=newer) == heard(pieces, PahoAlone, newer=newer)
