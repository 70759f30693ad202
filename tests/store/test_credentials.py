"""Who is let in: hashes alone, one credential at a time, everything audited."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest

from store import credentials, keys, passwords, sources, sql
from store.connection import Connection
from store.credentials import Kind
from store.errors import SourceChanged, SourceCodeUnfit, SourceKnown, SourceRevoked, SourceUnknown
from store.keys import Role
from tests.services.enrolled import SOURCE, connect_to, enrol


@pytest.fixture
def connection(plain_database: str) -> Iterator[Connection]:
    with connect_to(plain_database) as made:
        yield made


def audited(connection: Connection, code: str) -> list[str]:
    rows = connection.execute(sql.statements("audit")["of_subject"], {"subject": f"source:{code}"}).fetchall()
    return [action for _, _, action, _ in rows]


def test_keeps_no_password_anywhere(connection: Connection) -> None:
    password = credentials.add(connection, "water", actor="test")
    assert password is not None
    assert len(password) >= 43
    stored = connection.execute("SELECT source_credential::text FROM source_credential").fetchall()
    stored += connection.execute("SELECT audit::text FROM audit").fetchall()
    assert password not in str(stored)
    [kept] = credentials.current(connection)
    assert kept.hashes is not None
    assert (kept.hashes.match(password), kept.hashes.match(password + "x")) == (True, False)
    assert kept.hashes.bcrypt.startswith("$2a$04$")
    assert kept.hashes.pbkdf2.startswith("$7$101$")


def test_a_rotated_credential_leaves_its_history_without_its_hashes(connection: Connection) -> None:
    first = credentials.add(connection, "water", actor="ann")
    second = credentials.rotate(connection, "water", actor="bob")
    assert second not in {None, first}
    rows = connection.execute(
        "SELECT created_by, ended_because, bcrypt IS NULL, pbkdf2 IS NULL FROM source_credential ORDER BY id"
    ).fetchall()
    assert rows == [("ann", "rotated", True, True), ("bob", None, False, False)]
    assert audited(connection, "water") == ["source.add", "source.rotate"]


def test_one_credential_holds_at_a_time(connection: Connection) -> None:
    credentials.add(connection, "water", actor="test")
    with pytest.raises(SourceKnown):
        credentials.add(connection, "water", actor="test")
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute(
            "INSERT INTO source_credential (source_id, kind, created_by) SELECT id, 'certificate', 'x' FROM source"
        )


def test_what_a_revoked_source_pushed_with_does_not_come_back_with_it(connection: Connection) -> None:
    credentials.add(connection, "water", actor="test")
    key = keys.create(connection, name="pump", role=Role.SOURCE, actor="test", source="water")
    assert keys.holder(connection, key) is not None
    credentials.revoke(connection, "water", actor="test")
    credentials.add(connection, "water", actor="test")
    assert keys.holder(connection, key) is None


def test_a_revoked_source_is_let_in_again_by_adding_it_alone(connection: Connection) -> None:
    credentials.add(connection, "water", actor="test", limits={"report_interval": timedelta(minutes=15)})
    assert credentials.revoke(connection, "water", actor="test")
    assert not credentials.revoke(connection, "water", actor="test")
    assert credentials.current(connection) == []
    with pytest.raises(SourceRevoked):
        credentials.rotate(connection, "water", actor="test")
    credentials.add(connection, "water", actor="test", kind=Kind.CERTIFICATE)
    [kept] = credentials.current(connection)
    assert (kept.kind, kept.hashes) == (Kind.CERTIFICATE, None)
    view = sources.one(connection, "water")
    assert view is not None
    assert (view.revoked_at, view.report_interval) == (None, timedelta(minutes=15))
    assert audited(connection, "water") == ["source.add", "source.revoke", "source.add"]


def test_a_source_that_its_instruments_made_known_is_never_let_in_unasked(connection: Connection) -> None:
    enrol(connection)
    assert credentials.current(connection) == []
    assert credentials.never_issued(connection) == [SOURCE]
    credentials.revoke(connection, SOURCE, actor="test")
    assert credentials.never_issued(connection) == []


def test_no_source_is_let_in_under_a_name_of_ours(connection: Connection) -> None:
    enrol(connection, source="ingest")
    assert credentials.never_issued(connection) == []
    for code in ("ingest", "", "a.b", "a/b", "+", "#", "$SYS", "a b", 'a"b', "a\nuser ingest", "ü", "a" * 65):
        with pytest.raises(SourceCodeUnfit):
            credentials.add(connection, code, actor="test")


def test_limits_change_in_the_version_that_was_read(connection: Connection) -> None:
    credentials.add(connection, "water", actor="test", name="Water", limits={"messages_per_second": 5.0})
    before = sources.one(connection, "water")
    assert before is not None
    credentials.change(connection, "water", {"largest_message": 9}, actor="test", versions=[before.version])
    with pytest.raises(SourceChanged):
        credentials.change(connection, "water", {"largest_message": 10}, actor="test", versions=[before.version])
    with pytest.raises(SourceUnknown):
        credentials.change(connection, "gas", {}, actor="test")
    after = sources.one(connection, "water")
    assert after is not None
    assert (after.name, after.messages_per_second, after.largest_message) == ("Water", 5.0, 9)
    assert after.version > before.version


def test_refuses_a_password_of_which_bcrypt_would_see_the_beginning_alone() -> None:
    with pytest.raises(ValueError, match="72"):
        passwords.hashes("x" * 73)
