"""The first key: a store without any gets one, shown once."""

from store import keys
from store.connection import Connection
from store.keys import Role

NAME = "first administrator"


def ensure(connection: Connection) -> str | None:
    """Full text of the first administrator's key, made now; None if the store has had keys before.

    Of several processes that start at once, one makes it.
    """
    with connection.transaction():
        keys.lock(connection)
        if keys.exists(connection):
            return None
        return keys.create(connection, name=NAME, role=Role.ADMINISTRATOR, actor="api")
