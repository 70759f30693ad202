"""What instruments signed, byte for byte: under one counter the first content stays."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from store import sql
from store.arrivals import ArrivedSigned
from store.connection import Connection

PAGE = 1000


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """One row, as stored."""

    received_at: datetime
    sequence: int
    key: int
    digest: bytes
    jws: bytes


def append(connection: Connection, arrived: list[ArrivedSigned]) -> list[ArrivedSigned]:
    """Keep signed messages, in the caller's transaction; return those to be held instead, `otherwise` saying how.

    The same content under the same counter is a repeat, however it is wrapped and whichever valid signature it bears;
    other content is held. So is what came after its key was revoked, though ingest had not heard of it yet.
    """
    if not arrived:
        return []
    named = sql.statements("signed_messages")
    ended: dict[int, datetime] = dict(
        connection.execute(named["revoked"], {"key": list({item.key for item in arrived})}).fetchall()
    )
    refused: list[ArrivedSigned] = []
    if ended:
        late = [item.key in ended and item.received_at >= ended[item.key] for item in arrived]
        refused = [
            replace(item, otherwise=item.revoked) for item, is_late in zip(arrived, late, strict=True) if is_late
        ]
        arrived = [item for item, is_late in zip(arrived, late, strict=True) if not is_late]
    firsts: dict[tuple[int, int], ArrivedSigned] = {}
    for item in arrived:
        firsts.setdefault((item.instrument, item.sequence), item)
    # In order of key, so that two writers never wait for each other crosswise.
    kept = [firsts[key] for key in sorted(firsts)]
    columns: dict[str, list[Any]] = {
        name: [getattr(item, name) for item in kept]
        for name in ("received_at", "sequence", "instrument", "key", "digest", "jws")
    }
    standing = {key: item.digest for key, item in firsts.items()}
    if connection.execute(named["append"], columns).rowcount < len(kept):
        known = connection.execute(named["standing"], {name: columns[name] for name in ("instrument", "sequence")})
        standing |= {(instrument, sequence): bytes(digest) for instrument, sequence, digest in known}
    return refused + [item for item in arrived if standing[item.instrument, item.sequence] != item.digest]


def hold_still(connection: Connection) -> None:
    """Until the transaction ends, see the store as it is now; first in a transaction."""
    connection.execute(sql.statements("signed_messages")["hold_still"])


def pages(connection: Connection, instrument: int) -> Iterator[list[SignedMessage]]:
    """All signed messages of an instrument, in order of its counter, so many at once."""
    page = sql.statements("signed_messages")["page"]
    after = -1
    while rows := connection.execute(page, {"instrument": instrument, "after": after, "limit": PAGE}).fetchall():
        yield [
            SignedMessage(received_at, sequence, key, bytes(digest), bytes(jws))
            for received_at, sequence, key, digest, jws in rows
        ]
        after = rows[-1][1]
