import subprocess
import sysconfig
from dataclasses import replace
from math import inf
from pathlib import Path

import pytest

from ingest.broker import nats
from ingest.broker.duration import seconds, sync_interval
from ingest.broker.layout import Layout, Users
from store.passwords import hashes

PROGRAM = Path(sysconfig.get_path("scripts")) / "nats-server"


@pytest.mark.parametrize(
    "text, expected", [("1s", 1), ("1m30s", 90), ("1.5h", 5400), ("", inf), ("s", inf), ("1d", inf)]
)
def test_a_stretch_has_a_length(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "never", "0s", "10", "1 s", "1s }"])
def test_what_is_no_interval_is_not_written_into_a_configuration(text: str) -> None:
    with pytest.raises(ValueError, match="always"):
        sync_interval(text)


@pytest.mark.skipif(not PROGRAM.exists(), reason="nats-server is not installed")
@pytest.mark.parametrize("sync", ["always", "1s", "500ms", "2m"])
def test_the_broker_understands_each_interval_as_it_is_written(sync: str, tmp_path: Path) -> None:
    layout = replace(Layout(tmp_path), sync=sync_interval(sync))
    file = tmp_path / nats.FILE
    file.write_text(nats.files(layout, Users(hashes("i")))[nats.FILE], encoding="utf-8")
    asked = subprocess.run([PROGRAM, "-t", "-c", file], capture_output=True, text=True, check=True)
    assert "should be converted" not in asked.stderr
    assert "is valid" in asked.stderr
