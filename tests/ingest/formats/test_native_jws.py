import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import BadStructure, DecodeError, TooLarge
from ingest.formats import format_called
from ingest.message import Message, SignedMessage
from ingest.signature_errors import BadJws, NotOneMessage, UnsupportedAlgorithm
from ingest.topics import parse
from store.public_key import Algorithm
from tests.services.signing import Signer, encode

SIGNER = Signer(Algorithm.ED25519, "pump-7")
SAID = {"instrument": "F-1", "seq": 812, "readings": [{"taken_at": "2026-11-22T08:15:00+08:00", "registers": {}}]}
decode = format_called("native-jws").decode


def header(**members: Any) -> bytes:
    return SIGNER.compact(SAID, **members)


def unsigned(protected: str | bytes) -> bytes:
    text = protected.encode() if isinstance(protected, str) else protected
    return f"{encode(text)}.{encode(json.dumps(SAID).encode())}.{encode(bytes(64))}".encode()


@pytest.mark.parametrize("payload", [SIGNER.compact(SAID), SIGNER.flattened(SAID), b" " + SIGNER.flattened(SAID)])
def test_a_message_comes_with_what_is_to_be_proven_of_it(payload: bytes) -> None:
    [message] = decode(payload)
    assert isinstance(message, SignedMessage)
    assert (message.instrument, message.seq, len(message.readings)) == ("F-1", 812, 1)
    assert (message.proof.kid, message.proof.algorithm) == ("pump-7", "EdDSA")
    assert message.proof.jws == SIGNER.compact(SAID)
    assert message.proof.signed == SIGNER.compact(SAID).rpartition(b".")[0]


def test_content_may_be_compressed_before_it_is_signed_and_not_after() -> None:
    content = gzip.compress(json.dumps(SAID).encode(), mtime=0)
    [message] = decode(SIGNER.compact(content))
    assert message.instrument == "F-1"
    with pytest.raises(BadJws, match="compress the content before signing"):
        decode(gzip.compress(SIGNER.compact(SAID)))


def test_a_native_message_cannot_bring_a_proof_of_its_own() -> None:
    forged = json.dumps(SAID | {"proof": {"kid": "pump-7", "algorithm": "EdDSA", "signed": "", "signature": ""}})
    [message] = format_called("native").decode(forged.encode())
    assert type(message) is Message


def test_the_contract_s_name_and_the_name_that_a_topic_can_hold_are_one() -> None:
    assert parse("telemetry/city/native+jws").format == parse("telemetry/city/native-jws/7").format == "native-jws"


REFUSED = {
    "nothing": (b"", BadJws),
    "two parts": (b"e30.e30", BadJws),
    "four parts": (SIGNER.compact(SAID) + b".", BadJws),
    "padding": (SIGNER.compact(SAID) + b"==", BadJws),
    "a line feed behind": (SIGNER.compact(SAID) + b"\n", BadJws),
    "a space before": (b" " + SIGNER.compact(SAID), BadJws),
    "other Base64": (SIGNER.compact(SAID)[:-1] + b"+", BadJws),
    "a header that is no JSON": (unsigned("{"), BadJws),
    "a header that is no object": (unsigned("[]"), BadJws),
    "a header that is no text": (unsigned(b"\xff\xfe"), BadJws),
    "a header of depth": (unsigned("[" * 10_000 + "]" * 10_000), BadJws),
    "a header that says a member twice": (unsigned('{"alg": "EdDSA", "alg": "none", "kid": "pump-7"}'), BadJws),
    "a header that names no algorithm": (unsigned('{"kid": "pump-7"}'), UnsupportedAlgorithm),
    "no kid": (unsigned('{"alg": "EdDSA"}'), BadJws),
    "a kid that is none": (header(kid=7), BadJws),
    "an empty kid": (header(kid=""), BadJws),
    "a long kid": (header(kid="k" * 129), BadJws),
    "alg none": (header(alg="none"), UnsupportedAlgorithm),
    "alg None": (header(alg="NONE"), UnsupportedAlgorithm),
    "alg HS256": (header(alg="HS256"), UnsupportedAlgorithm),
    "alg RS256": (header(alg="RS256"), UnsupportedAlgorithm),
    "alg ES384": (header(alg="ES384"), UnsupportedAlgorithm),
    "alg that is a list": (header(alg=["EdDSA"]), UnsupportedAlgorithm),
    "crit": (header(crit=["exp"], exp=1), BadJws),
    "crit of b64": (header(crit=["b64"], b64=True), BadJws),
    "b64 false": (header(b64=False), BadJws),
    "an unprotected header": (SIGNER.flattened(SAID, header={"kid": "x"}), BadJws),
    "general serialization": (b'{"payload": "e30", "signatures": []}', BadJws),
    "flattened without signature": (b'{"payload": "e30", "protected": "e30"}', BadJws),
    "flattened with numbers": (b'{"payload": 1, "protected": "e30", "signature": ""}', BadJws),
    "flattened beyond ASCII": ('{"payload": "é", "protected": "e30", "signature": ""}'.encode(), BadJws),
    "flattened that says a member twice": (
        SIGNER.flattened(SAID).replace(b'{"protected"', b'{"payload": "e30", "protected"'),
        BadJws,
    ),
    "a list": (b"[]", BadJws),
    "an unsigned message": (json.dumps(SAID).encode(), BadJws),
    "no message": (SIGNER.compact(b"[]"), NotOneMessage),
    "two messages": (SIGNER.compact(json.dumps([SAID, SAID]).encode()), NotOneMessage),
    "content that is no message": (SIGNER.compact(b"{}"), BadStructure),
    "too much": (b"x" * 2_000_000, TooLarge),
}


@pytest.mark.parametrize("case", REFUSED)
def test_whatever_is_not_one_signed_message_is_refused_with_its_cause(case: str) -> None:
    payload, error = REFUSED[case]
    with pytest.raises(error):
        decode(payload)


def test_keys_that_a_message_brings_along_are_passed_over() -> None:
    [message] = decode(header(jwk={"kty": "OKP"}, x5c=["AAAA"], jku="https://example.com/keys", x5u="x", typ="JOSE"))
    assert isinstance(message, SignedMessage)
    assert message.proof.kid == "pump-7"


@given(st.binary(max_size=200))
def test_answers_any_bytes_with_a_message_or_a_decode_error(payload: bytes) -> None:
    for attempt in (payload, SIGNER.compact(payload), unsigned(payload)):
        try:
            decode(attempt)
        except DecodeError:
            continue
