from collections.abc import Iterator

import pytest

from store import pushes
from store.connection import Connection
from store.errors import SourceUnknown
from store.intake import Tally
from store.pushes import Chunk, PushName, Refusal, Way
from tests.services.enrolled import SOURCE, connect_to, enrol

NAME = PushName(SOURCE, Way.HTTP, "k")
CHUNK = Chunk(b"d", Tally(messages=2, readings=1, readings_stored=1), {"bad_json": 1}, [Refusal(2, "bad_json", "x", 7)])


@pytest.fixture
def connection(plain_database: str) -> Iterator[Connection]:
    with connect_to(plain_database) as made:
        enrol(made)
        enrol(made, source="other")
        yield made


def test_one_connection_at_a_time_holds_a_push_and_lets_go_when_it_is_lost(
    connection: Connection, plain_database: str
) -> None:
    with connect_to(plain_database) as other:
        with pushes.held(connection, NAME) as ours, pushes.held(other, NAME) as theirs:
            assert (ours, theirs) == (True, False)
        with pushes.held(other, NAME) as theirs:
            assert theirs
            other.close()
    with pushes.held(connection, NAME) as ours:
        assert ours


def test_what_is_recorded_of_a_chunk_is_found_again(connection: Connection) -> None:
    entered = pushes.enter(connection, NAME)
    assert entered.digest is None
    pushes.record(connection, entered.id, 0, CHUNK)
    assert pushes.known(connection, entered.id) == {0: b"d"}
    assert pushes.chunk(connection, entered.id, 0) == CHUNK
    pushes.finish(connection, entered.id, b"whole")
    pushes.finish(connection, entered.id, b"never")
    again = pushes.enter(connection, NAME)
    assert (again.id, again.digest) == (entered.id, b"whole")


def test_source_way_and_name_together_are_one_push(connection: Connection) -> None:
    names = [NAME, PushName("other", Way.HTTP, "k"), PushName(SOURCE, Way.IMPORT, "k"), PushName(SOURCE, Way.HTTP, "l")]
    assert len({pushes.enter(connection, name).id for name in names}) == 4
    with pytest.raises(SourceUnknown):
        pushes.enter(connection, PushName("nobody", Way.HTTP, "k"))


def test_pushes_are_forgotten_after_their_time_and_some_at_once(connection: Connection) -> None:
    for number in range(pushes.MOST_FORGOTTEN + 5):
        entered = pushes.enter(connection, PushName(SOURCE, Way.HTTP, str(number)))
        pushes.record(connection, entered.id, 0, CHUNK)
    connection.execute("UPDATE push SET last_at = now() - interval '47 hours'")
    assert pushes.forget(connection, Way.HTTP) == 0
    connection.execute("UPDATE push SET last_at = now() - interval '49 hours'")
    assert pushes.forget(connection, Way.IMPORT) == 0
    pushes.enter(connection, PushName(SOURCE, Way.HTTP, "3"))  # another attempt keeps it
    assert pushes.forget(connection, Way.HTTP) == pushes.MOST_FORGOTTEN
    assert pushes.forget(connection, Way.HTTP) == 4
    assert connection.execute("SELECT count(*) FROM push_chunk").fetchone() == (1,)
