"""Pushes: what a source hands over in one piece is committed chunk by chunk, and counts once however often it comes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256

from psycopg.types.json import Jsonb

from store import sql
from store.connection import Connection
from store.errors import SourceUnknown
from store.intake import Tally

MOST_FORGOTTEN = 100
"""Pushes forgotten at once, at most."""


class Way(StrEnum):
    """How it came."""

    HTTP = "http"
    IMPORT = "import"


KEEP = {Way.HTTP: timedelta(hours=48), Way.IMPORT: timedelta(days=366)}
"""How long a push is remembered after the last attempt at it."""


@dataclass(frozen=True, slots=True)
class PushName:
    """What a push is called: by its source, the way it came, and the sender's key or the file's digest."""

    source: str
    way: Way
    name: str


@dataclass(frozen=True, slots=True)
class Entered:
    """A push as it stands; `digest` is that of the whole, None while it was not committed whole."""

    id: int
    digest: bytes | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """One message that is held in quarantine; `line` is where in the push it began."""

    line: int
    cause: str
    detail: str
    quarantine: int | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """What became of one chunk.

    Parameters
    ----------
    digest
        Chained over the push up to the end of this chunk.
    causes
        Messages held, by cause.
    refusals
        The first of them.
    """

    digest: bytes
    tally: Tally
    causes: dict[str, int] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a source may speak, and how much over time; None where it declared no limit of its own."""

    admitted: bool
    messages_per_second: float | None
    bytes_per_second: float | None
    largest_message: int | None


@contextmanager
def held(connection: Connection, push: PushName) -> Iterator[bool]:
    """Hold a push for this connection, across its transactions; False while another connection holds it.

    The hold ends with the connection at the latest, so a crash leaves none behind.
    """
    with connection.transaction():
        [(taken,)] = connection.execute(sql.statements("pushes")["hold"], asdict(push)).fetchall()
    try:
        yield taken
    finally:
        if taken and not connection.closed:
            with connection.transaction():
                connection.execute(sql.statements("pushes")["let_go"], asdict(push))


def enter(connection: Connection, push: PushName) -> Entered:
    """Find a push that is held, or enter it.

    Raises
    ------
    SourceUnknown
        if nobody enrolled its source.
    """
    row = connection.execute(sql.statements("pushes")["enter"], asdict(push)).fetchone()
    if row is None:
        raise SourceUnknown(push.source)
    return Entered(*row)


def known(connection: Connection, push: int) -> dict[int, bytes]:
    """Digests of what was committed of a push, by number."""
    return dict(connection.execute(sql.statements("pushes")["known"], {"push": push}).fetchall())


def chunk(connection: Connection, push: int, number: int) -> Chunk:
    """What was committed under a number that is known."""
    wanted = {"push": push, "number": number}
    [(digest, tally, causes, refusals)] = connection.execute(sql.statements("pushes")["chunk"], wanted).fetchall()
    return Chunk(digest, Tally(**tally), causes, [Refusal(**refusal) for refusal in refusals])


def record(connection: Connection, push: int, number: int, committed: Chunk) -> None:
    """Say what became of a chunk, in the transaction of its readings."""
    connection.execute(
        sql.statements("pushes")["record"],
        {
            "push": push,
            "number": number,
            "digest": committed.digest,
            "tally": Jsonb({name: count for name, count in asdict(committed.tally).items() if count}),
            "causes": Jsonb(committed.causes),
            "refusals": Jsonb([asdict(refusal) for refusal in committed.refusals]),
        },
    )
    connection.execute(sql.statements("pushes")["touch"], {"push": push})


def finish(connection: Connection, push: int, digest: bytes) -> None:
    """Say that a push is committed whole."""
    connection.execute(sql.statements("pushes")["finish"], {"push": push, "digest": digest})


def forget(connection: Connection, way: Way) -> int:
    """Forget some pushes that were left alone for long, and return how many."""
    wanted = {"way": way, "keep": KEEP[way], "most": MOST_FORGOTTEN}
    return connection.execute(sql.statements("pushes")["forget"], wanted).rowcount


def standing(connection: Connection, source: str, key: str | None = None) -> Standing:
    """Whether a source may speak, and how much.

    Parameters
    ----------
    key
        Id of the key it came with, if it came with one: revoked meanwhile, it ends what it began.

    Raises
    ------
    SourceUnknown
        if nobody enrolled it.
    """
    row = connection.execute(sql.statements("pushes")["standing"], {"source": source, "key": key}).fetchone()
    if row is None:
        raise SourceUnknown(source)
    return Standing(*row)


def numbered(connection: Connection, messages: list[tuple[str, bytes]]) -> list[int | None]:
    """Numbers in quarantine of messages by topic and payload, in their order; None for one that is not there."""
    if not messages:
        return []
    digests = [sha256(topic.encode() + b"\0" + payload).digest() for topic, payload in messages]
    found: dict[bytes, int] = dict(
        connection.execute(sql.statements("pushes")["numbers"], {"digests": digests}).fetchall()
    )
    return [found.get(digest) for digest in digests]
