"""JSON Web Signatures, RFC 7515, as format native+jws has them: compact or flattened, strictly in one way each.

Only what is protected by the signature counts. Base64url is taken in its one canonical spelling, so that no byte of a
compact message can change without the signature's failing. Keys that a message brings along (`jwk`, `x5c`, `jku` …) are
passed over: `kid` names an enrolled one.
"""

import base64
import binascii
import json
import re
from typing import Any

from ingest.message import Proof
from ingest.signature_errors import BadJws, UnsupportedAlgorithm
from store.instrument_keys import LONGEST_KID
from store.public_key import Algorithm

LARGEST_HEADER = 16_384
"""Largest protected header [characters of Base64url]."""

_BASE64URL = re.compile(rb"[A-Za-z0-9_-]*")
# The first two bytes of gzip as Base64url begins with them, behind the quotation mark of a JSON string.
_GZIP = re.compile(rb'"H4[s-v]')
_ALGORITHMS = [known.value for known in Algorithm]


def read_jws(payload: bytes) -> Proof:
    """Parts of a JWS.

    Raises
    ------
    BadJws, UnsupportedAlgorithm
    """
    protected, content, signature = _flattened(payload) if payload.lstrip()[:1] == b"{" else _compact(payload)
    if len(protected) > LARGEST_HEADER:
        raise BadJws(f"its header of {len(protected)} characters is larger than {LARGEST_HEADER}")
    header = _object(_unbase64url("header", protected), "header")
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in _ALGORITHMS:
        raise UnsupportedAlgorithm(str(algorithm), _ALGORITHMS)
    if not isinstance(kid, str) or not 0 < len(kid) <= LONGEST_KID:
        raise BadJws("its protected header needs kid, the name of the instrument's enrolled key")
    if "crit" in header:
        raise BadJws("its header demands extensions (crit), of which none is known")
    if header.get("b64", True) is not True:
        raise BadJws("its content must be Base64url (b64)")
    return Proof(
        kid,
        algorithm,
        protected + b"." + content,
        _unbase64url("signature", signature),
        _unbase64url("content", content),
    )


def may_hold_gzip(payload: bytes) -> bool:
    r"""Whether the content may be compressed, told without taking the message apart: True in doubt.

    Examples
    --------
    >>> may_hold_gzip(b"eyJ9.H4sIAAAA.c2ln"), may_hold_gzip(b"eyJ9.eyJpbnN0.c2ln")
    (True, False)
    >>> may_hold_gzip(b'{"payload": "H4sIAAAA"}'), may_hold_gzip(rb'{"payload": "\u0048"}')
    (True, True)
    """
    if payload.lstrip()[:1] == b"{":
        return b"\\" in payload or _GZIP.search(payload) is not None
    content = payload.partition(b".")[2]
    return _GZIP.match(b'"' + content[:3]) is not None


def _compact(payload: bytes) -> tuple[bytes, bytes, bytes]:
    parts = payload.split(b".", 3)
    if len(parts) != 3:  # noqa: PLR2004 - RFC 7515, 3.1: header, payload, signature
        raise BadJws("neither three parts of Base64url joined by full stops nor a JSON object")
    protected, content, signature = parts
    return protected, content, signature


def _flattened(payload: bytes) -> tuple[bytes, bytes, bytes]:
    members = _object(payload, "wrapping")
    if "signatures" in members:
        raise BadJws("general JSON serialization (signatures) is not taken; use the flattened or the compact one")
    if "header" in members:
        raise BadJws("its unprotected header is not signed; put everything into the protected one")
    try:
        protected, content, signature = (
            members[name].encode("ascii") for name in ("protected", "payload", "signature")
        )
    except (KeyError, AttributeError, UnicodeEncodeError) as error:
        raise BadJws("flattened JSON needs protected, payload and signature as Base64url text") from error
    return protected, content, signature


def _object(text: bytes, what: str) -> dict[str, Any]:
    """JSON object that says each member once."""
    try:
        found = json.loads(text.decode(), object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        raise BadJws(f"its {what} cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise BadJws(f"its {what} is no JSON object")
    return found


def _each_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        raise ValueError("a member stands twice")
    return found


def _unbase64url(what: str, text: bytes) -> bytes:
    try:
        if _BASE64URL.fullmatch(text):
            decoded = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
            if base64.urlsafe_b64encode(decoded).rstrip(b"=") == text:
                return decoded
    except binascii.Error as error:
        raise BadJws(f"its {what} is not Base64url: {error}") from error
    raise BadJws(f"its {what} is not canonical Base64url without padding (RFC 7515, 2)")
