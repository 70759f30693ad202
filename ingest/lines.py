"""Blocks of bytes cut into lines, of which never more than one is held beyond a block."""

from collections.abc import Iterable, Iterator

from ingest.push_errors import ContentBlank, LineTooLong

MARK = b"\xef\xbb\xbf"
"""Byte order mark, which spreadsheets put before UTF-8."""

LONGEST_BLANK = 2**20
"""Most blank lines in a row [bytes]: they make no message, so nothing else would end a push of them or slow it down."""

Line = tuple[int, bytes, int]
"""Number of a line, from 1; what it says; and how many bytes of blank lines stand before it."""


def lines(blocks: Iterable[bytes], largest: int) -> Iterator[list[Line]]:
    r"""Lines, as many at once as a block completes; blank ones are left out.

    Parameters
    ----------
    largest
        Longest line that is held [bytes].

    Raises
    ------
    LineTooLong, ContentBlank
        after every line before was given out.

    Examples
    --------
    >>> list(lines([b"a\r\nb", b"c\n\n", b"d"], 10))
    [[(1, b'a', 0)], [(2, b'bc', 0)], [(4, b'd', 1)]]
    """
    sieve, rest, length = _Sieve(), list[bytes](), 0
    for block in blocks:
        *whole, last = block.split(b"\n")
        if whole:
            length += len(whole[0])
            if length > largest:
                raise LineTooLong(sieve.number, largest)
            whole[0] = b"".join([*rest, whole[0]])
            rest, length = [], 0
            yield from sieve.kept(whole)
        rest.append(last)
        length += len(last)
        if length > largest:
            raise LineTooLong(sieve.number, largest)
    yield from sieve.kept([b"".join(rest)])


class _Sieve:
    """Lets through what is not blank.

    Parameters
    ----------
    number
        Number of the next line.
    """

    def __init__(self) -> None:
        self.number = 1
        self._blank = 0

    def kept(self, whole: list[bytes]) -> Iterator[list[Line]]:
        """The lines that are not blank, in one list, if there are any."""
        if self.number == 1:
            whole[0] = whole[0].removeprefix(MARK)
        found, blank = list[Line](), self._blank
        for number, line in enumerate(whole, self.number):
            if line and not line.isspace():
                found.append((number, line.removesuffix(b"\r"), blank))
                blank = 0
                continue
            blank += len(line) + 1
            if blank > LONGEST_BLANK:
                if found:
                    yield found
                raise ContentBlank(number, LONGEST_BLANK)
        self.number += len(whole)
        self._blank = blank
        if found:
            yield found
