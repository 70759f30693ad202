"""The schema as written whole, and as it stands after all migrations, are one."""

import psycopg
import pytest

from metrology.kinds import KINDS
from store import sql
from store.connection import connect
from store.errors import MigrationChanged, MigrationUnknown, RegisterChanged
from store.migrate import migrate
from tests.services.databases import DatabaseServer

CATALOGUE = {
    "columns": """
        SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity
          FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'migration' ORDER BY 1, 2""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
          FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'migration' ORDER BY 1, 2""",
    "indexes": """
        SELECT tablename, indexname, indexdef FROM pg_indexes
         WHERE schemaname = 'public' AND tablename <> 'migration' ORDER BY 1, 2""",
    "triggers": """
        SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
          FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2""",
    "comments": """
        SELECT objoid::regclass::text, objsubid, description FROM pg_description
          JOIN pg_class ON pg_class.oid = objoid AND relnamespace = 'public'::regnamespace
         WHERE classoid = 'pg_class'::regclass AND relname <> 'migration' ORDER BY 1, 2""",
    "functions": """
        SELECT proname, pg_get_functiondef(oid) FROM pg_proc
         WHERE pronamespace = 'public'::regnamespace
           AND prolang IN (SELECT oid FROM pg_language WHERE lanname IN ('plpgsql', 'sql'))
         ORDER BY 1""",
    "views": "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public' ORDER BY 1",
}

UNCOMMENTED = """
    SELECT attrelid::regclass::text || '.' || attname FROM pg_attribute
      JOIN pg_class ON pg_class.oid = attrelid AND relkind = 'r' AND relnamespace = 'public'::regnamespace
     WHERE attnum > 0 AND NOT attisdropped AND col_description(attrelid, attnum) IS NULL
    UNION ALL
    SELECT oid::regclass::text FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND obj_description(oid) IS NULL"""


def test_migrations_lead_to_the_schema(plain_databases: DatabaseServer) -> None:
    with plain_databases.fresh(migrated=False) as whole, plain_databases.fresh(migrated=False) as stepwise:
        with psycopg.connect(whole) as connection:
            connection.execute(sql.text("schema.sql"))
            expected = {name: connection.execute(query).fetchall() for name, query in CATALOGUE.items()}
        with connect(stepwise, application="test") as other:
            migrate(other)
            found = {name: other.execute(query).fetchall() for name, query in CATALOGUE.items()}
    for name in CATALOGUE:
        assert found[name] == expected[name], name
    assert expected["columns"]


def test_every_table_and_column_says_what_it_is(database: str) -> None:
    with psycopg.connect(database) as connection:
        assert connection.execute(UNCOMMENTED).fetchall() == []


def test_migrating_twice_changes_nothing(empty_database: str) -> None:
    with connect(empty_database, application="test") as connection:
        assert migrate(connection)[0] == "0001_house.sql"
        assert not [name for name in migrate(connection) if name.endswith(".sql")]


def test_registers_are_declared_as_the_kinds_have_them(database: str) -> None:
    with psycopg.connect(database) as connection:
        stored = connection.execute("SELECT kind, name FROM register").fetchall()
    assert set(stored) == {(kind.name, register.name) for kind in KINDS.values() for register in kind.registers}


def test_an_edited_migration_is_refused(plain_database: str) -> None:
    with connect(plain_database, application="test") as connection:
        connection.execute("UPDATE migration SET digest = 'other'")
        with pytest.raises(MigrationChanged, match="0001_house"):
            migrate(connection)


def test_a_newer_database_is_refused(plain_database: str) -> None:
    with connect(plain_database, application="test") as connection:
        connection.execute("INSERT INTO migration VALUES ('9999_future.sql', 'x')")
        with pytest.raises(MigrationUnknown, match="9999_future"):
            migrate(connection)


def test_a_register_never_changes_its_meaning(plain_database: str) -> None:
    with connect(plain_database, application="test") as connection:
        connection.execute("UPDATE register SET decimals = 2 WHERE kind = 'water_meter' AND name = 'volume'")
        with pytest.raises(RegisterChanged, match="volume"):
            migrate(connection)


def test_timescale_makes_hypertables_of_evidence(timescale_databases: DatabaseServer) -> None:
    with timescale_databases.fresh(migrated=True) as url, psycopg.connect(url) as connection:
        rows = connection.execute("SELECT hypertable_name FROM timescaledb_information.hypertables").fetchall()
    assert {name for (name,) in rows} == {"reading", "transaction", "event"}


@pytest.mark.parametrize("table", ["reading", "audit", "intake"])
def test_evidence_is_only_ever_added(database: str, table: str) -> None:
    rows = {
        "reading": "INSERT INTO reading VALUES (now(), 1, now(), 1, 1)",
        "audit": "INSERT INTO audit (actor, action, subject) VALUES ('a', 'b', 'c')",
        "intake": "INSERT INTO intake (source_code) VALUES ('s')",
    }
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(rows[table])  # type: ignore[call-overload]  # test-only constants
        with pytest.raises(psycopg.errors.RestrictViolation, match="only ever added"):
            connection.execute(f"DELETE FROM {table}")  # type: ignore[call-overload]  # test-only constants
