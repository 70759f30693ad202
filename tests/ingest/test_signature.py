import pytest

from ingest.formats import format_called
from ingest.jws import read_jws
from ingest.signature import verifies
from ingest.signature_errors import BadJws
from store.public_key import Algorithm, PublicKey, read_public_key
from tests.services.signing import Signer

ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

_ED25519 = b'{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
_ED25519_SIGNED = (
    b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR"
    b"4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
)
_ES256 = (
    b'{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",'
    b'"y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}'
)
_ES256_SIGNED = (
    b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
    b"cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)
PUBLISHED = {"RFC 8037, A.4": (_ED25519, _ED25519_SIGNED), "RFC 7515, A.3": (_ES256, _ES256_SIGNED)}


@pytest.mark.parametrize("vector", PUBLISHED)
def test_a_published_signature_holds_over_its_exact_bytes_alone(vector: str) -> None:
    key, jws = PUBLISHED[vector]
    public_key = read_public_key(key)
    # The examples name no key, and so are no messages of ours; the bytes and the signature are what is tried.
    with pytest.raises(BadJws, match="kid"):
        read_jws(jws)
    signed, _, last = jws.rpartition(b".")
    signature = read_jws(Signer(public_key.algorithm, "k").compact(b"{}").rpartition(b".")[0] + b"." + last).signature
    assert verifies(public_key, signed, signature)
    assert not verifies(public_key, signed.replace(b".", b".."), signature)
    assert not verifies(public_key, signed.swapcase(), signature)


def numbers(signature: bytes, order: int, algorithm: Algorithm) -> dict[str, bytes]:
    """Malformed signatures made of a good one."""
    little = algorithm is Algorithm.ED25519
    r, s = signature[:32], signature[32:]
    value = int.from_bytes(s, "little" if little else "big")

    def whole(number: int) -> bytes:
        return number.to_bytes(32, "little" if little else "big")

    made = {
        "nothing": b"",
        "all zero": bytes(64),
        "r zero": bytes(32) + s,
        "s zero": r + bytes(32),
        "s the order": r + whole(order),
        "r all ones": b"\xff" * 32 + s,
        "all ones": b"\xff" * 64,
        "short": signature[:-1],
        "long": signature + b"\0",
        "swapped": s + r,
        "half": r,
    }
    if value + order < 2**256:
        made["s not reduced"] = r + whole(value + order)
    if not little:
        made["r the order"] = whole(order) + s
        made["DER"] = b"\x30\x44\x02\x20" + r + b"\x02\x20" + s
    return made


ORDERS = {
    Algorithm.ED25519: ED25519_ORDER,
    Algorithm.ES256: P256_ORDER,
    Algorithm.SM2SM3: 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123,
}


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_malformed_signature_never_holds_and_never_fails_otherwise(algorithm: Algorithm) -> None:
    signer = Signer(algorithm, "k")
    good = signer.sign(b"signed")
    assert verifies(signer.public_key, b"signed", good)
    malformed = numbers(good, ORDERS[algorithm], algorithm)
    assert len(malformed) >= 11
    for name, signature in malformed.items():
        assert not verifies(signer.public_key, b"signed", signature), name
    assert not verifies(Signer(algorithm, "k", seed=2).public_key, b"signed", good)


def test_ed25519_refuses_s_beyond_the_order() -> None:
    signer = Signer(Algorithm.ED25519, "k")
    good = signer.sign(b"signed")
    beyond = int.from_bytes(good[32:], "little") + ED25519_ORDER
    assert not verifies(signer.public_key, b"signed", good[:32] + beyond.to_bytes(32, "little"))


def test_the_other_root_of_an_es256_signature_holds_so_that_no_digest_of_it_may_tell_messages_apart() -> None:
    signer = Signer(Algorithm.ES256, "k")
    good = signer.sign(b"signed")
    other = P256_ORDER - int.from_bytes(good[32:], "big")
    assert verifies(signer.public_key, b"signed", good[:32] + other.to_bytes(32, "big"))


def test_a_stored_key_that_is_none_is_a_fault_of_ours() -> None:
    assert format_called("native-jws").name == "native-jws"
    rsa = PublicKey(Algorithm.ES256, bytes.fromhex("302a300506032b656e032100") + bytes(31) + b"\x09")
    with pytest.raises(TypeError, match="X25519"):
        verifies(rsa, b"signed", bytes(64))
