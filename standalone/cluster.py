"""A PostgreSQL cluster on disk: made whole or not at all, with a password that only its owner can read."""

import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from standalone.account import Account
from standalone.directory import ROOM_NEEDED
from standalone.errors import DidNotStart, DiskFull
from standalone.postgres_program import PostgresProgram

ROLE = "hengjian"
CLUSTER = "cluster"
PASSWORD = "password"  # noqa: S105 - a file's name


def make_cluster(directory: Path, account: Account, program: PostgresProgram) -> None:
    """Make the cluster beside its place and move it there whole, so that a half-made one is never met.

    Parameters
    ----------
    directory
        Holds cluster and password; `account` can enter it.
    account
        Who will own the cluster.
    program
        The PostgreSQL that makes it.

    Raises
    ------
    DiskFull
        When there is no room for it.
    DidNotStart
        With initdb's own words, for any other reason.
    """
    password = directory / PASSWORD
    if not password.exists():
        descriptor = os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(24) + "\n")
        account.own(password)
    unfinished = directory / f"{CLUSTER}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    finished = subprocess.run(  # noqa: S603 - the installation's own program
        [
            program.binaries / "initdb",
            f"--pgdata={unfinished}",
            f"--username={ROLE}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            *program.locale_options(),
        ],
        capture_output=True,
        check=False,
        env=server_environment(),
        **account.process_options(),
    )
    if finished.returncode != 0:
        words = (finished.stdout + finished.stderr).decode(errors="replace")
        raise full_disk(directory, words) or DidNotStart("initdb", directory, words[-2000:])
    unfinished.rename(directory / CLUSTER)


def full_disk(directory: Path, words: str) -> DiskFull | None:
    """The plain reason, when PostgreSQL's own words tell that the disk is full."""
    if "No space left on device" not in words:
        return None
    return DiskFull(directory, shutil.disk_usage(directory).free, ROOM_NEEDED)


def server_environment() -> dict[str, str]:
    """What PostgreSQL's programs see of the environment: nothing of the caller's may steer them."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "TMPDIR": tempfile.gettempdir()}
