import contextlib
import os
import re
import signal
import subprocess
import sys
import time

import httpx

from api.server import listen
from store.connection import Connection

_PROGRAM = """
import typer
from api.command import register
app = typer.Typer()
register(app)
app()
"""


def _start(database: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, "api", "--port", "0", *arguments],
        env=os.environ | {"HENGJIAN_DATABASE_URL": database},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_prints_the_first_key_once_and_stops_at_once_with_open_feeds(plain_database: str) -> None:
    process = _start(plain_database)
    assert process.stdout is not None
    key = re.fullmatch(r"first administrator key: (hj_\S+)\n", process.stdout.readline())
    address = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)/\n", process.stdout.readline())
    assert key
    assert address
    headers = {"Authorization": f"Bearer {key[1]}"}
    deadline = time.monotonic() + 15
    with httpx.Client(base_url=address[1], headers=headers) as client:
        while client.get("/v1/alerts/stream", params={"last_event_id": "x"}).status_code == 503:
            assert time.monotonic() < deadline
        assert client.get("/v1/me").json()["role"] == "administrator"
        with contextlib.ExitStack() as streams:
            opened = [
                streams.enter_context(httpx.stream("GET", f"{address[1]}/v1/alerts/stream", headers=headers))
                for _ in range(20)
            ]
            lines = [stream.iter_lines() for stream in opened]
            assert [next(line) for line in lines] == ["retry: 2000"] * 20
            process.send_signal(signal.SIGINT)
            began = time.monotonic()
            for line in lines:
                assert set(line) <= {"", "id: 0", ": heartbeat"}
            out, errors = process.communicate(timeout=15)
    assert time.monotonic() - began < 5
    assert "Traceback" not in errors
    assert "exceeded" not in errors
    assert out == ""

    again = _start(plain_database)
    assert again.stdout is not None
    assert again.stdout.readline().startswith("listening on ")
    again.send_signal(signal.SIGTERM)
    again.communicate(timeout=15)


def test_says_what_to_do_when_it_cannot_start(plain_database: str, connection: Connection) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        process = _start(plain_database, "--port", str(port))
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert errors == f"cannot listen on 127.0.0.1 port {port}: Address already in use\n"
    connection.execute("delete from migration")
    connection.commit()
    process = _start(plain_database)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "run `hengjian migrate`" in errors


def test_an_answer_does_not_wait_for_the_callers_acknowledgement(address: str) -> None:
    with httpx.Client(base_url=address) as client:
        client.get("/healthz")
        seconds = []
        for _ in range(30):
            began = time.perf_counter()
            client.get("/healthz")
            seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.02
