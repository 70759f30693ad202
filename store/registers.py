"""Registers as the store numbers them."""

from dataclasses import dataclass

from metrology.register import Register
from store import sql
from store.connection import Connection


@dataclass(frozen=True, slots=True)
class StoredRegister:
    """A register of a kind and the short number that readings carry."""

    id: int
    kind: str
    register: Register


def all_registers(connection: Connection) -> list[StoredRegister]:
    """Every declared register, by number."""
    rows = connection.execute(sql.statements("migrations")["registers"]).fetchall()
    return [
        StoredRegister(number, kind, Register(name, unit, decimals, cumulative))
        for number, kind, name, unit, decimals, cumulative in rows
    ]
