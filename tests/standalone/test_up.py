import contextlib
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from standalone.orphan import command_of
from standalone.port import free_port
from standalone.service import Service
from tests.services.required import absent

pytestmark = pytest.mark.journey

SMALL = ("--instruments", "60", "--backfill", "2")


class Up:
    """A running `hengjian up` and what it said."""

    def __init__(self, data: Path, *options: str, port: int | None = None) -> None:
        self.data = data
        self.port = port or free_port()
        command = Service("up", ("up", "--data", str(data), "--port", str(self.port), *options)).command
        if not Path(command[0]).exists():
            absent("the command hengjian is not installed: run make install")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
        )
        self.said = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, text: str, seconds: float = 90) -> re.Match[str]:
        found = wait_until(lambda: re.search(text, self.said) or self.process.poll() is not None, seconds)
        match = re.search(text, self.said)
        assert found, self.said
        assert match, self.said
        return match

    def get(self, path: str, key: str) -> httpx.Response:
        address = f"http://127.0.0.1:{self.port}{path}"
        return httpx.get(address, headers={"Authorization": f"Bearer {key}"}, timeout=20)

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def end(self) -> int:
        status = self.process.wait(90)
        self._reader.join(10)
        assert self.process.stdout
        self.process.stdout.close()
        return status

    def processes(self) -> list[str]:
        """Command lines of all that still runs on this data directory."""
        numbers = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        return [command for number in numbers if str(self.data) in (command := command_of(number))]

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.said += line


def wait_until(condition: Callable[[], object], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@pytest.fixture
def data(open_directory: Path) -> Iterator[Path]:
    made = open_directory / f"up-{free_port()}"
    yield made
    shutil.rmtree(made, ignore_errors=True)


@contextlib.contextmanager
def running(data: Path, *options: str, port: int | None = None) -> Iterator[Up]:
    up = Up(data, *options, port=port)
    try:
        yield up
    finally:
        if up.process.poll() is None:
            up.process.kill()
            up.process.wait()


def test_brings_a_city_up_and_keeps_it_over_a_second_start(data: Path) -> None:
    with running(data, *SMALL) as up:
        key = up.wait_for(r"Console: http://127\.0\.0\.1:\d+/#key=(hj_\S+)")[1]
        up.wait_for("its history is complete")
        assert up.get("/v1/me", key).json()["role"] == "administrator"
        sources = {item["code"]: item["instruments"] for item in up.get("/v1/sources", key).json()["items"]}
        assert sum(sources.values()) >= 60
        assert up.interrupt() == 0
        assert up.processes() == []
        assert list((data / "services").glob("*.pid")) == []
    with running(data) as again:
        again.wait_for(r"Console: http://127\.0\.0\.1:\d+/ ")
        assert "#key=" not in again.said
        kept = {item["code"]: item["instruments"] for item in again.get("/v1/sources", key).json()["items"]}
        assert kept == sources
        assert again.interrupt() == 0


def test_starts_empty_without_a_city(data: Path) -> None:
    with running(data, "--no-city") as up:
        key = up.wait_for(r"#key=(hj_\S+)")[1]
        assert up.get("/v1/sources", key).json()["items"] == []
        assert up.interrupt() == 0


@pytest.mark.fault
def test_recovers_from_its_own_death_and_from_that_of_everything_it_runs(data: Path) -> None:
    with running(data, "--no-city") as up:
        key = up.wait_for(r"#key=(hj_\S+)")[1]
        up.process.kill()
        up.end()
        assert up.processes()
    with running(data, "--no-city", port=up.port) as again:
        again.wait_for("Console: ")
        assert again.get("/v1/me", key).status_code == 200
        for note in (data / "services" / "ingest.pid", data / "broker" / "broker.pid"):
            before = note.read_text().split()[0]
            os.kill(int(before), signal.SIGKILL)
            assert wait_until(lambda note=note, before=before: note.read_text().split()[0] != before, 30)
        postmaster = data / "postgres" / "cluster" / "postmaster.pid"
        os.kill(int(postmaster.read_text().split()[0]), signal.SIGKILL)
        again.wait_for(r"PostgreSQL ended with status -9[\s\S]*PostgreSQL is up")
        assert wait_until(lambda: again.get("/readyz", key).status_code == 200, 60)
        assert again.interrupt() == 0
        assert again.processes() == []


def test_says_so_when_the_port_of_the_console_is_taken(data: Path) -> None:
    with running(data, "--no-city") as up:
        up.wait_for("Console: ")
        with running(data.with_name(data.name + "-second"), "--no-city", port=up.port) as second:
            assert second.end() == 1
            assert f"port {up.port} is already in use" in second.said
            assert second.processes() == []
        with running(data, "--no-city") as third:
            assert third.end() == 1
            assert "another Hengjian" in third.said
        assert up.interrupt() == 0
