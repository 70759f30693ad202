"""Whether a signature holds over the exact bytes that were signed, for each algorithm of the contract."""

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from store import sm2
from store.public_key import Algorithm, PublicKey, point_of

LENGTH = 64
"""Bytes of a signature, whichever the algorithm: R‖S of Ed25519, r‖s of the others (RFC 7518, 3.4); DER is refused."""

_ECDSA = ECDSA(SHA256())


def verifies(key: PublicKey, signed: bytes, signature: bytes) -> bool:
    """Whether a signature of these bytes holds under a key.

    Zero and numbers beyond the group's order never hold. For ES256 both (r, s) and (r, n - s) do, as the standard has
    it: the signature is no identity of a message, its content and counter are.
    """
    if len(signature) != LENGTH:
        return False
    if key.algorithm is Algorithm.SM2SM3:
        return sm2.verifies(_point(key), signed, signature)
    loaded = _loaded(key.spki)
    try:
        if isinstance(loaded, Ed25519PublicKey):
            loaded.verify(signature, signed)
        else:
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            loaded.verify(encode_dss_signature(r, s), signed, _ECDSA)
    except InvalidSignature:
        return False
    return True


# What OpenSSL makes of a key is some kilobytes: as many are kept as report within moments of each other.
@lru_cache(maxsize=10_000)
def _loaded(spki: bytes) -> Ed25519PublicKey | EllipticCurvePublicKey:
    loaded = load_der_public_key(spki)
    if not isinstance(loaded, Ed25519PublicKey | EllipticCurvePublicKey):
        raise TypeError(f"the store holds a key of {type(loaded).__name__}")
    return loaded


@lru_cache(maxsize=10_000)
def _point(key: PublicKey) -> sm2.Point:
    return point_of(key)
