"""Registers as the store numbers them."""

from dataclasses import dataclass

from metrology.kinds import KINDS
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
        StoredRegister(number, kind, Register(name, unit, decimals, cumulative, _title_zh(kind, name)))
        for number, kind, name, unit, decimals, cumulative in rows
    ]


def _title_zh(kind: str, name: str) -> str:
    """What people call it is no part of what is stored; a register that no kind declares any more keeps its name."""
    declared = KINDS[kind].by_name.get(name) if kind in KINDS else None
    return declared.title_zh if declared else name
