"""What a source hands over in one piece, cut into chunks that are committed one by one.

Where a chunk ends follows from the content alone, never from time, settings or what is enrolled: so an attempt after a
crash cuts the same chunks, and finds those that are committed by their numbers.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from ingest.compression import MAGIC
from ingest.errors import DecodeError
from ingest.formats import native, native_jws, table
from ingest.jws import may_hold_gzip
from ingest.lines import MARK, Line, lines
from ingest.push_errors import ContentBlank, LineTooLong, MessageTooLong, PushError, TableUnusable

LONGEST_LINE = 8 * 2**20
"""Longest line that is taken [bytes].

A line that is too large for a message is held in quarantine up to here. A push takes no room from others while it waits
for its commit, so this may be more than what a broker takes.
"""

CHUNK_BYTES = 4 * 2**20
"""Content at which a chunk ends [bytes]."""

CHUNK_MESSAGES = 20_000
"""Messages at which a chunk ends."""


class Medium(StrEnum):
    """How messages are written one after the other; the value is the media type."""

    JSON = "application/json"
    NDJSON = "application/x-ndjson"
    CSV = "text/csv"
    JWS = "application/jose"

    @property
    def wire_format(self) -> str:
        """Wire format of each message: the third level of a topic."""
        return _WIRE_FORMATS.get(self, native.FORMAT.name)


_WIRE_FORMATS = {Medium.CSV: table.FORMAT.name, Medium.JWS: native_jws.FORMAT.name}


@dataclass(slots=True)
class Chunk:
    """Messages that are committed together.

    Parameters
    ----------
    number
        From 0.
    digest
        SHA-256 over the digest of the chunk before and the messages of this one.
    places
        Line at which each message begins, from 1.
    payloads
        The messages, each as a broker would deliver it.
    """

    number: int
    digest: bytes
    places: list[int] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)


def seed(medium: Medium) -> bytes:
    """Digest before the first chunk: the same bytes in another medium are other content."""
    return sha256(medium.encode()).digest()


def chunks(medium: Medium, blocks: Iterable[bytes]) -> Iterator[Chunk]:
    """Chunks of some content.

    Raises
    ------
    ingest.push_errors.PushError
        what cannot be taken to its end; a line that is too long, and blank lines without end, end the content after all
        before them was given out.
    """
    if medium is Medium.JSON:
        whole = _whole(blocks)
        yield Chunk(0, _digest(seed(medium), [whole]), [1], [whole])
        return
    number, digest, stretch = 0, seed(medium), _Stretch(medium)
    refused: PushError | None = None
    try:
        for place, payload, blank in _messages(medium, blocks):
            if stretch.add(place, payload, blank):
                digest = _digest(digest, stretch.payloads)
                yield Chunk(number, digest, stretch.places, stretch.payloads)
                number, stretch = number + 1, _Stretch(medium)
    except (LineTooLong, ContentBlank) as error:
        refused = error
    if stretch.payloads:
        yield Chunk(number, _digest(digest, stretch.payloads), stretch.places, stretch.payloads)
    if refused is not None:
        raise refused


class _Stretch:
    def __init__(self, medium: Medium) -> None:
        self._inflates = may_hold_gzip if medium is Medium.JWS else _is_gzip
        self.places: list[int] = []
        self.payloads: list[bytes] = []
        self._weight = 0

    def add(self, place: int, payload: bytes, blank: int) -> bool:
        """Add a message, with how many blank bytes stand before it; true once a chunk ends behind it."""
        self.places.append(place)
        self.payloads.append(payload)
        # A message, or what was signed of it, may itself be gzip, as on MQTT; then it weighs what it may inflate to.
        self._weight += native.LARGEST if self._inflates(payload) else len(payload)
        # Blank lines take time to read, and only between chunks is it asked whether to go on.
        self._weight += blank
        return self._weight >= CHUNK_BYTES or len(self.payloads) >= CHUNK_MESSAGES


def _is_gzip(payload: bytes) -> bool:
    return payload.startswith(MAGIC)


def _messages(medium: Medium, blocks: Iterable[bytes]) -> Iterator[Line]:
    heading: bytes | None = None
    for several in lines(blocks, LONGEST_LINE):
        if medium is not Medium.CSV:
            yield from several
            continue
        for place, line, blank in several:
            if heading is None:
                heading = _heading(line)
            else:
                # With its heading a line means by itself what it means here, in quarantine too.
                yield place, heading + line, blank


def _heading(line: bytes) -> bytes:
    if len(line) > table.LONGEST_HEADING:
        raise TableUnusable(f"the first line names the columns and may have {table.LONGEST_HEADING} bytes")
    try:
        table.columns_of(line.decode())
    except UnicodeDecodeError:
        raise TableUnusable("the first line is not UTF-8 text") from None
    except DecodeError as error:
        raise TableUnusable(str(error)) from None
    return line + b"\n"


def _whole(blocks: Iterable[bytes]) -> bytes:
    parts, length = list[bytes](), 0
    for block in blocks:
        parts.append(block)
        length += len(block)
        if length > native.LARGEST + len(MARK):
            raise MessageTooLong(native.LARGEST)
    whole = b"".join(parts).removeprefix(MARK)
    if len(whole) > native.LARGEST:
        raise MessageTooLong(native.LARGEST)
    return whole


def _digest(before: bytes, payloads: list[bytes]) -> bytes:
    digest = sha256(before)
    digest.update(b"\n".join(payloads))
    return digest.digest()
