"""Whether the store can be worked with."""

from store import sql
from store.connection import Connection


def missing_migrations(connection: Connection) -> list[str]:
    """Names of the migrations that this version needs and the database lacks, in order."""
    needed = [name for name, _ in sql.migrations()]
    if connection.execute(sql.statements("readiness")["ledger"]).fetchone() != (True,):
        return needed
    applied = {name for name, _ in connection.execute(sql.statements("migrations")["applied"]).fetchall()}
    return [name for name in needed if name not in applied]
