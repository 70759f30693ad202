"""Numerals of a whole batch at once: a tenth of a microsecond each, where one by one takes three or four times that.

Exact like :func:`metrology.quantity.to_count`: digits are looked at as characters and read as integers; no float.
"""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from ingest.message import Number
from metrology.quantity import LONGEST_NUMBER, SAFE_DIGITS

_END, _MINUS, _POINT, _ZERO, _NINE = b"\n-.09"
_POWERS = 10 ** np.arange(SAFE_DIGITS + 1, dtype=np.int64)


def plain_counts(
    indications: Sequence[Number], decimals: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Counts of the usual case, digits with at most one point and perhaps a minus before them, and which they are.

    What is not plain may yet be a number: that is for :func:`metrology.quantity.to_count` to say.

    Parameters
    ----------
    indications
        Numbers as the wire wrote them, and whatever stands in their place.
    decimals
        Decimal digits of each register's resolution, at most fifteen.

    Returns
    -------
    Count of each [resolution steps], 0 where it is not plain; and whether it is.

    Examples
    --------
    >>> counts, plain = plain_counts(["10008.038", "-1.5", 7, "1e3"], np.array([3, 3, 0, 0]))
    >>> counts.tolist(), plain.tolist()
    ([10008038, -1500, 7, 0], [True, True, True, False])
    """
    if not indications:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.bool_)
    try:
        numerals = "\n".join(indications)  # nearly always all are text; else it says so
    except TypeError:
        return plain_counts([_text(indication) for indication in indications], decimals)
    if len(numerals) > len(indications) * (LONGEST_NUMBER + 1):  # what follows takes twenty times as much room
        return plain_counts([text if len(text) <= LONGEST_NUMBER else "" for text in indications], decimals)
    letters = np.frombuffer(f"{numerals}\n".encode(errors="replace"), dtype=np.uint8)
    ends = np.flatnonzero(letters == _END)
    if len(ends) != len(indications):  # a text of several lines, which is no number
        return plain_counts([_text(indication) for indication in indications], decimals)
    starts = np.append(0, ends[:-1] + 1)
    points = np.flatnonzero(letters == _POINT)
    pointed = np.searchsorted(ends, points)
    fraction = np.zeros(len(ends), dtype=np.int64)
    fraction[pointed] = ends[pointed] - points - 1
    negative = letters[starts] == _MINUS
    missing = decimals - fraction
    digits = ends - starts - negative - np.bincount(pointed, minlength=len(ends))
    plain = (missing >= 0) & (digits > 0) & (digits + missing <= SAFE_DIGITS)
    strange = (letters - _ZERO > _NINE - _ZERO) & (letters != _POINT)  # what is below zero wraps around
    strange[ends] = False
    strange[starts[negative]] = False
    plain[np.searchsorted(ends, np.flatnonzero(strange))] = False
    plain[pointed[1:][pointed[1:] == pointed[:-1]]] = False  # two points
    if not plain.all():
        numerals = "\n".join(
            [text if is_plain else "0" for text, is_plain in zip(indications, plain.tolist(), strict=True)]
        )
        missing[~plain] = 0
    return np.fromstring(numerals.replace(".", ""), dtype=np.int64, sep="\n") * _POWERS[missing], plain


def _text(indication: object) -> str:
    """An indication that may be a plain numeral, as text; a float is none, by type, nor is True."""
    return str(indication).replace("\n", " ") if type(indication) in {str, int, Decimal} else ""
