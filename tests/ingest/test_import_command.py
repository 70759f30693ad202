import gzip
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from ingest import command
from store import instrument_keys, intake, quarantine
from store.connection import Connection
from store.intake import Tally
from store.public_key import Algorithm
from tests.ingest.test_push import line
from tests.services.enrolled import SOURCE, connect_to, enrol
from tests.services.processes import HENGJIAN, environment
from tests.services.signing import Signer

Run = Callable[..., Result]
TABLE = b"instrument,taken_at,register,value\nW-1,2026-11-01T00:00:00Z,volume,1.5\nW-1,2026-11-01T00:00:01Z,volume,x\n"


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with connect_to(database) as made:
        enrol(made)
        yield made


@pytest.fixture
def run(database: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("HENGJIAN_DATABASE_URL", database)
    app = typer.Typer()
    command.register(app)
    return lambda *arguments: CliRunner().invoke(app, ["import", *map(str, arguments)])


def ledger(connection: Connection) -> Tally:
    return intake.totals(connection).get(SOURCE, Tally())


def test_takes_files_in_and_again_is_harmless(run: Run, connection: Connection, tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.ndjson", tmp_path / "b.ndjson.gz"
    plain.write_bytes(b"".join(line(number) for number in range(30)))
    packed.write_bytes(gzip.compress(b"".join(line(number) for number in range(20, 50))))
    first = run(plain, packed, "--source", SOURCE)
    assert first.exit_code == 0, first.output
    assert f"{plain}: messages 30, quarantined 0, readings stored 30\n" in first.output
    assert f"{packed}: messages 30, quarantined 0, readings stored 20, readings repeated 10\n" in first.output
    again = run(plain, "--source", SOURCE)
    assert again.exit_code == 0
    assert "readings stored 30 (committed before)" in again.output
    assert ledger(connection).messages == 60


def test_says_what_it_holds_in_quarantine_and_ends_with_one(run: Run, connection: Connection, tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    file.write_bytes(TABLE)
    result = run(file, "--source", SOURCE)
    assert result.exit_code == 1
    assert "messages 2, quarantined 1, readings stored 1, readings quarantined 1" in result.output
    [number] = quarantine.held(connection)
    assert f"{file}:3: not_a_number: volume of W-1" in result.output
    assert f"(quarantine {number})" in result.output
    entry = quarantine.entry(connection, number)
    assert entry is not None
    assert entry.topic == f"telemetry/{SOURCE}/csv/import"
    connection.execute("UPDATE source SET largest_message = 10000")
    assert run(file, "--source", SOURCE).exit_code == 1


def test_takes_in_what_instruments_signed_and_holds_what_they_did_not(
    run: Run, connection: Connection, tmp_path: Path
) -> None:
    signer = Signer(Algorithm.ED25519, "meter-1")
    meter = instrument_keys.number_of(connection, SOURCE, "W-1")
    instrument_keys.add(connection, meter, signer.kid, signer.public_key, actor="test")
    signed = [signer.compact(json.loads(line(number)) | {"seq": number}) for number in range(3)]
    file, unsigned = tmp_path / "day.jws.gz", tmp_path / "day.ndjson"
    file.write_bytes(gzip.compress(b"\n".join([*signed, signed[0][:-4] + b"AAAA"])))
    unsigned.write_bytes(line(9))
    result = run(file, unsigned, "--source", SOURCE)
    assert result.exit_code == 1
    assert f"{file}: messages 4, quarantined 1, readings stored 3, readings quarantined 1\n" in result.output
    assert f"{file}:4: bad_signature: " in result.output
    assert f"{unsigned}:1: unsigned_required: " in result.output
    assert run(file, "--source", SOURCE, "--format", "jws").exit_code == 1
    assert ledger(connection).messages == 5


def test_a_file_that_cannot_be_taken_to_its_end_does_not_keep_the_next_one_out(
    run: Run, connection: Connection, tmp_path: Path
) -> None:
    damaged, good = tmp_path / "a.ndjson.gz", tmp_path / "b.txt"
    damaged.write_bytes(gzip.compress(line(1))[:-4])
    good.write_bytes(line(2))
    result = run(damaged, good, "--source", SOURCE, "--format", "ndjson")
    assert result.exit_code == 1
    assert f"{damaged}: the gzip content cannot be inflated" in result.output
    assert ledger(connection).messages == 1


def test_refuses_what_it_does_not_know(run: Run, connection: Connection, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(line(1))
    for arguments, why in (
        ((file, "--source", SOURCE), "the suffix tells no format"),
        ((file, "--source", SOURCE, "--format", "xml"), "no format is called 'xml'"),
        ((file, "--source", "nobody", "--format", "ndjson"), "source 'nobody' is not enrolled"),
    ):
        result = run(*arguments)
        assert (result.exit_code, why in result.output) == (1, True), result.output
    assert ledger(connection) == Tally()


def test_ctrl_c_says_what_is_committed_and_the_next_run_goes_on(
    database: str, connection: Connection, tmp_path: Path
) -> None:
    file = tmp_path / "large.csv"
    rows = [
        f"W-1,2026-11-{day:02}T{hour:02}:{minute:02}:{second:02}Z,volume,{second}\n"
        for day in (1, 2)
        for hour in range(24)
        for minute in range(60)
        for second in range(60)
    ]
    file.write_text("instrument,taken_at,register,value\n" + "".join(rows), encoding="utf-8")
    settings = environment({"database_url": database})
    command = [HENGJIAN, "import", str(file), "--source", SOURCE]
    process = subprocess.Popen(command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while ledger(connection).messages == 0:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGINT)
    said, errors = process.communicate(timeout=60)
    committed = ledger(connection).messages
    assert process.returncode == 130, errors
    assert f"messages {committed}, quarantined 0, readings stored {committed}" in said
    assert "run the same again" in errors
    assert 0 < committed < len(rows)
    ended = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    total = ledger(connection)
    assert (total.messages, total.readings_stored, total.readings_repeated) == (len(rows), len(rows), 0)
