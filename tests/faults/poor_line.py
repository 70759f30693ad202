"""A poor line to a broker: a network namespace from which 127.0.0.1 is reached through a program that loses packets.

On the far side the same addresses hold as on this one: there, 127.0.0.1 is no loopback but leads over the line to this
side. So whatever a test starts on the far side needs no other settings than usual; only PostgreSQL looks at where a
connection comes from, and is asked by its Unix socket.
"""

import contextlib
import ctypes
import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tests.services.required import absent

KEEPER = Path(__file__).with_name("line_keeper.py")
CLONE_NEWNET = 0x40000000
NEAR_ADDRESS, FAR_ADDRESS = "198.18.73.1", "198.18.73.2"
"""Two addresses set aside for tests of networks (RFC 2544); seen by nobody but the two ends of the line."""

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Faults:
    """What packets to and from the broker suffer in each direction.

    Parameters
    ----------
    delay, jitter
        Each packet takes `delay` ± `jitter` [s].
    loss, reordering
        Probability that a packet is lost, or overtakes those that wait.
    """

    delay: float = 0.0
    jitter: float = 0.0
    loss: float = 0.0
    reordering: float = 0.0


class PoorLine:
    """The line; as a context manager it stands while the block runs.

    Parameters
    ----------
    port
        Port of the broker on 127.0.0.1: its packets alone suffer, those of the database pass at once.
    """

    def __init__(self, port: int, faults: Faults, *, seed: int) -> None:
        name = f"hj{os.getpid()}"
        self._near, self._far, self._namespace = f"{name}n", f"{name}f", f"{name}-far"
        options = [f"--{fault}={value}" for fault, value in vars(faults).items()]
        self._command = [sys.executable, str(KEEPER), self._near, self._far, str(port), f"--seed={seed}", *options]
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        require_namespaces()
        with contextlib.ExitStack() as opened:
            ip("netns", "add", self._namespace)
            opened.callback(ip, "netns", "delete", self._namespace)
            self._keeper = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            opened.callback(self._end)
            assert self._answer() == "ready"
            ip("link", "set", self._far, "netns", self._namespace)
            self._raise(self._near, NEAR_ADDRESS, FAR_ADDRESS)
            with self.far_side():
                self._raise(self._far, FAR_ADDRESS, NEAR_ADDRESS)
                ip("route", "add", "127.0.0.0/8", "dev", self._far, "src", FAR_ADDRESS)
            self._open = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @contextlib.contextmanager
    def far_side(self) -> Iterator[None]:
        """Processes, threads and connections that this thread makes in the block are and stay on the far side."""
        with (
            Path("/proc/thread-self/ns/net").open("rb") as here,
            Path("/run/netns", self._namespace).open("rb") as there,
        ):
            _enter(there.fileno())
            try:
                yield
            finally:
                _enter(here.fileno())

    def cut(self) -> dict[str, int]:
        """From now on the broker's packets vanish, both ways and without a word; counts until now."""
        return self._say("cut")

    def mend(self) -> dict[str, int]:
        """From now on they pass again; counts until now."""
        return self._say("mend")

    def _say(self, word: str) -> dict[str, int]:
        assert self._keeper.stdin is not None
        self._keeper.stdin.write(f"{word}\n")
        self._keeper.stdin.flush()
        counts: dict[str, int] = json.loads(self._answer())
        return counts

    def _answer(self) -> str:
        assert self._keeper.stdout is not None
        return self._keeper.stdout.readline().strip()

    def _raise(self, device: str, address: str, peer: str) -> None:
        # On this device, and on no other, packets of 127.0.0.1 may come and go.
        Path(f"/proc/sys/net/ipv4/conf/{device}/route_localnet").write_text("1", encoding="ascii")
        ip("address", "add", address, "peer", peer, "dev", device)
        ip("link", "set", device, "up")

    def _end(self) -> None:
        assert self._keeper.stdin is not None
        assert self._keeper.stdout is not None
        self._keeper.stdin.close()
        self._keeper.wait(10)
        self._keeper.stdout.close()


def require_namespaces() -> None:
    """Skip where this account or machine cannot make network namespaces; fail where what lacks can be installed."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    if shutil.which("ip") is None:
        absent("the program `ip` is not installed (package iproute2)")
    try:
        os.close(os.open("/dev/net/tun", os.O_RDWR))
    except OSError as error:
        pytest.skip(f"this machine gives no TUN devices: {errno.errorcode.get(error.errno or 0)}")
    tried = subprocess.run(["ip", "netns", "add", f"hj{os.getpid()}-try"], capture_output=True, text=True, check=False)  # noqa: S607 - where `ip` lies differs
    if tried.returncode != 0:
        pytest.skip(f"this machine gives no network namespaces: {tried.stderr.strip()}")
    ip("netns", "delete", f"hj{os.getpid()}-try")


def ip(*words: str) -> None:
    """Run the program `ip`."""
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)  # noqa: S607 - where it lies differs
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"


def _enter(namespace: int) -> None:
    if _libc.setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
