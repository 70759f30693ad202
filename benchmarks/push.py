"""A million readings by one push over HTTP and by one import, beside raw binary COPY of the same rows in the same run.

python -m benchmarks.push [--readings 1000000] [--per-message 100]
"""

import gzip
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.product import HENGJIAN
from standalone.postgres import EmbeddedPostgres
from store import instruments, keys, sql
from store.columns import EPOCH_SHIFT, send
from store.connection import Connection, connect
from store.instruments import Enrolment, Site
from store.keys import Role
from store.migrate import migrate

METERS = 1000
SOURCE = "utility"
START = np.datetime64("2026-06-01T00:00:00", "us")
COPY_ROWS = 50_000
"""Rows of one raw COPY: about what a chunk of a push holds."""


def main(
    readings: Annotated[int, typer.Option(help="Readings in all; a multiple of --per-message.")] = 1_000_000,
    per_message: Annotated[int, typer.Option(help="Readings of one NDJSON message.")] = 100,
) -> None:
    """Measure, and print readings per second, ratios and the API's memory."""
    if os.geteuid() == 0:
        os.umask(0o022)
    with tempfile.TemporaryDirectory(prefix="hengjian-push-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        table = directory / "readings.csv.gz"
        messages = directory / "readings.ndjson.gz"
        messages.write_bytes(gzip.compress(b"".join(_messages(readings, per_message)), 1))
        table.write_bytes(gzip.compress(b"".join(_table(readings)), 1))
        with EmbeddedPostgres(directory / "postgres") as postgres:
            raw = _fresh(postgres, "raw", lambda url: _copy(url, readings))
            print(f"raw binary COPY           {readings / raw:>10,.0f} readings/s", flush=True)
            for file in (messages, table):
                for told, way in (("push", _push), ("import", _import)):
                    seconds, memory = _fresh(
                        postgres, f"{told}_{file.name.split('.')[1]}", lambda url, f=file, w=way: w(url, f)
                    )
                    print(
                        f"{told:6} {file.name:18} {readings / seconds:>10,.0f} readings/s  {raw / seconds:.2f} of COPY"
                        f"  {seconds:.1f} s{memory}",
                        flush=True,
                    )


def _push(url: str, file: Path) -> tuple[float, str]:
    with connect(url, application="benchmark", autocommit=True) as connection:
        key = keys.create(connection, name="utility", role=Role.SOURCE, actor="benchmark", source=SOURCE)
    kind = "text/csv" if "csv" in file.name else "application/x-ndjson"
    headers = {
        "Authorization": f"Bearer {key}",
        "Idempotency-Key": file.name,
        "Content-Type": kind,
        "Content-Encoding": "gzip",
    }
    with _served(url) as (address, pid):
        before = _peak(pid)
        began = time.perf_counter()
        with file.open("rb") as content:
            answer = httpx.post(f"{address}/v1/telemetry", content=content, headers=headers, timeout=600)
        seconds = time.perf_counter() - began
        after = _peak(pid)
    _require(answer.json()["messages"]["quarantined"] == 0, answer.text)
    return seconds, f"  api's peak memory {before >> 20} → {after >> 20} MiB"


def _import(url: str, file: Path) -> tuple[float, str]:
    began = time.perf_counter()
    subprocess.run(
        [HENGJIAN, "import", str(file), "--source", SOURCE],
        env=os.environ | {"HENGJIAN_DATABASE_URL": url},
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - began, ""


def _copy(url: str, readings: int) -> float:
    numbered = sql.statements("readings")["copy"]
    with connect(url, application="benchmark", autocommit=True) as connection:
        rows = _rows(connection, readings)
        began = time.perf_counter()
        for start in range(0, readings, COPY_ROWS):
            send(connection, numbered, rows[start : start + COPY_ROWS])
        return time.perf_counter() - began


def _rows(connection: Connection, readings: int) -> NDArray[Any]:
    """The rows that pushes end in, in their order."""
    known: dict[str, int] = dict(connection.execute("SELECT serial, id FROM instrument").fetchall())
    [(register,)] = connection.execute(
        "SELECT id FROM register WHERE kind = 'water_meter' AND name = 'volume'"
    ).fetchall()
    ids = np.array([known[f"W-{number}"] for number in range(METERS)], dtype=np.int32)
    names = ("instrument", "register", "taken_at", "value", "received_at")
    rows = np.empty(readings, dtype=list(zip(names, ("i4", "i2", "i8", "i8", "i8"), strict=True)))
    meter, minute = np.divmod(np.arange(readings), readings // METERS)
    rows["instrument"], rows["register"], rows["value"] = ids[meter], register, minute * 10 + 1
    start = int(START.astype("int64")) - EPOCH_SHIFT
    rows["taken_at"] = start + minute * 60_000_000
    rows["received_at"] = start
    return rows


def _stated(readings: int) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    each = readings // METERS
    instants = np.datetime_as_string(START + np.arange(each) * np.timedelta64(60, "s"), unit="s").tolist()
    values = [f"{count // 100}.{count % 100:02d}1" for count in range(each)]
    for meter in range(METERS):
        yield f"W-{meter}", [(f"{at}+08:00", value) for at, value in zip(instants, values, strict=True)]


def _messages(readings: int, per_message: int) -> Iterator[bytes]:
    for serial, stated in _stated(readings):
        for start in range(0, len(stated), per_message):
            told = ",".join(
                f'{{"taken_at":"{at}","registers":{{"volume":"{value}"}}}}'
                for at, value in stated[start : start + per_message]
            )
            yield f'{{"instrument":"{serial}","readings":[{told}]}}\n'.encode()


def _table(readings: int) -> Iterator[bytes]:
    yield b"instrument,taken_at,register,value\n"
    for serial, stated in _stated(readings):
        yield "".join(f"{serial},{at},volume,{value}\n" for at, value in stated).encode()


def _fresh(postgres: EmbeddedPostgres, name: str, measure: Any) -> Any:
    with connect(postgres.url("postgres"), application="benchmark", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE bench_{name} TEMPLATE template0")
    url = postgres.url(f"bench_{name}")
    site = Site("BENCH", "测试", "Benchmark")
    with connect(url, application="benchmark") as connection:
        migrate(connection)
        instruments.enrol(
            connection, [Enrolment(SOURCE, f"W-{number}", "water_meter", site) for number in range(METERS)]
        )
        connection.commit()
    return measure(url)


@contextmanager
def _served(url: str) -> Iterator[tuple[str, int]]:
    process = subprocess.Popen(
        [HENGJIAN, "api", "--port", "0"],
        env=os.environ | {"HENGJIAN_DATABASE_URL": url},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        said = process.stdout or iter(())
        address = next(found[1] for line in said if (found := re.match(r"listening on (\S+)/", line)))
        deadline = time.monotonic() + timedelta(seconds=20).total_seconds()
        while httpx.get(f"{address}/healthz").status_code != httpx.codes.OK and time.monotonic() < deadline:
            time.sleep(0.05)
        yield address, process.pid
    finally:
        process.terminate()
        process.wait(30)


def _peak(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmHWM:"))


def _require(holds: bool, why: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise SystemExit(why)


if __name__ == "__main__":
    typer.run(main)
