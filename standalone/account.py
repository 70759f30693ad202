"""The account a server runs as: PostgreSQL refuses root, everyone else runs it as himself."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from standalone.directory import account_name

CANDIDATES = ("postgres", "nobody")
"""System accounts without rights, in order of preference, for a machine on which we are root."""


@dataclass(frozen=True)
class Account:
    """Who a server runs as.

    Parameters
    ----------
    user, group
        Numeric ids.
    name
        The user's name, for messages.
    """

    user: int
    group: int
    name: str

    @property
    def is_another(self) -> bool:
        """Whether running as this account means giving up our own rights first."""
        return self.user != os.geteuid()

    def process_options(self) -> dict[str, Any]:
        """What `subprocess` must be told to run a program as this account."""
        # The caller's working directory may be closed to the account; "/" is open to all.
        options: dict[str, Any] = {"cwd": "/"}
        if self.is_another:
            options |= {"user": self.user, "group": self.group, "extra_groups": []}
        return options

    def own(self, *paths: Path) -> None:
        """Hand files or directories to this account."""
        if self.is_another:
            for path in paths:
                os.chown(path, self.user, self.group)

    def can_run(self, program: Path) -> bool:
        """Whether this account can reach and execute a program."""
        try:
            finished = subprocess.run(  # noqa: S603 - the program is the wheel's own, asked for its version
                [program, "--version"], capture_output=True, check=False, timeout=30, **self.process_options()
            )
        except PermissionError:
            return False
        return finished.returncode == 0

    def can_enter(self, directory: Path) -> bool:
        """Whether this account can enter a directory and all that lie above it."""
        probe = ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(directory)]
        finished = subprocess.run(  # noqa: S603 - the probe is a constant
            probe, capture_output=True, check=False, timeout=30, **self.process_options()
        )
        return finished.returncode == 0


def server_account(owned: Path) -> Account:
    """The account a database server runs as.

    Parameters
    ----------
    owned
        What the server's account owns, if it exists already; its owner stays its owner.

    Returns
    -------
    Account
        Ourselves, or, when we are root, the owner of `owned` or a system account without rights.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), account_name(os.geteuid()))
    if owned.exists() and (kept := owned.stat()).st_uid != 0:
        return Account(kept.st_uid, kept.st_gid, account_name(kept.st_uid))
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    chosen = next(known[name] for name in CANDIDATES if name in known)
    return Account(chosen.pw_uid, chosen.pw_gid, chosen.pw_name)
