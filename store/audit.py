"""Who did what: rows are only ever added."""

from collections.abc import Mapping

from psycopg.types.json import Jsonb

from store import sql
from store.connection import Connection


def record(
    connection: Connection,
    *,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, object] | None = None,
    once: bool = False,
) -> None:
    """Add one row, in the caller's transaction.

    Parameters
    ----------
    actor
        Name of the key or service.
    action
        Dotted verb: `alert.acknowledge`.
    subject
        To what: `alert:12`.
    once
        Whether to add nothing where the same stands already.
    """
    connection.execute(
        sql.statements("audit")["record_once" if once else "record"],
        {"actor": actor, "action": action, "subject": subject, "detail": Jsonb(dict(detail or {}))},
    )
