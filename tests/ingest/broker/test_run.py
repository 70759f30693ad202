import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.broker import nats
from ingest.broker.layout import Layout, Users
from standalone.port import LOOPBACK, free_port
from store.credentials import Credential, Kind
from store.passwords import hashes
from tests.services.deployed_broker import DEPLOY, PATH
from tests.services.mqtt_client import Listener
from tests.services.processes import wait_for

GIBIBYTE = 2**30
HEADROOM = 64 * 2**20


@contextmanager
def running(directory: Path) -> Iterator[None]:
    """nats-server as the composition runs it."""
    words = ["/bin/sh", str(DEPLOY / "broker" / "run.sh"), "nats", str(directory)]
    with (directory / "run.log").open("wb") as log:
        script = subprocess.Popen(words, env=os.environ | {"PATH": PATH}, stdout=log, stderr=log)
        try:
            wait_for(lambda: "Server is ready" in said(directory), why=lambda: said(directory))
            yield
        finally:
            script.terminate()
            assert script.wait(30) in {0, 143}, said(directory)


def said(directory: Path) -> str:
    return (directory / "run.log").read_text(encoding="utf-8")


def limit(directory: Path) -> int:
    found = re.search(r"max_file_store: (\d+)$", (directory / "started.conf").read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize("held, expected", [(0, 9 * GIBIBYTE), (9 * GIBIBYTE, 9 * GIBIBYTE + HEADROOM)])
def test_a_nats_that_holds_more_than_it_may_starts_with_room_for_sessions_and_keeps_its_limit_until_it_ends(
    held: int, expected: int, tmp_path: Path
) -> None:
    layout = Layout(tmp_path, host=LOOPBACK, port=free_port())
    own, water = hashes("i"), Credential("water", Kind.PASSWORD, hashes("w"))
    (tmp_path / nats.FILE).write_text(nats.files(layout, Users(own))[nats.FILE], encoding="utf-8")
    (tmp_path / "messages").mkdir()
    with (tmp_path / "messages" / "held").open("wb") as holding:
        holding.truncate(held)
    with running(tmp_path):
        assert limit(tmp_path) == expected
        (tmp_path / "messages" / "held").unlink()
        (tmp_path / nats.FILE).write_text(nats.files(layout, Users(own, (water,)))[nats.FILE], encoding="utf-8")
        wait_for(lambda: "Reloaded server configuration" in said(tmp_path), why=lambda: said(tmp_path))
        assert limit(tmp_path) == expected
        with Listener(f"mqtt://water:w@{LOOPBACK}:{layout.port}", "water-asks") as entering:
            assert entering.connections > 0
