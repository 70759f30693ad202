"""Verification of SM2 signatures, GB/T 32918.2-2016, on the recommended curve of GB/T 32918.5-2017, with SM3.

Only public values enter: a public key, a message and a signature. So time may depend on them, and nothing here signs.
Why our own: docs/decisions/0017-sm2-on-our-own-integers.md.

Examples
--------
The example of GB/T 32918.5-2017, A.2:

>>> point = (
...     0x09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020,
...     0xCCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13,
... )
>>> signature = bytes.fromhex(
...     "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
...     "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
... )
>>> verifies(point, b"message digest", signature), verifies(point, b"message Digest", signature)
(True, False)
"""

from functools import lru_cache
from itertools import pairwise

from cryptography.hazmat.primitives.hashes import SM3, Hash

Point = tuple[int, int]
"""Affine coordinates of a point of the curve that is not the point at infinity."""

_Jacobian = tuple[int, int, int]

DEFAULT_ID = b"1234567812345678"
"""User id where none was agreed, GM/T 0009."""

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G: Point = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)

_BYTES = 32
_WINDOW = 4
_WIDTH = 5
_INFINITY: _Jacobian = (1, 1, 0)


def on_curve(point: Point) -> bool:
    """Whether coordinates are those of a point of the curve; its order is prime, so every such point will do."""
    x, y = point
    return 0 <= x < P and 0 <= y < P and (y * y - (x * x + A) * x - B) % P == 0


def verifies(point: Point, message: bytes, signature: bytes) -> bool:
    """Whether a signature of a message, r‖s, holds under a public key with the default user id.

    Parameters
    ----------
    point
        Public key, a point of the curve.
    signature
        64 bytes; r and s outside of 1 … n - 1 never hold.
    """
    if len(signature) != 2 * _BYTES:
        return False
    r, s = int.from_bytes(signature[:_BYTES], "big"), int.from_bytes(signature[_BYTES:], "big")
    t = (r + s) % N
    if not 0 < r < N or not 0 < s < N or t == 0:
        return False
    x, _, z = _add_points(_times_base(s), _times(t, point))
    if z == 0:
        return False
    affine = x * pow(z * z, -1, P) % P
    return (int.from_bytes(_sm3(_identity(point), message), "big") + affine) % N == r


@lru_cache(maxsize=4096)
def _identity(point: Point) -> bytes:
    """Z of GB/T 32918.2, 5.5: digest of user id, curve and public key."""
    numbers = b"".join(number.to_bytes(_BYTES, "big") for number in (A, B, *G, *point))
    return _sm3((len(DEFAULT_ID) * 8).to_bytes(2, "big"), DEFAULT_ID, numbers)


def _sm3(*parts: bytes) -> bytes:
    digest = Hash(SM3())
    for part in parts:
        digest.update(part)
    return digest.finalize()


def _times_base(number: int) -> _Jacobian:
    """Multiple of the base point: one addition for each digit of base 16."""
    total = _INFINITY
    for row in _base_table():
        digit = number & (1 << _WINDOW) - 1
        number >>= _WINDOW
        if digit:
            total = _add(total, row[digit - 1])
    return total


@lru_cache(maxsize=1)
def _base_table() -> list[list[Point]]:
    """Row i holds 1 … 15 times 16^i times the base point."""
    rows = []
    step = G
    for _ in range(_BYTES * 8 // _WINDOW):
        multiples: list[_Jacobian] = [(*step, 1)]
        for _ in range((1 << _WINDOW) - 1):
            multiples.append(_add(multiples[-1], step))
        *row, step = _affine(multiples)
        rows.append(row)
    return rows


def _times(number: int, point: Point) -> _Jacobian:
    """Multiple of any point, by a sliding window of signed odd digits."""
    twice = _affine([_double((*point, 1))])[0]
    odd: list[_Jacobian] = [(*point, 1)]
    for _ in range((1 << _WIDTH - 2) - 1):
        odd.append(_add(odd[-1], twice))
    multiples = _affine(odd)
    total = _INFINITY
    for digit in reversed(_signed_digits(number)):
        total = _double(total)
        if digit > 0:
            total = _add(total, multiples[digit >> 1])
        elif digit < 0:
            x, y = multiples[-digit >> 1]
            total = _add(total, (x, P - y))
    return total


def _signed_digits(number: int) -> list[int]:
    """Digits of base two, lowest first, each zero or odd and less than 2⁴ in size, few of them not zero."""
    digits = []
    while number:
        digit = 0
        if number & 1:
            digit = number & (1 << _WIDTH) - 1
            if digit >> _WIDTH - 1:
                digit -= 1 << _WIDTH
            number -= digit
        digits.append(digit)
        number >>= 1
    return digits


def _affine(points: list[_Jacobian]) -> list[Point]:
    """Affine coordinates of points that are not at infinity, for one inversion."""
    products = [1]
    for _, _, z in points:
        products.append(products[-1] * z % P)
    inverse = pow(products[-1], -1, P)
    found = []
    for (x, y, z), (before, _) in zip(reversed(points), reversed(list(pairwise(products))), strict=True):
        own = inverse * before % P
        inverse = inverse * z % P
        square = own * own % P
        found.append((x * square % P, y * square * own % P))
    return found[::-1]


def _double(point: _Jacobian) -> _Jacobian:
    x, y, z = point
    if z == 0:
        return _INFINITY
    yy = y * y % P
    zz = z * z % P
    s = 4 * x * yy % P
    m = 3 * (x - zz) * (x + zz) % P
    tripled = (m * m - 2 * s) % P
    return tripled, (m * (s - tripled) - 8 * yy * yy) % P, 2 * y * z % P


def _add(point: _Jacobian, other: Point) -> _Jacobian:
    """Sum of a point in Jacobian and one in affine coordinates."""
    x, y, z = point
    if z == 0:
        return (*other, 1)
    zz = z * z % P
    h = (other[0] * zz - x) % P
    r = (other[1] * zz * z - y) % P
    if h == 0:
        return _INFINITY if r else _double(point)
    hh = h * h % P
    hhh = h * hh % P
    v = x * hh % P
    total = (r * r - hhh - 2 * v) % P
    return total, (r * (v - total) - y * hhh) % P, z * h % P


def _add_points(point: _Jacobian, other: _Jacobian) -> _Jacobian:
    return point if other[2] == 0 else _add(point, _affine([other])[0])
