"""How far each destination of the bridge has been served."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from store import outbox, sql
from store.connection import Connection

_LONGEST_FAILURE = 500


@dataclass(frozen=True, slots=True)
class Position:
    """Last outbox id delivered, and how many attempts at the next one have failed."""

    delivered: int
    attempts: int


def enter(connection: Connection, destination: str) -> None:
    """Know a destination from now on; a new one hears what happens after this moment."""
    with connection.transaction():
        newest = outbox.span(connection).newest
        connection.execute(sql.statements("courier")["enter"], {"destination": destination, "newest": newest})


@contextmanager
def held(connection: Connection, destination: str) -> Iterator[bool]:
    """Hold a destination for this connection, across its transactions; False while another connection holds it.

    No transaction stays open meanwhile. The hold ends with the connection at the latest, so a crash leaves none behind.
    """
    with connection.transaction():
        [(taken,)] = connection.execute(sql.statements("courier")["hold"], {"destination": destination}).fetchall()
    try:
        yield taken
    finally:
        if taken and not connection.closed:
            with connection.transaction():
                connection.execute(sql.statements("courier")["let_go"], {"destination": destination})


def position(connection: Connection, destination: str) -> Position | None:
    """Where a held destination stands; None while there is nothing to be done for it."""
    row = connection.execute(sql.statements("courier")["position"], {"destination": destination}).fetchone()
    return None if row is None else Position(*row)


def delivered(connection: Connection, destination: str, row: int, *, after: Position) -> None:
    """Move a held destination forward to an outbox id, if it still stands where it stood.

    It stands elsewhere only if the database took this connection for dead and let another one go on.
    """
    connection.execute(
        sql.statements("courier")["delivered"], {"destination": destination, "row": row, "from": after.delivered}
    )


def failed(connection: Connection, destination: str, *, wait: timedelta, failure: str, after: Position) -> None:
    """Let a held destination wait, and say why, if it still stands where it stood."""
    connection.execute(
        sql.statements("courier")["failed"],
        {
            "destination": destination,
            "wait": wait,
            "failure": failure[:_LONGEST_FAILURE],
            "from": after.delivered,
        },
    )


def stopped(connection: Connection, destination: str, *, failure: str) -> None:
    """Serve a destination no more."""
    connection.execute(sql.statements("courier")["stopped"], {"destination": destination, "failure": failure})


def resume(connection: Connection, destination: str) -> bool:
    """Serve a stopped destination again, from where it stopped; False if it had not stopped."""
    return connection.execute(sql.statements("courier")["resume"], {"destination": destination}).rowcount == 1


def delivered_to_all(connection: Connection, destinations: Collection[str]) -> int | None:
    """Largest outbox id that all of these destinations have; None if none of them is served."""
    row = connection.execute(
        sql.statements("courier")["delivered_to_all"], {"destinations": list(destinations)}
    ).fetchone()
    return None if row is None else row[0]
