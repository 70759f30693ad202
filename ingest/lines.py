"""Blocks of bytes cut into lines, of which never more than one is held beyond a block."""

from collections.abc import Iterable, Iterator

from ingest.push_errors import LineTooLong

MARK = b"\xef\xbb\xbf"
"""Byte order mark, which spreadsheets put before UTF-8."""


def lines(blocks: Iterable[bytes], largest: int) -> Iterator[list[tuple[int, bytes]]]:
    r"""Lines with their numbers, from 1, as many at once as a block completes; empty ones are left out.

    Parameters
    ----------
    largest
        Longest line that is held [bytes].

    Raises
    ------
    LineTooLong
        after every line before it was given out.

    Examples
    --------
    >>> list(lines([b"a\r\nb", b"c\n\n", b"d"], 10))
    [[(1, b'a')], [(2, b'bc')], [(4, b'd')]]
    """
    number, rest, length = 1, list[bytes](), 0
    for block in blocks:
        *whole, last = block.split(b"\n")
        if whole:
            length += len(whole[0])
            if length > largest:
                raise LineTooLong(number, largest)
            whole[0] = b"".join([*rest, whole[0]])
            rest, length = [], 0
            kept = _kept(number, whole)
            number += len(whole)
            if kept:
                yield kept
        rest.append(last)
        length += len(last)
        if length > largest:
            raise LineTooLong(number, largest)
    kept = _kept(number, [b"".join(rest)])
    if kept:
        yield kept


def _kept(first: int, whole: list[bytes]) -> list[tuple[int, bytes]]:
    if first == 1:
        whole[0] = whole[0].removeprefix(MARK)
    stripped = [line.removesuffix(b"\r") for line in whole]
    return [(number, line) for number, line in enumerate(stripped, first) if line and not line.isspace()]
