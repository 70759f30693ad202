"""Exact decimal ↔ integer conversion: an indication is a count of its register's resolution.

A decimal on the wire becomes an integer exactly or is refused; it is never rounded (DESIGN §3, *Exact until judged*).
"""

from decimal import Decimal, InvalidOperation

from metrology.errors import NotANumber, OutOfRange, TooFine

LARGEST_COUNT = 10**15 - 1
"""Largest count that is taken [resolution steps]: no register has more than fifteen digits, differences of two counts
stay far inside the store's 64 bits, and a double holds each exactly."""

LONGEST_NUMBER = 64
"""Longest text of a number that is looked at [characters]: no register has more digits."""

LARGEST_EXPONENT = 40
"""Largest decimal exponent worth expanding: beyond it no register reaches, and expansion would cost memory."""

SAFE_DIGITS = 15
_POWERS: tuple[int, ...] = tuple(10**power for power in range(SAFE_DIGITS + 1))
_SAFE_WHOLE = 10**9


def to_count(indication: str | int | Decimal, decimals: int) -> int:
    """Count of resolution steps that an indication is, exactly.

    Parameters
    ----------
    indication
        The number as written on the wire [the register's unit]. A float is refused by type: its digits are not
        those of the wire.
    decimals
        Decimal digits of the register's resolution: 3 for 0.001.

    Raises
    ------
    NotANumber
        for NaN, infinities, empty or non-numeric text.
    TooFine
        if the indication has digits below the resolution.
    OutOfRange
        if the count has more than fifteen digits.

    Examples
    --------
    >>> to_count("1234.567", 3)
    1234567
    >>> to_count("1234.5670", 3)
    1234567
    >>> to_count("0.0005", 3)
    Traceback (most recent call last):
    metrology.errors.TooFine: indication '0.0005' is finer than the register's resolution 0.001
    """
    plain = plain_count(indication, decimals)
    if plain is not None:
        return plain
    if isinstance(indication, str) and (
        len(indication) > LONGEST_NUMBER or not indication.isascii() or "_" in indication
    ):
        raise NotANumber(indication)
    try:
        number = Decimal(indication)
    except (InvalidOperation, ValueError) as error:
        raise NotANumber(indication) from error
    if not number.is_finite():
        raise NotANumber(indication)
    if number and abs(number.adjusted()) > LARGEST_EXPONENT:
        raise OutOfRange(indication) if number.adjusted() > 0 else TooFine(indication, str(resolution(decimals)))
    if not number:
        return 0
    sign, digits, exponent = number.as_tuple()
    shift = int(exponent) + decimals
    magnitude = int("".join(map(str, digits)))
    if shift >= 0:
        count = magnitude * int(10**shift)
    else:
        count, remainder = divmod(magnitude, 10**-shift)
        if remainder:
            raise TooFine(indication, str(resolution(decimals)))
    if count > LARGEST_COUNT:
        raise OutOfRange(indication)
    return -count if sign else count


def plain_count(indication: object, decimals: int) -> int | None:
    """Count of the usual case, unsigned digits with at most one point, without the cost of Decimal; None otherwise.

    Examples
    --------
    >>> plain_count("1234.567", 3)
    1234567
    >>> plain_count("-1.5", 3) is plain_count(1.5, 3) is None
    True
    """
    if type(indication) is str:
        whole, _, fraction = indication.partition(".")
        digits = whole + fraction
        missing = decimals - len(fraction)
        if missing >= 0 and len(digits) + missing <= SAFE_DIGITS and digits.isascii() and digits.isdigit():
            return int(digits) * _POWERS[missing]
    elif type(indication) is int and 0 <= indication <= _SAFE_WHOLE:
        return indication * _POWERS[decimals]
    return None


def to_decimal(count: int, decimals: int) -> Decimal:
    """Indication that a count stands for [the register's unit], with all digits of the resolution.

    Examples
    --------
    >>> to_decimal(1234567, 3)
    Decimal('1234.567')
    >>> str(to_decimal(-5, 3))
    '-0.005'
    >>> str(to_decimal(0, 2))
    '0.00'
    """
    return Decimal(f"{count}E-{decimals}") if decimals else Decimal(count)


def to_text(count: int, decimals: int) -> str:
    """Indication as plain decimal text, never in exponent form: what the API shows.

    Examples
    --------
    >>> to_text(1, 7)
    '0.0000001'
    """
    return f"{to_decimal(count, decimals):f}"


def resolution(decimals: int) -> Decimal:
    """Smallest step of a register [its unit].

    Examples
    --------
    >>> resolution(3)
    Decimal('0.001')
    """
    return Decimal(1).scaleb(-decimals)
