"""Bring a database to this version: forward-only migrations, declared registers, and TimescaleDB where it is."""

from hashlib import sha256

from metrology.kinds import KINDS
from store import registers, sql
from store.connection import Connection
from store.errors import MigrationChanged, MigrationUnknown, RegisterChanged

_LEDGER = (
    "create_ledger",
    "comment_ledger",
    "comment_ledger_name",
    "comment_ledger_digest",
    "comment_ledger_applied_at",
)


def migrate(connection: Connection, *, timescale: bool = True) -> list[str]:
    """Apply what is missing and return its names; safe to run at every start and by several processes at once.

    Parameters
    ----------
    timescale
        Whether to use TimescaleDB where the server offers it; without it the same schema stands on plain PostgreSQL.

    Raises
    ------
    MigrationChanged
        if an applied migration has been edited since.
    MigrationUnknown
        if the database was migrated by a newer version.
    RegisterChanged
        if a kind gives a stored register another meaning.
    """
    named = sql.statements("migrations")
    with connection.transaction():
        connection.execute(named["lock"])
        for step in _LEDGER:
            connection.execute(named[step])
        applied = _apply_missing(connection)
        _declare_registers(connection)
    if timescale:
        applied += _use_timescale(connection)
    return applied


def _apply_missing(connection: Connection) -> list[str]:
    named = sql.statements("migrations")
    known: dict[str, str] = dict(connection.execute(named["applied"]).fetchall())
    migrations = sql.migrations()
    unknown = sorted(known.keys() - {name for name, _ in migrations})
    if unknown:
        raise MigrationUnknown(unknown[0])
    applied = []
    for name, text in migrations:
        digest = sha256(text.encode()).hexdigest()
        if name not in known:
            connection.execute(text)
            connection.execute(named["record"], {"name": name, "digest": digest})
            applied.append(name)
        elif known[name] != digest:
            raise MigrationChanged(name)
    return applied


def _declare_registers(connection: Connection) -> None:
    declare = sql.statements("migrations")["declare_register"]
    for kind in KINDS.values():
        for register in kind.registers:
            connection.execute(
                declare,
                {
                    "kind": kind.name,
                    "name": register.name,
                    "unit": register.unit,
                    "decimals": register.decimals,
                    "cumulative": register.cumulative,
                },
            )
    stored = {(entry.kind, entry.register.name): entry.register for entry in registers.all_registers(connection)}
    for kind in KINDS.values():
        for register in kind.registers:
            if stored[kind.name, register.name] != register:
                raise RegisterChanged(kind.name, register.name)


def _use_timescale(connection: Connection) -> list[str]:
    named = sql.statements("timescale")
    with connection.transaction():
        if connection.execute(named["available"]).fetchone() != (True,):
            return []
        connection.execute(named["create_extension"])
        connection.execute(named["hypertables"])
        (licence,) = connection.execute(named["licence"]).fetchone() or ("apache",)
        if licence == "timescale":
            connection.execute(named["enable_columnstore"])
            connection.execute(named["add_columnstore_policy"])
    return [f"timescaledb ({licence})"]
