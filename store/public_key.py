"""Public keys of instruments: read from what makers deliver, kept as SubjectPublicKeyInfo in DER.

Examples
--------
>>> key = read_public_key(b'{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}')
>>> key.algorithm.value, len(key.spki)
('EdDSA', 44)
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from store import sm2
from store.errors import PublicKeyRefused

LARGEST = 8192
"""Largest file of a public key [bytes]."""


class Algorithm(StrEnum):
    """Algorithms of signed messages, spelled as on the wire (`alg`)."""

    ED25519 = "EdDSA"
    ES256 = "ES256"
    SM2SM3 = "SM2SM3"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key, SubjectPublicKeyInfo in DER, and the one algorithm that it is for."""

    algorithm: Algorithm
    spki: bytes


# SubjectPublicKeyInfo of each algorithm up to the key itself; points are uncompressed.
_HEAD = {
    Algorithm.ED25519: bytes.fromhex("302a300506032b6570032100"),
    Algorithm.ES256: bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004"),
    Algorithm.SM2SM3: bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004"),
}
_COORDINATE = 32
_LENGTH = {Algorithm.ED25519: 32, Algorithm.ES256: 64, Algorithm.SM2SM3: 64}
_CURVES = {"Ed25519": Algorithm.ED25519, "P-256": Algorithm.ES256, "SM2": Algorithm.SM2SM3}
_PEM = re.compile(rb"\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*")

# y of the points of small order of Curve25519's Edwards form, and other spellings of them: under such a key a
# signature holds for messages that nobody signed.
_SMALL_ORDER = frozenset(
    bytes.fromhex(text)
    for text in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
)


def read_public_key(text: bytes, algorithm: Algorithm | None = None) -> PublicKey:
    """Public key from PEM, JWK or bare hexadecimal digits.

    Parameters
    ----------
    text
        PEM (`PUBLIC KEY`), a JSON Web Key with `kty` OKP or EC and `crv` Ed25519, P-256 or SM2, or hexadecimal digits:
        32 bytes of Ed25519, or X‖Y of a point, with or without 04 before it.
    algorithm
        The algorithm that the key is for; needed for the digits of a point, checked otherwise.

    Raises
    ------
    PublicKeyRefused
        if it is not one public key of a known algorithm, or one that proves nothing.
    """
    if len(text) > LARGEST:
        raise PublicKeyRefused(f"{len(text)} bytes are more than any public key has")
    stripped = text.strip()
    if stripped.startswith(b"{"):
        found = _from_jwk(stripped)
    elif pem := _PEM.fullmatch(text):
        found = _from_der(_unbase64(b"".join(pem[1].split())))
    else:
        found = _from_digits(stripped, algorithm)
    if algorithm is not None and found.algorithm is not algorithm:
        raise PublicKeyRefused(f"it is for {found.algorithm.value}, not for {algorithm.value}")
    _examine(found)
    return found


def to_pem(key: PublicKey) -> str:
    """PEM text of a public key."""
    lines = base64.encodebytes(key.spki).decode().replace("\n", "")
    wrapped = "\n".join(lines[start : start + 64] for start in range(0, len(lines), 64))
    return f"-----BEGIN PUBLIC KEY-----\n{wrapped}\n-----END PUBLIC KEY-----\n"


def bare(key: PublicKey) -> bytes:
    """Key without its frame: 32 bytes of Ed25519, X‖Y of a point."""
    return key.spki[len(_HEAD[key.algorithm]) :]


def point_of(key: PublicKey) -> sm2.Point:
    """Coordinates of a point."""
    digits = bare(key)
    return int.from_bytes(digits[:32], "big"), int.from_bytes(digits[32:], "big")


def _framed(algorithm: Algorithm, digits: bytes) -> PublicKey:
    if len(digits) != _LENGTH[algorithm]:
        raise PublicKeyRefused(f"{len(digits)} bytes are no key of {algorithm.value}, which has {_LENGTH[algorithm]}")
    return PublicKey(algorithm, _HEAD[algorithm] + digits)


def _from_der(der: bytes) -> PublicKey:
    for algorithm, head in _HEAD.items():
        if der.startswith(head):
            return _framed(algorithm, der[len(head) :])
    raise PublicKeyRefused("only Ed25519, P-256 and SM2 are known, points uncompressed and on a named curve")


def _from_jwk(text: bytes) -> PublicKey:
    try:
        members: dict[str, Any] = json.loads(text)
        if "d" in members:
            raise PublicKeyRefused("it holds a private key: make a new one, and keep its private part in the device")
        algorithm = _CURVES[members["crv"]]
        names = ("x",) if algorithm is Algorithm.ED25519 else ("x", "y")
        if members["kty"] != ("OKP" if algorithm is Algorithm.ED25519 else "EC"):
            raise PublicKeyRefused("its kty does not go with its crv")
        parts = [_unbase64(members[name].encode() + b"=" * (-len(members[name]) % 4), url=True) for name in names]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PublicKeyRefused(f"not a JSON Web Key of Ed25519, P-256 or SM2: {error!r}") from error
    if any(len(part) != _COORDINATE for part in parts):
        raise PublicKeyRefused("a coordinate has 32 bytes")
    return _framed(algorithm, b"".join(parts))


def _from_digits(text: bytes, algorithm: Algorithm | None) -> PublicKey:
    try:
        digits = bytes.fromhex(text.decode("ascii"))
    except ValueError as error:
        raise PublicKeyRefused("neither PEM (PUBLIC KEY) nor a JSON Web Key nor hexadecimal digits") from error
    if len(digits) == 65 and digits[0] == 4:  # noqa: PLR2004 - SEC 1, 2.3.3: 04 stands before an uncompressed point
        digits = digits[1:]
    if algorithm is None:
        if len(digits) != _LENGTH[Algorithm.ED25519]:
            raise PublicKeyRefused("digits of a point do not tell P-256 from SM2: say the algorithm")
        algorithm = Algorithm.ED25519
    return _framed(algorithm, digits)


def _unbase64(text: bytes, *, url: bool = False) -> bytes:
    try:
        return base64.b64decode(text, altchars=b"-_" if url else None, validate=True)
    except binascii.Error as error:
        raise PublicKeyRefused(f"not Base64: {error}") from error


def _examine(key: PublicKey) -> None:
    """Refuse what is no point of its curve, or one under which signatures prove nothing."""
    if key.algorithm is Algorithm.SM2SM3:
        if not sm2.on_curve(point_of(key)):
            raise PublicKeyRefused("its point is not on the curve of SM2")
        return
    try:
        loaded = load_der_public_key(key.spki)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise PublicKeyRefused(f"it is no key of {key.algorithm.value}: {error}") from error
    if isinstance(loaded, Ed25519PublicKey):
        digits = bare(key)
        if digits[:-1] + bytes([digits[-1] & 0x7F]) in _SMALL_ORDER:
            raise PublicKeyRefused("a key of small order proves nothing")
    elif not (isinstance(loaded, EllipticCurvePublicKey) and isinstance(loaded.curve, SECP256R1)):
        raise PublicKeyRefused(f"it is no key of {key.algorithm.value}")
    if loaded.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != key.spki:
        raise PublicKeyRefused("it is not written in the one canonical form")
