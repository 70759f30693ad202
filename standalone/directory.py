"""Directories that hold data: made, owned, locked, with room left."""

import fcntl
import os
import pwd
import shutil
from pathlib import Path
from typing import IO

from standalone.errors import AlreadyRunning, DiskFull, OwnedByAnother

ROOM_NEEDED = 256 * 2**20
"""Free space below which nothing is started [bytes]: a database that fills its disk while writing stops hard."""


def account_name(user: int) -> str:
    """The name of a user id, or the number itself where the machine knows no name."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"


def require_own(path: Path) -> None:
    """Refuse an existing directory that belongs to somebody else; root may use anyone's.

    Raises
    ------
    OwnedByAnother
        When the directory, or the place where it would be made, is another's.
    """
    me = os.geteuid()
    if me == 0:
        return
    nearest = next(place for place in (path, *path.parents) if place.exists())
    owner = nearest.stat().st_uid
    if (nearest == path and owner != me) or not os.access(nearest, os.W_OK | os.X_OK):
        raise OwnedByAnother(nearest, account_name(owner), account_name(me))


def require_room(path: Path, needed: int = ROOM_NEEDED) -> None:
    """Refuse a disk that is as good as full.

    Parameters
    ----------
    path
        An existing directory on the disk in question.
    needed
        Least free space [bytes].

    Raises
    ------
    DiskFull
        When less is free.
    """
    free = shutil.disk_usage(path).free
    if free < needed:
        raise DiskFull(path, free, needed)


class DirectoryLock:
    """One process's hold on a directory, which the kernel itself lets go when that process dies.

    A lock file left by a killed process therefore never has to be judged stale or removed by hand.

    Parameters
    ----------
    path
        The lock file; it keeps the holder's process id for the reader of an error message.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Hold the directory.

        Raises
        ------
        AlreadyRunning
            When a living process holds it.
        """
        file = self.path.open("a+", encoding="ascii")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise AlreadyRunning(self.path.parent, holder) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file

    def release(self) -> None:
        """Let go; the file itself stays, for removing it would race with the next holder."""
        if self._file is not None:
            self._file.close()
            self._file = None
