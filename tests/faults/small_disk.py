"""A file system of a few hundred mebibytes, which a test may fill: an image mounted by a loop device."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.services.required import absent

MEBIBYTE = 2**20


class SmallDisk:
    """A mounted file system.

    Parameters
    ----------
    path
        Where it is mounted.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / "ballast"

    def fill(self, *, leave: int) -> int:
        """Take all room but so much [bytes]; return how much was taken."""
        take = shutil.disk_usage(self.path).free - leave
        with self._ballast.open("ab") as ballast:
            os.posix_fallocate(ballast.fileno(), ballast.tell(), take)
        return take

    def make_room(self) -> None:
        """Give back what was taken."""
        self._ballast.unlink()

    @property
    def free(self) -> int:
        """What is left [bytes]."""
        return shutil.disk_usage(self.path).free


@contextmanager
def small_disk(directory: Path, size: int) -> Iterator[SmallDisk]:
    """A fresh file system of `size` [bytes] below `directory`, mounted while the block runs.

    An image on a loop device; where the machine gives none, a file system in memory; skips where neither may be.
    """
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    image, path = directory / "disk.img", directory / "disk"
    path.mkdir(parents=True)
    program = shutil.which("mkfs.ext4", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if program is None:
        absent("mkfs.ext4 is not installed (package e2fsprogs)")
    with image.open("wb") as made:
        made.truncate(size)
    # No journal worth mentioning, and no share that root alone may use: full means full.
    _run(program, "-q", "-m", "0", "-J", "size=4", str(image))
    mounted = _run("mount", "-o", "loop", str(image), str(path), check=False)
    if mounted.returncode != 0:
        mounted = _run("mount", "-t", "tmpfs", "-o", f"size={size}", "hengjian-test", str(path), check=False)
    if mounted.returncode != 0:
        pytest.skip(f"this machine mounts no small file system: {mounted.stderr.strip()}")
    try:
        path.chmod(0o755)
        yield SmallDisk(path)
    finally:
        _run("umount", str(path))
        image.unlink()


def _run(*command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done
