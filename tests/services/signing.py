"""Instruments that sign: a key of each algorithm, made from a seed, and its signature as a JWS."""

import base64
import json
import random
from dataclasses import dataclass
from typing import Any

import gmalg
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from store.public_key import Algorithm, PublicKey, read_public_key

ID = b"1234567812345678"
"""Default user id of SM2."""


def encode(part: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


@dataclass(frozen=True)
class Signer:
    """A private key and the name of its public one."""

    algorithm: Algorithm
    kid: str
    seed: int = 1

    @property
    def public_key(self) -> PublicKey:
        """The public key as it is enrolled."""
        return read_public_key(self._bare().hex().encode(), self.algorithm)

    def sign(self, signed: bytes) -> bytes:
        """Signature, 64 bytes."""
        private = self._private()
        if isinstance(private, Ed25519PrivateKey):
            return private.sign(signed)
        if isinstance(private, EllipticCurvePrivateKey):
            r, s = decode_dss_signature(private.sign(signed, ECDSA(SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        r, s = gmalg.SM2(private, ID).sign(signed)
        return bytes(r.rjust(32, b"\0") + s.rjust(32, b"\0"))

    def compact(self, content: bytes | dict[str, Any], **header: Any) -> bytes:
        """JWS in compact serialization; `header` replaces or adds members of the protected one."""
        if isinstance(content, dict):
            content = json.dumps(content).encode()
        protected = {"alg": self.algorithm.value, "kid": self.kid} | header
        signed = f"{encode(json.dumps(protected).encode())}.{encode(content)}".encode()
        return signed + b"." + encode(self.sign(signed)).encode()

    def flattened(self, content: bytes | dict[str, Any], **members: Any) -> bytes:
        """JWS in flattened JSON serialization."""
        protected, payload, signature = self.compact(content).decode().split(".")
        return json.dumps({"protected": protected, "payload": payload, "signature": signature} | members).encode()

    def _private(self) -> Any:
        secret = random.Random(f"{self.algorithm} {self.seed}").randbytes(31).rjust(32, b"\0")
        if self.algorithm is Algorithm.ED25519:
            return Ed25519PrivateKey.from_private_bytes(secret)
        if self.algorithm is Algorithm.ES256:
            return derive_private_key(int.from_bytes(secret, "big"), SECP256R1())
        return secret

    def _bare(self) -> bytes:
        private = self._private()
        if isinstance(private, Ed25519PrivateKey):
            return private.public_key().public_bytes_raw()
        if isinstance(private, EllipticCurvePrivateKey):
            numbers = private.public_key().public_numbers()
            return numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
        point: bytes = gmalg.SM2(private, ID).generate_pk(private)
        return point[-64:]
