"""Signatures of webhooks: Standard Webhooks 1.0, scheme v1 (HMAC-SHA256)."""

import binascii
import hmac
from base64 import b64decode, b64encode
from datetime import datetime
from hashlib import sha256

_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64


def key_of(secret: str) -> bytes:
    """Key of a secret as receivers are given it: `whsec_` and base64 of 24 to 64 random bytes.

    Raises
    ------
    ValueError
        if it is not of that form.
    """
    if not secret.startswith(_PREFIX):
        raise ValueError(f"a webhook's secret begins with {_PREFIX}")
    try:
        key = b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError(f"after {_PREFIX}, a webhook's secret is base64") from None
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise ValueError(f"a webhook's secret holds {_SHORTEST} to {_LONGEST} bytes, not {len(key)}")
    return key


def headers(key: bytes, *, message: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a webhook.

    Parameters
    ----------
    message
        Id of the message; the same at each attempt, so that receivers can tell a repeat.
    at
        Instant of this attempt.
    """
    timestamp = str(int(at.timestamp()))
    signed = b".".join([message.encode(), timestamp.encode(), body])
    digest = hmac.new(key, signed, sha256).digest()
    return {
        "webhook-id": message,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{b64encode(digest).decode()}",
    }
