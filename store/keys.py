"""Keys to the API: `hj_<id>_<secret>`; the secret is 256 random bits, shown once, kept as SHA-256 only."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from store import audit, sql
from store.connection import Connection
from store.errors import KeyWithoutSource, SourceUnknown


class Role(StrEnum):
    """What a key may do; each role of people may do what those before it may.

    A source may push for itself and nothing else, and no other role may: nobody speaks for another.
    """

    VIEWER = "viewer"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    SOURCE = "source"

    def may(self, needed: "Role") -> bool:
        """Whether this role suffices where `needed` is required.

        Examples
        --------
        >>> Role.VIEWER.may(Role.SUPERVISOR), Role.ADMINISTRATOR.may(Role.SOURCE), Role.SOURCE.may(Role.VIEWER)
        (False, False, False)
        """
        if Role.SOURCE in {self, needed}:
            return self is needed
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who stands behind a valid key; `source` is the one that a key of role source speaks for, None for people."""

    key_id: str
    name: str
    role: Role
    source: str | None = None


def create(
    connection: Connection,
    *,
    name: str,
    role: Role,
    actor: str,
    expires_at: datetime | None = None,
    source: str | None = None,
) -> str:
    """Make a key and return its full text; it cannot be shown again.

    Parameters
    ----------
    source
        Code of the source that a key of role source speaks for; of no other role.

    Raises
    ------
    KeyWithoutSource, SourceUnknown
    """
    if (role is Role.SOURCE) != (source is not None):
        raise KeyWithoutSource(role.value)
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    with connection.transaction():
        entered = connection.execute(
            sql.statements("keys")["create"],
            {
                "id": key_id,
                "name": name,
                "role": role.value,
                "digest": _digest(secret),
                "expires_at": expires_at,
                "source": source,
            },
        )
        if source is not None and not entered.rowcount:
            raise SourceUnknown(source)
        detail = {"role": role.value} | ({} if source is None else {"source": source})
        audit.record(connection, actor=actor, action="key.create", subject=f"key:{key_id}", detail=detail)
    return f"hj_{key_id}_{secret}"


def lock(connection: Connection) -> None:
    """Until the transaction ends, be the only one that looks for keys and makes the first."""
    connection.execute(sql.statements("keys")["lock"])


def exists(connection: Connection) -> bool:
    """Whether any key was ever made: a new store gets its first one printed once."""
    row = connection.execute(sql.statements("keys")["exist"]).fetchone()
    return row is not None and bool(row[0])


def revoke(connection: Connection, *, key_id: str, actor: str) -> bool:
    """Make a key invalid from now on; False if there is no valid key of this id."""
    with connection.transaction():
        revoked = connection.execute(sql.statements("keys")["revoke"], {"id": key_id}).rowcount == 1
        if revoked:
            audit.record(connection, actor=actor, action="key.revoke", subject=f"key:{key_id}")
    return revoked


def holder(connection: Connection, key: str) -> Holder | None:
    """Who stands behind a key; None if it is malformed, unknown, expired or revoked."""
    prefix, _, rest = key.partition("_")
    key_id, _, secret = rest.partition("_")
    if prefix != "hj" or not key_id or not secret or "\0" in key:
        return None
    row = connection.execute(sql.statements("keys")["valid"], {"id": key_id}).fetchone()
    if row is None or not secrets.compare_digest(row[2], _digest(secret)):
        return None
    return Holder(key_id, row[0], Role(row[1]), row[3])


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
