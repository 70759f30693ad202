"""Pushes over HTTP: the api killed in their middle again and again, and a million readings in little memory."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Thread

import httpx
import pytest

from store import keys
from store.intake import Tally
from store.keys import Role
from tests.faults.conftest import Tell
from tests.faults.recount import sum_up, verify_days
from tests.faults.scale import scaled
from tests.services.databases import DatabaseServer
from tests.services.enrolled import SOURCE, connect_to, counted, enrol
from tests.services.processes import Process, wait_for
from tests.services.product import READY

pytestmark = pytest.mark.fault

SEED = 20_261_125
KILLS = scaled(4, 40)
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
METERS = 20
MESSAGES = scaled(120_000, 400_000)
"""Rows of a push that is killed: at 20,000 a chunk some are committed and some not."""

MILLION = 1_000_000
PER_MESSAGE = 100
MOST_GROWTH = 96 * 2**20
"""Most that a push may add to what the api holds anyway [bytes]."""


def address(api: Process) -> str:
    return api.words().partition("listening on ")[2].split()[0].rstrip("/")


@contextmanager
def api(database: str, directory: Path) -> Iterator[Process]:
    with connect_to(database) as connection:
        enrol(connection, water_meters=METERS)
    with Process(directory, "api", database_url=database, api_port="0") as process:
        process.wait_until_said(READY["api"])
        yield process


def headers(database: str, medium: str, **more: str) -> dict[str, str]:
    with connect_to(database) as connection:
        key = keys.create(connection, name="x", role=Role.SOURCE, actor="test", source=SOURCE)
    return {"Authorization": f"Bearer {key}", "Content-Type": medium, "Content-Encoding": "gzip", **more}


def table(readings: int) -> bytes:
    lines = [
        f"W-{number % METERS + 1},{(BEGIN + timedelta(seconds=number // METERS)).isoformat()},volume,{number}.25\n"
        for number in range(readings)
    ]
    return gzip.compress(("instrument,taken_at,register,value\n" + "".join(lines)).encode(), 1)


def packed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """gzip as it is made, so that no side of the test holds it whole."""
    deflater = zlib.compressobj(1, wbits=31)
    for piece in pieces:
        made = deflater.compress(piece)
        if made:
            yield made
    yield deflater.flush()


def million() -> Iterator[bytes]:
    instants = [(BEGIN + timedelta(seconds=number)).isoformat() for number in range(MILLION // METERS)]
    for meter in range(1, METERS + 1):
        for start in range(0, len(instants), PER_MESSAGE):
            told = ",".join(
                f'{{"taken_at":"{at}","registers":{{"volume":"{number}.125"}}}}'
                for number, at in enumerate(instants[start : start + PER_MESSAGE], start)
            )
            yield f'{{"instrument":"W-{meter}","readings":[{told}]}}\n'.encode()


def test_counts_every_message_once_though_the_api_is_killed_in_the_middle_again_and_again(
    database: str, tmp_path: Path, tell: Tell
) -> None:
    chance, messages = Random(SEED), MESSAGES
    body = table(messages)
    with api(database, tmp_path) as process:
        sent = headers(database, "text/csv", **{"Idempotency-Key": "the first of November"})

        def send() -> httpx.Response | None:
            try:
                return httpx.post(f"{address(process)}/v1/telemetry", content=body, headers=sent, timeout=120)
            except httpx.TransportError:
                return None

        found = []
        for number in range(KILLS):
            reached = counted(database).messages
            thread = Thread(target=send)
            thread.start()
            if number % 2:
                # Behind a commit, and anywhere between it and the next.
                wait_for(lambda reached=reached: counted(database).messages > reached)
            thread.join(chance.uniform(0, 0.5))
            process.kill()
            thread.join()
            found.append(counted(database).messages)
            process.start()
            process.wait_until_said(READY["api"])
        answers: list[httpx.Response] = []

        def answered() -> bool:
            answer = send()
            if answer is not None:
                answers.append(answer)
            return answer is not None and answer.status_code != httpx.codes.CONFLICT

        wait_for(answered)
    answer = answers[-1]
    assert answer.status_code == 200, answer.text
    total = counted(database)
    tell(seed=SEED, kills=KILLS, committed_at_each_kill=found, stored=total.readings_stored)
    assert answer.json()["readings"] == {
        "received": messages,
        "stored": messages,
        "repeated": 0,
        "conflicting": 0,
        "quarantined": 0,
    }
    assert total == Tally(messages=messages, readings=messages, readings_stored=messages)
    assert any(0 < committed < messages for committed in found)
    with connect_to(database) as connection:
        assert connection.execute("SELECT count(*) FROM reading").fetchone() == (messages,)
    sum_up(database)
    verify_days(database)


def test_takes_a_million_readings_and_a_bomb_in_little_memory(
    plain_databases: DatabaseServer, tmp_path: Path, tell: Tell
) -> None:
    with plain_databases.fresh(migrated=True) as database, api(database, tmp_path) as process:
        sent = headers(database, "application/x-ndjson")

        def push(name: str, pieces: Iterator[bytes]) -> httpx.Response:
            named = sent | {"Idempotency-Key": name}
            return httpx.post(f"{address(process)}/v1/telemetry", content=packed(pieces), headers=named, timeout=120)

        assert push("small", iter([b"{\n"])).status_code == 200
        before = process.peak_memory()
        answer = push("million", million())
        after = process.peak_memory()
        assert answer.json()["readings"]["stored"] == MILLION
        empty = push("newlines", iter([b"\n" * 2**20] * 300))
        ended = push("one line", iter([b" " * 2**20] * 1000))
        bombed = process.peak_memory()
        tell(readings=MILLION, peak_mib=f"{before >> 20} → {after >> 20} → {bombed >> 20}")
        assert (empty.status_code, empty.json()["code"]) == (422, "content_blank")
        assert (ended.status_code, ended.json()["code"]) == (413, "line_too_long")
        assert after - before < MOST_GROWTH
        assert bombed - before < MOST_GROWTH
