"""Passwords of sources: 256 random bits, shown once and kept as the two hashes that brokers take.

A slow hash protects what people choose and what can be guessed; 256 random bits cannot (docs/decisions/0011). So both
are as cheap as their formats allow: a broker checks them again for every connected source whenever its users change.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass

import bcrypt

_BCRYPT_COST = 4
_PBKDF2_ROUNDS = 101
_SALT = 12
"""Salt of Mosquitto's format [bytes]; releases before 2.1 take no other."""


@dataclass(frozen=True, slots=True)
class Hashes:
    """What is kept of a password: for nats-server, and for Mosquitto."""

    bcrypt: str
    pbkdf2: str

    def match(self, password: str) -> bool:
        """Whether they are this password's.

        Examples
        --------
        >>> hashes("open sesame").match("open sesame"), hashes("open sesame").match("sesame")
        (True, False)
        """
        _, _, rounds, salt, digest = self.pbkdf2.split("$")
        found = _pbkdf2(password, base64.b64decode(salt), int(rounds))
        return secrets.compare_digest(found, base64.b64decode(digest))


def fresh() -> str:
    """A new password."""
    return secrets.token_urlsafe(32)


def hashes(password: str) -> Hashes:
    """Hashes of a password, salted anew each time.

    Raises
    ------
    ValueError
        if it is longer than the 72 bytes that bcrypt looks at.
    """
    salt = secrets.token_bytes(_SALT)
    digest = _pbkdf2(password, salt, _PBKDF2_ROUNDS)
    parts = (str(_PBKDF2_ROUNDS), base64.b64encode(salt).decode(), base64.b64encode(digest).decode())
    return Hashes(
        # nats-server's Go library knows the prefix 2a; the algorithm is the same as 2b's.
        bcrypt.hashpw(password.encode(), bcrypt.gensalt(_BCRYPT_COST, prefix=b"2a")).decode(),
        "$".join(("", "7", *parts)),
    )


def _pbkdf2(password: str, salt: bytes, rounds: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)
