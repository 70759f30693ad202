"""How far each destination of the bridge has been served."""

from collections.abc import Collection
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


def claim(connection: Connection, destination: str) -> Position | None:
    """Claim a destination for the caller's transaction; None while there is nothing to be done for it here."""
    row = connection.execute(sql.statements("courier")["claim"], {"destination": destination}).fetchone()
    return None if row is None else Position(*row)


def delivered(connection: Connection, destination: str, row: int) -> None:
    """Move a claimed destination forward to an outbox id."""
    connection.execute(sql.statements("courier")["delivered"], {"destination": destination, "row": row})


def failed(connection: Connection, destination: str, *, wait: timedelta, failure: str) -> None:
    """Let a claimed destination wait, and say why."""
    connection.execute(
        sql.statements("courier")["failed"],
        {"destination": destination, "wait": wait, "failure": failure[:_LONGEST_FAILURE]},
    )


def stopped(connection: Connection, destination: str, *, failure: str) -> None:
    """Serve a claimed destination no more."""
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
