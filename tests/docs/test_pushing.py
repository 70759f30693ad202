"""The section on pushing: its examples run against the real API, its codes are those of the contract."""

import gzip
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import httpx

from api.application import create
from api.settings import ApiSettings
from ingest import admission, chunks
from store import instrument_keys, intake, keys, pushes
from store.keys import Role
from store.public_key import Algorithm
from tests.api.serving import serving
from tests.docs.reading import fences, table, text
from tests.services.enrolled import connect_to, enrol
from tests.services.required import absent
from tests.services.signing import Signer

SOURCE = "my-utility"
CONTRACT = json.loads(text("docs/openapi.json"))["paths"]["/v1/telemetry"]["post"]
MESSAGE = '{"instrument":"W-1","readings":[{"taken_at":"2026-11-21T09:00:00+08:00","registers":{"volume":"104.1"}}]}\n'


def test_the_examples_store_what_they_send(plain_database: str, tmp_path: Path) -> None:
    curl = shutil.which("curl")
    if curl is None:
        absent("curl is not installed")
    [examples] = [fence.text for fence in fences("docs/operations.md") if "/v1/telemetry" in fence.text]
    (tmp_path / "readings.ndjson.gz").write_bytes(gzip.compress(MESSAGE.encode()))
    rows = "instrument,taken_at,register,value\nW-1,2026-11-21T10:00:00+08:00,volume,104.2\n"
    (tmp_path / "readings.csv").write_text(rows, encoding="utf-8")
    signer = Signer(Algorithm.ED25519, "k1")
    (tmp_path / "signed.jws").write_bytes(signer.compact(json.loads(MESSAGE) | {"instrument": "W-2", "seq": 1}))
    with connect_to(plain_database) as connection:
        enrol(connection, source=SOURCE, water_meters=2)
        meter = instrument_keys.number_of(connection, SOURCE, "W-2")
        instrument_keys.add(connection, meter, signer.kid, signer.public_key, actor="test")
        key = keys.create(connection, name="x", role=Role.SOURCE, actor="test", source=SOURCE)
        with serving(create(ApiSettings(), plain_database)) as api:
            environment = {"PATH": os.environ["PATH"], "api": api, "key": key}
            command = ["bash", "-euc", examples]
            subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=60, capture_output=True)
            answer = httpx.get(f"{api}/metrics").text
        assert 'http_pushes_total{result="committed"} 4.0' in answer
        assert intake.totals(connection)[SOURCE].readings_stored == 4


def test_its_statuses_and_codes_are_those_of_the_contract() -> None:
    declared = {
        (status, code)
        for status, answer in CONTRACT["responses"].items()
        for content in answer["content"].values()
        for code in content.get("examples", {})
    }
    told = {
        (status, code)
        for statuses, codes, _ in table("docs/operations.md", "Status")
        for status in statuses.split(", ")
        for code in codes.split(", ")
        if code
    }
    assert {code for _, code in told} <= {code for _, code in declared}
    assert {status for status, _ in told} <= {status for status, _ in declared}
    general = {"key_missing", "key_refused", "unexpected", "question_too_slow"}
    assert {code for _, code in declared} - {code for _, code in told} == general


def test_its_figures_are_those_of_the_code() -> None:
    section = text("docs/operations.md").partition("## Pushing over HTTP\n")[2].partition("\n## ")[0]
    assert re.search(rf"{chunks.CHUNK_MESSAGES:,} messages or {chunks.CHUNK_BYTES >> 20} MiB", section)
    assert f"{pushes.KEEP[pushes.Way.HTTP].total_seconds() / 3600:g} hours" in section
    assert f"{admission.PATIENCE.total_seconds():g} s ahead of its rate" in section
    assert f"one above {chunks.LONGEST_LINE >> 20} MiB" in section
    for medium in chunks.Medium:
        assert medium in section
        assert medium in CONTRACT["requestBody"]["content"]
