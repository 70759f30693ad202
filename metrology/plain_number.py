"""Estimates as plain decimal text: with the digits that their uncertainty leaves meaningful, never in exponent form."""

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal

_EXACT = Context(prec=700)  # room for every digit of the largest double beside the smallest
_SHORTEST = Context(prec=12, rounding=ROUND_HALF_EVEN)
_PLAIN_FROM = 1e-4
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def estimate(value: float, uncertainty: float | None) -> tuple[str, str | None]:
    """Value and expanded uncertainty: the uncertainty to two significant digits, the value to the same place.

    JCGM 100:2008 (GUM) §7.2.6. Without an uncertainty the value is exact and keeps its shortest form, at most 12
    significant digits. What is not finite is spelled out as such.

    Examples
    --------
    >>> estimate(12.3456, 0.4321)
    ('12.35', '0.43')
    >>> estimate(12345.6, 432.1)
    ('12350', '430')
    >>> estimate(0.1 + 0.2, None)
    ('0.3', None)
    """
    if not math.isfinite(value):
        return str(Decimal(repr(value))), None
    if uncertainty is not None and not math.isfinite(uncertainty):
        uncertainty = None
    if not uncertainty:
        return text(_SHORTEST.plus(Decimal(repr(value))).normalize()), None if uncertainty is None else "0"
    rounded = significant(uncertainty, 2)
    place = Decimal(1).scaleb(int(rounded.as_tuple().exponent))
    return text(Decimal(repr(value)).quantize(place, context=_EXACT)), text(rounded)


def significant(value: float, digits: int) -> Decimal:
    """Value rounded to a number of significant digits.

    Examples
    --------
    >>> significant(-31.04, 3)
    Decimal('-31.0')
    """
    number = Decimal(repr(value))
    if not number or not number.is_finite():
        return number
    rounded = Context(prec=digits, rounding=ROUND_HALF_EVEN).plus(number)
    place = rounded.adjusted() - digits + 1
    return rounded.quantize(Decimal(1).scaleb(place), context=_EXACT)


def probability(chance: float) -> str:
    """Probability to one significant digit, as a power of ten where it is tiny.

    Examples
    --------
    >>> probability(0.0004), probability(2.6e-9), probability(0.0)
    ('0.0004', '3×10⁻⁹', '0')
    """
    if chance == 0:
        return "0"
    if chance >= _PLAIN_FROM:
        return text(significant(chance, 1))
    digit, _, exponent = f"{chance:.0e}".partition("e")
    return f"{digit}×10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def text(number: Decimal) -> str:
    """Plain decimal text.

    Examples
    --------
    >>> text(Decimal("4.3E+2"))
    '430'
    """
    if number.is_zero():
        number = abs(number)  # there is no negative zero for a reader
    return f"{number:f}"
