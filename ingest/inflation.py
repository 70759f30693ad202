"""Inflating gzip as it comes: in pieces of bounded size, however much a few bytes may inflate to."""

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain

from ingest.compression import MAGIC
from ingest.push_errors import ContentDamaged

PIECE = 2**18
"""Largest piece that is inflated at once [bytes]."""

_GZIP = 16 + zlib.MAX_WBITS


def opened(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Content as it is, or inflated where it begins as gzip does.

    Examples
    --------
    >>> list(opened([b"", b"o", b"ne"]))
    [b'one']
    """
    coming = iter(blocks)
    begin = b""
    while len(begin) < len(MAGIC) and (block := next(coming, None)) is not None:
        begin += block
    whole = chain([begin], coming)
    return inflated(whole) if begin.startswith(MAGIC) else whole


def inflated(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Content of gzip, piece by piece; several streams one after the other are read as one, as gunzip does.

    Raises
    ------
    ContentDamaged
        where the content is damaged or cut short.

    Examples
    --------
    >>> import gzip
    >>> b"".join(inflated([gzip.compress(b"one "), gzip.compress(b"two")]))
    b'one two'
    """
    inflater, inside = zlib.decompressobj(_GZIP), False
    for block in blocks:
        waiting = block
        while waiting:
            try:
                piece = inflater.decompress(waiting, PIECE)
            except zlib.error as error:
                raise ContentDamaged(str(error)) from error
            waiting, inside = inflater.unconsumed_tail, True
            if inflater.eof:
                waiting, inside = inflater.unused_data, False
                inflater = zlib.decompressobj(_GZIP)
            if piece:
                yield piece
    if inside:
        raise ContentDamaged("it is cut short")
