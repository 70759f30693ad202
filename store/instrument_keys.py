"""Public keys that instruments sign with: entered, revoked, never removed."""

from dataclasses import dataclass
from datetime import datetime

from store import audit, sql
from store.connection import Connection
from store.errors import InstrumentUnknown, PublicKeyRefused
from store.public_key import Algorithm, PublicKey

LONGEST_KID = 128
"""Longest name of a key [characters]."""


@dataclass(frozen=True, slots=True)
class InstrumentKey:
    """One key of one instrument; valid for what is received from `valid_from` until `revoked_at`."""

    id: int
    instrument: int
    kid: str
    public_key: PublicKey
    valid_from: datetime
    revoked_at: datetime | None
    added_by: str
    revoked_by: str | None
    revision: int


def number_of(connection: Connection, source: str, serial: str) -> int:
    """Number of an instrument.

    Raises
    ------
    InstrumentUnknown
    """
    row = connection.execute(
        sql.statements("instrument_keys")["instrument"], {"source": source, "serial": serial}
    ).fetchone()
    if row is None:
        raise InstrumentUnknown(source, serial)
    return int(row[0])


def add(
    connection: Connection,
    instrument: int,
    kid: str,
    public_key: PublicKey,
    *,
    actor: str,
    valid_from: datetime | None = None,
) -> bool:
    """Enter a key of an instrument; False if it is known already.

    One device may sign for several instruments of its source. In two sources the same key would let what was signed for
    one be sent as the other's, and is refused.

    Parameters
    ----------
    valid_from
        From when on messages received are proven by it; now by default.

    Raises
    ------
    PublicKeyRefused
        if the name stands for another key or a revoked one, or another source has the key.
    """
    if not 0 < len(kid) <= LONGEST_KID or not kid.isprintable():
        raise PublicKeyRefused(f"its name must be 1 to {LONGEST_KID} printable characters")
    named = sql.statements("instrument_keys")
    wanted = {"instrument": instrument, "kid": kid, "public_key": public_key.spki}
    with connection.transaction():
        connection.execute(named["lock"])
        row = connection.execute(named["named"], wanted).fetchone()
        if row is not None:
            if (row[0], bytes(row[1]), row[2]) == (public_key.algorithm.value, public_key.spki, None):
                return False
            raise PublicKeyRefused(f"the instrument has another or a revoked key {kid}; give the new one a new name")
        other = connection.execute(named["elsewhere"], wanted).fetchone()
        if other is not None:
            raise PublicKeyRefused(f"it is enrolled with source {other[0]} too; each source needs keys of its own")
        connection.execute(
            named["add"],
            wanted | {"algorithm": public_key.algorithm.value, "valid_from": valid_from, "actor": actor},
        )
        detail = {"kid": kid, "algorithm": public_key.algorithm.value, "public_key": public_key.spki.hex()}
        audit.record(
            connection, actor=actor, action="instrument_key.add", subject=f"instrument:{instrument}", detail=detail
        )
    return True


def revoke(connection: Connection, instrument: int, kid: str, *, actor: str) -> bool:
    """End a key's validity now; False if the instrument has no valid key of this name."""
    named = sql.statements("instrument_keys")
    with connection.transaction():
        connection.execute(named["lock"])
        wanted = {"instrument": instrument, "kid": kid, "actor": actor}
        revoked = connection.execute(named["revoke"], wanted).rowcount == 1
        if revoked:
            audit.record(
                connection,
                actor=actor,
                action="instrument_key.revoke",
                subject=f"instrument:{instrument}",
                detail={"kid": kid},
            )
    return revoked


def of_instrument(connection: Connection, instrument: int) -> list[InstrumentKey]:
    """All keys that an instrument ever had, oldest first."""
    rows = connection.execute(sql.statements("instrument_keys")["of_instrument"], {"instrument": instrument})
    return [_key(*row) for row in rows]


def changed_since(connection: Connection, revision: int) -> list[InstrumentKey]:
    """Keys entered or revoked after a revision, in order of commit."""
    rows = connection.execute(sql.statements("instrument_keys")["changed_since"], {"revision": revision})
    return [_key(*row) for row in rows]


def _key(
    number: int,
    instrument: int,
    kid: str,
    algorithm: str,
    spki: bytes,
    valid_from: datetime,
    revoked_at: datetime | None,
    added_by: str,
    revoked_by: str | None,
    revision: int,
) -> InstrumentKey:
    public_key = PublicKey(Algorithm(algorithm), bytes(spki))
    return InstrumentKey(number, instrument, kid, public_key, valid_from, revoked_at, added_by, revoked_by, revision)
