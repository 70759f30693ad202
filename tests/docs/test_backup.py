import os
import subprocess
from pathlib import Path

import psycopg

from standalone.postgres_program import PostgresProgram
from store.connection import connect
from store.instruments import Enrolment, Site, enrol
from tests.docs.reading import fences


def test_what_was_dumped_is_restored_as_it_was(plain_database: str, tmp_path: Path) -> None:
    [backup] = [fence.text for fence in fences("docs/operations.md") if "pg_dump" in fence.text]
    with connect(plain_database, application="test", autocommit=True) as connection:
        enrol(connection, [Enrolment("s", "W-1", "water_meter", Site("DMA-01", "一号计量区", "District 1"))])
    binaries = PostgresProgram.of_wheel().binaries
    environment = {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}", "HENGJIAN_DATABASE_URL": plain_database}
    restored = f"{plain_database.rpartition('/')[0]}/hengjian_restored"
    try:
        subprocess.run(["bash", "-euc", backup], cwd=tmp_path, env=environment, check=True, timeout=120)  # noqa: S607 - whatever bash there is
        with connect(restored, application="test", autocommit=True) as connection:
            assert connection.execute("SELECT serial, kind FROM instrument").fetchall() == [("W-1", "water_meter")]
    finally:
        with psycopg.connect(plain_database, autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS hengjian_restored")
