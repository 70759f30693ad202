from concurrent.futures import ThreadPoolExecutor

from api import first_key
from store import keys
from store.connection import Connection, connect
from store.keys import Role


def test_of_several_that_start_at_once_one_makes_the_first_key(plain_database: str, connection: Connection) -> None:
    def start(_number: int) -> str | None:
        with connect(plain_database, application="test") as own:
            return first_key.ensure(own)

    with ThreadPoolExecutor(6) as several:
        made = [key for key in several.map(start, range(6)) if key is not None]
    (key,) = made
    holder = keys.holder(connection, key)
    assert holder is not None
    assert holder.role is Role.ADMINISTRATOR


def test_a_store_whose_keys_are_all_revoked_gets_no_new_one(connection: Connection) -> None:
    key = first_key.ensure(connection)
    assert key is not None
    keys.revoke(connection, key_id=key.split("_")[1], actor="test")
    assert first_key.ensure(connection) is None
