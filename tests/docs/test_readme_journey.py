"""What README.md says about pushing one's own telemetry, done as it says."""

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from standalone.port import free_port
from standalone.service import Service
from tests.docs.reading import fences
from tests.services.required import absent

pytestmark = pytest.mark.journey

PATIENCE = 90.0


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def block(holding: str) -> str:
    [found] = [fence.text for fence in fences("README.md") if fence.language == "bash" and holding in fence.text]
    return found


def shell(home: Path, text: str) -> None:
    done = subprocess.run(["bash", "-euc", text], cwd=home, capture_output=True, text=True, check=False, timeout=120)  # noqa: S607 - whatever bash there is
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def home(open_directory: Path) -> Iterator[Path]:
    """A folder that looks like a checkout to whoever follows the README."""
    if shutil.which("mosquitto_pub") is None:
        absent("mosquitto_pub is not installed")
    if not (Path(sys.prefix) / "bin" / "activate").exists():
        absent("the tests do not run in a virtual environment")
    folder = open_directory / "readme"
    folder.mkdir(mode=0o755)
    (folder / ".venv").symlink_to(sys.prefix)
    yield folder
    shutil.rmtree(folder)


def test_telemetry_pushed_as_the_readme_says_becomes_an_alert(home: Path) -> None:
    port, broker_port = free_port(), free_port()
    started = Service("up", ("up", "--no-city", "--port", str(port), "--broker-port", str(broker_port)))
    with (home / "up.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(started.command, cwd=home, stdout=log, stderr=subprocess.STDOUT)
    try:
        until(lambda: re.search(r"#key=\S+", (home / "up.log").read_text(encoding="utf-8")))
        [key] = re.findall(r"#key=(\S+)", (home / "up.log").read_text(encoding="utf-8"))
        activation = "\n".join(line for line in block("<<'END'").splitlines() if line.startswith(". "))
        assert (home / "var" / "environment").stat().st_mode & 0o077 == 0
        shell(home, block("<<'END'"))
        users = home / "var" / "broker" / "users.json"
        until(lambda: "my-utility" in json.loads(users.read_text(encoding="utf-8")))
        shell(home, f"{activation}\n{block('mosquitto_pub').replace('1883', str(broker_port))}")
        bearer = {"Authorization": f"Bearer {key}"}
        alerts = f"http://127.0.0.1:{port}/v1/alerts"
        until(lambda: httpx.get(alerts, headers=bearer, timeout=20).json()["items"])
        [alert] = httpx.get(alerts, headers=bearer, timeout=20).json()["items"]
        assert (alert["judge"], alert["instrument"]["serial"]) == ("backward_register", "W-1")
    finally:
        process.terminate()
        process.wait(PATIENCE)
    assert not (home / "var" / "environment").exists()
