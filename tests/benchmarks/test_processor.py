import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import processor
from benchmarks.processor import Spending, Spent, limiting, peak_memory

BURN = "import time\nwhile time.process_time() < 0.3: pass\n"


def limit(cores: int = 2, waited: float = 0.0, **parts: float) -> str:
    return limiting(Spent(parts, waited), 10.0, cores=cores, one_core=frozenset({"ingest", "publisher"}))


def test_a_full_core_limits_who_has_but_one():
    assert limit(ingest=9.0, database=9.5) == "ingest (0.90 of its core)"


def test_full_cores_limit_all():
    assert limit(ingest=8.0, database=11.0) == "all 2 cores, most of it database (1.10)"


def test_the_disk_limits_where_nobody_is_busy():
    assert limit(broker=2.0, waited=7.0) == "the disk (waited for in 70 % of the time)"
    assert limit(broker=2.0, ingest=1.0) == "none is busy (0.3 of 2 cores): waiting for each other"


def test_the_time_of_ended_children_is_counted():
    spending = Spending({"us": os.getpid()})
    subprocess.run([sys.executable, "-c", BURN], check=True)
    spent = spending.so_far(another=1.5)
    assert spent.processor["us"] >= 0.28
    assert spent.processor["another"] == 1.5


def test_the_time_of_living_children_is_counted():
    spending = Spending({"us": os.getpid()})
    with subprocess.Popen([sys.executable, "-c", f"{BURN}\nprint(1, flush=True)\ninput()"], stdin=-1, stdout=-1) as one:
        assert one.stdout is not None
        one.stdout.readline()
        assert spending.so_far().processor["us"] >= 0.28
        one.communicate(b"\n")


def test_memory_is_the_most_ever_held():
    before = peak_memory(os.getpid())
    held = bytearray(b"x") * (before + 32 * 2**20)
    most = peak_memory(os.getpid())
    assert most >= len(held)
    del held
    assert peak_memory(os.getpid()) > 0.9 * most  # Linux adds its counters up now and then


def test_a_kernel_that_says_nothing_of_the_disk_is_no_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(processor, "_PRESSURE", tmp_path / "absent")
    assert processor.waited_for_disk() == 0.0
