"""What sources are let in by at the broker: issued, rotated, revoked, and every time written into the audit.

A password is returned once, by the call that makes it, and kept as hashes alone (`store/passwords.py`). A certificate
is made outside, by whoever holds the authority's key (`deploy/certificates.sh`); kept is only that the source comes by
one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from store import audit, passwords, sql
from store.connection import Connection
from store.errors import SourceChanged, SourceCodeUnfit, SourceKnown, SourceRevoked, SourceUnknown
from store.passwords import Hashes
from store.sources import CODE

RESERVED = frozenset({"ingest"})
"""User names of the broker that are ours: no source may be let in under them."""


class Kind(StrEnum):
    """How a source proves who it is."""

    PASSWORD = "password"  # noqa: S105 - the word, not one
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class Credential:
    """What the broker must know of one source; `hashes` is None for a certificate."""

    source: str
    kind: Kind
    hashes: Hashes | None


@dataclass(frozen=True, slots=True)
class _Held:
    """A source whose row we hold until the transaction ends."""

    number: int
    version: int
    revoked: bool
    kind: Kind | None


def add(
    connection: Connection,
    code: str,
    *,
    actor: str,
    name: str | None = None,
    kind: Kind = Kind.PASSWORD,
    password: str | None = None,
    limits: Mapping[str, object] | None = None,
) -> str | None:
    """Let a source in: a new one, one that its instruments made known, or one that was revoked.

    Parameters
    ----------
    password
        One that was made elsewhere; a new one where None.
    limits
        `report_interval`, `messages_per_second`, `bytes_per_second`, `largest_message`; what is left out stays.

    Returns
    -------
    The password, this once; None for a certificate.

    Raises
    ------
    SourceCodeUnfit
        when the code cannot be a user name of the broker and a level of its topics.
    SourceKnown
        when the source is let in already.
    """
    if not re.fullmatch(CODE, code) or code in RESERVED:
        raise SourceCodeUnfit(code)
    with connection.transaction():
        connection.execute(sql.statements("credentials")["enter"], {"code": code, "name": name or code})
        held = _hold(connection, code, None)
        if held.kind is not None:
            raise SourceKnown(code)
        if name is not None or limits:
            _set(connection, held, {**({} if name is None else {"name": name}), **(limits or {})})
        secret = _issue(connection, held, kind, actor, password)
        detail = {"credential": kind.value, "again": held.revoked} | _written(limits)
        audit.record(connection, actor=actor, action="source.add", subject=f"source:{code}", detail=detail)
    return secret


def rotate(
    connection: Connection, code: str, *, actor: str, kind: Kind | None = None, versions: list[int] | None = None
) -> str | None:
    """Give a source another credential; the one before no longer holds.

    Parameters
    ----------
    kind
        Of the new one; as before where None.
    versions
        Versions of the source that may be changed; any where None.

    Returns
    -------
    The new password, this once; None for a certificate.

    Raises
    ------
    SourceUnknown, SourceRevoked, SourceChanged
    """
    with connection.transaction():
        held = _hold(connection, code, versions)
        if held.revoked:
            raise SourceRevoked(code)
        made = kind or held.kind or Kind.PASSWORD
        connection.execute(sql.statements("credentials")["end"], {"source": held.number, "because": "rotated"})
        secret = _issue(connection, held, made, actor, None)
        detail = {"credential": made.value}
        audit.record(connection, actor=actor, action="source.rotate", subject=f"source:{code}", detail=detail)
    return secret


def revoke(connection: Connection, code: str, *, actor: str) -> bool:
    """Let a source in no longer; False if it was revoked before.

    Raises
    ------
    SourceUnknown
    """
    named = sql.statements("credentials")
    with connection.transaction():
        held = _hold(connection, code, None)
        if held.revoked:
            return False
        connection.execute(named["end"], {"source": held.number, "because": "revoked"})
        connection.execute(named["shut_out"], {"source": held.number})
        # Let in again one day, it gets a new password; what it pushed with must not come back either.
        connection.execute(named["end_push_keys"], {"source": held.number})
        audit.record(connection, actor=actor, action="source.revoke", subject=f"source:{code}")
    return True


def change(
    connection: Connection, code: str, changes: Mapping[str, object], *, actor: str, versions: list[int] | None = None
) -> None:
    """Set name or limits of a source; what is left out stays, None takes a limit back.

    Raises
    ------
    SourceUnknown, SourceChanged
    """
    with connection.transaction():
        held = _hold(connection, code, versions)
        _set(connection, held, changes)
        detail = _written(changes)
        audit.record(connection, actor=actor, action="source.change", subject=f"source:{code}", detail=detail)


def current(connection: Connection) -> list[Credential]:
    """Everyone who is to be let in by the broker, by code."""
    rows = connection.execute(sql.statements("credentials")["current"]).fetchall()
    return [
        Credential(code, Kind(kind), None if bcrypt is None else Hashes(bcrypt, pbkdf2))
        for code, kind, bcrypt, pbkdf2 in rows
        if code not in RESERVED
    ]


def never_issued(connection: Connection) -> list[str]:
    """Codes of the sources that may speak and were never given a credential: their instruments made them known."""
    rows = connection.execute(sql.statements("credentials")["never_issued"]).fetchall()
    return [code for (code,) in rows if code not in RESERVED]


def _hold(connection: Connection, code: str, versions: list[int] | None) -> _Held:
    row = connection.execute(sql.statements("credentials")["lock"], {"code": code}).fetchone()
    if row is None:
        raise SourceUnknown(code)
    number, version, revoked_at, kind = row
    if versions is not None and version not in versions:
        raise SourceChanged(code, version)
    return _Held(number, version, revoked_at is not None, None if kind is None else Kind(kind))


def _issue(connection: Connection, held: _Held, kind: Kind, actor: str, password: str | None) -> str | None:
    named = sql.statements("credentials")
    secret = None if kind is Kind.CERTIFICATE else password or passwords.fresh()
    made = None if secret is None else passwords.hashes(secret)
    connection.execute(
        named["issue"],
        {
            "source": held.number,
            "kind": kind.value,
            "bcrypt": made and made.bcrypt,
            "pbkdf2": made and made.pbkdf2,
            "actor": actor,
        },
    )
    connection.execute(named["let_in"], {"source": held.number})
    return secret


def _set(connection: Connection, held: _Held, changes: Mapping[str, object]) -> None:
    named = sql.statements("credentials")
    row = cast("tuple[object, ...]", connection.execute(named["limits"], {"source": held.number}).fetchone())
    names = ("name", "report_interval", "messages_per_second", "bytes_per_second", "largest_message")
    before = dict(zip(names, row, strict=True))
    connection.execute(named["change"], {**before, **changes, "source": held.number})


def _written(changes: Mapping[str, object] | None) -> dict[str, object]:
    """Changes as the audit has them: what JSON does not know becomes text."""
    return {
        name: value if value is None or isinstance(value, int | float | str) else str(value)
        for name, value in (changes or {}).items()
    }
