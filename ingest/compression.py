"""Inflating gzip without trusting it: never more output than a message may have."""

import zlib

from ingest.errors import BadCompression, TooLarge

MAGIC = b"\x1f\x8b"
"""First bytes of gzip, RFC 1952."""

_GZIP = 16 + zlib.MAX_WBITS


def inflated_size(payload: bytes) -> int:
    """Content of a payload as it is, or inflated [bytes]: gzip says it in its last four bytes (RFC 1952, 2.3.1).

    What says less than it holds, :func:`inflate` does not take.
    """
    if payload.startswith(MAGIC):
        return max(len(payload), int.from_bytes(payload[-4:], "little"))
    return len(payload)


def inflate(payload: bytes, largest: int) -> bytes:
    """Content of one whole gzip stream.

    Parameters
    ----------
    largest
        Most that it may inflate to [bytes]; no more than that is ever held.

    Raises
    ------
    TooLarge
        if there is more.
    BadCompression
        if the stream is damaged, cut short, or followed by something else.
    """
    inflater = zlib.decompressobj(_GZIP)
    try:
        content = inflater.decompress(payload, largest + 1)
    except zlib.error as error:
        raise BadCompression(str(error)) from error
    if len(content) > largest:
        raise TooLarge(len(payload), largest, inflated=True)
    if not inflater.eof:
        raise BadCompression("the stream is cut short")
    if inflater.unused_data:
        raise BadCompression("something follows the stream")
    return content
