"""The product's own commands as child processes, with the environment that production gives them."""

import os
import signal
import subprocess
import sysconfig
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

HENGJIAN = str(Path(sysconfig.get_path("scripts")) / "hengjian")


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Our environment with these settings, named without their prefix."""
    return (
        os.environ | {"PYTHONUNBUFFERED": "1"} | {f"HENGJIAN_{name.upper()}": text for name, text in settings.items()}
    )


def hengjian(settings: Mapping[str, str], *arguments: str, status: int = 0) -> str:
    """Run a command to its end and return what it said; it must end with `status`."""
    ended = subprocess.run(
        [HENGJIAN, *arguments], env=environment(settings), capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == status, ended.stdout + ended.stderr
    return ended.stdout


class Process:
    """A service that a test may kill and start again.

    Parameters
    ----------
    directory
        Where its log lies.
    arguments
        Those after `hengjian`; the first is the service's name.
    settings
        Its settings, without their prefix.
    """

    def __init__(self, directory: Path, *arguments: str, **settings: str) -> None:
        self.program: tuple[str, ...] = (HENGJIAN,)
        self.arguments = arguments
        self.log = directory / f"{arguments[0]}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._environment = environment(settings)
        self._began = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()

    @property
    def pid(self) -> int:
        """Its process number."""
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        """Start it without waiting for it."""
        with self.log.open("ab") as log:
            self._began = log.tell()
            self.process = subprocess.Popen(
                [*self.program, *self.arguments],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)

    def kill(self) -> None:
        """Stop it as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(30)

    def words(self) -> str:
        """What it said since it was last started."""
        with self.log.open("rb") as log:
            log.seek(self._began)
            return log.read().decode()

    def said(self, text: str) -> bool:
        """Whether it said something since it was last started."""
        return text in self.words()

    def wait_until_said(self, text: str) -> None:
        """Wait for a line of its log."""
        wait_for(lambda: self.said(text), why=lambda: self.words()[-4000:])

    def peak_memory(self) -> int:
        """Most memory that it ever held [bytes]; Linux alone says so."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        [kibibytes] = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(kibibytes) * 1024


def wait_for(condition: Callable[[], bool], *, seconds: float = 60, why: Callable[[], object] = lambda: "") -> None:
    """Wait until a condition holds; fail with what `why` says if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, why()
        time.sleep(0.05)
