"""Instruments of the city that sign what they say: native messages as JSON Web Signatures (RFC 7515) with Ed25519.

Whoever knows a city's seed can make its private keys: they are a simulation's, and prove nothing about anybody else.
"""

import base64
import zlib
from hashlib import sha256

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from simulators.encoding import Message
from simulators.instrument import Key

FORMAT = "native-jws"
"""Third level of the topic of signed messages."""

_ALGORITHM = "EdDSA"
_PER_SECOND = 10**5
"""Steps of an instrument's counter in a second."""


class Signer:
    """One instrument's private key.

    Examples
    --------
    >>> signer = Signer(1, "C-01-01")
    >>> message = Message(1767225600.0, "city", b'{"instrument":"C-01-01","events":[]}', instrument="C-01-01")
    >>> header, content, signature = signer.signed(message).payload.split(b".")
    >>> base64.urlsafe_b64decode(content + b"==")
    b'{"seq":176722560088045,"instrument":"C-01-01","events":[]}'
    """

    def __init__(self, seed: int, serial: str) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(
            sha256(f"simulated city {seed} {serial}".encode()).digest()
        )
        self._kid = f"{serial}/1"
        self._header = _encoded(msgspec.json.encode({"alg": _ALGORITHM, "kid": self._kid}))

    @property
    def key(self) -> Key:
        """The public key as it is enrolled."""
        pem = self._private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return Key(self._kid, _ALGORITHM, pem.decode("ascii"))

    def signed(self, message: Message) -> Message:
        """A message as the instrument signs it, with its counter.

        The counter is the instrument's clock, and within a second what the message says: a city that was interrupted
        says the same again under the same counter, and never two things under one.
        """
        within = zlib.crc32(message.payload) % _PER_SECOND
        content = b'{"seq":%d,' % (int(message.due) * _PER_SECOND + within) + message.payload[1:]
        covered = self._header + b"." + _encoded(content)
        return message._replace(payload=covered + b"." + _encoded(self._private.sign(covered)), format=FORMAT)


def _encoded(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")
