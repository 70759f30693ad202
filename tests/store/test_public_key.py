import json

import pytest

from store.errors import PublicKeyRefused
from store.public_key import Algorithm, PublicKey, bare, read_public_key, to_pem
from tests.services.signing import Signer, encode


def jwk(key: PublicKey) -> bytes:
    digits = bare(key)
    if key.algorithm is Algorithm.ED25519:
        return json.dumps({"kty": "OKP", "crv": "Ed25519", "x": encode(digits)}).encode()
    crv = "P-256" if key.algorithm is Algorithm.ES256 else "SM2"
    return json.dumps({"kty": "EC", "crv": crv, "x": encode(digits[:32]), "y": encode(digits[32:])}).encode()


@pytest.mark.parametrize("algorithm", Algorithm)
def test_every_way_to_write_a_key_is_the_same_key(algorithm: Algorithm) -> None:
    key = Signer(algorithm, "k").public_key
    digits = bare(key).hex().encode()
    assert read_public_key(to_pem(key).encode()) == key
    assert read_public_key(jwk(key)) == key
    assert read_public_key(digits + b"\n", algorithm) == key
    if algorithm is not Algorithm.ED25519:
        assert read_public_key(b"04" + digits, algorithm) == key


P256 = Signer(Algorithm.ES256, "k").public_key
ED25519 = Signer(Algorithm.ED25519, "k").public_key
SMALL = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"

REFUSED: dict[str, tuple[bytes, Algorithm | None, str]] = {
    "nothing": (b"", Algorithm.ED25519, "0 bytes are no key"),
    "prose": (b"my key", None, "neither PEM"),
    "too much": (b"0" * 9000, None, "more than any"),
    "digits of a point without its algorithm": (bare(P256).hex().encode(), None, "say the algorithm"),
    "another algorithm than said": (to_pem(P256).encode(), Algorithm.SM2SM3, "it is for ES256"),
    "a point of another curve": (bare(P256).hex().encode(), Algorithm.SM2SM3, "not on the curve of SM2"),
    "a point beside its curve": ((bare(P256)[:-1] + b"\0").hex().encode(), Algorithm.ES256, "no key of ES256"),
    "a key of small order": (SMALL.encode(), None, "small order"),
    "a key of small order, negative": ((SMALL[:-2] + "85").encode(), None, "small order"),
    "a private key": (jwk(ED25519).replace(b"}", b', "d": "AAAA"}'), None, "private key"),
    "a JWK of another sort": (b'{"kty": "RSA", "n": "AQAB", "e": "AQAB"}', None, "not a JSON Web Key"),
    "a JWK at odds with itself": (jwk(P256).replace(b"EC", b"OKP"), None, "kty does not go"),
    "a short coordinate": (jwk(ED25519).replace(encode(bare(ED25519)).encode(), b"AAAA"), None, "32 bytes"),
    "a certificate": (to_pem(P256).replace("PUBLIC KEY", "CERTIFICATE").encode(), None, "neither PEM"),
    "PEM of nothing known": (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", None, "only Ed25519"),
    "PEM that is no Base64": (b"-----BEGIN PUBLIC KEY-----\nAAA\n-----END PUBLIC KEY-----", None, "not Base64"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_key_or_proves_nothing_is_refused(case: str) -> None:
    text, algorithm, reason = REFUSED[case]
    with pytest.raises(PublicKeyRefused, match=reason):
        read_public_key(text, algorithm)
