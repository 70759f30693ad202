"""The clock of a simulated or recorded world."""

import time

import pytest

from simulators.pace import Pace


def test_runs_so_many_times_as_fast() -> None:
    pace, began = Pace(1000.0, 5000.0, bounded=False), time.monotonic()
    pace.await_(2000.0)
    assert 0.15 < time.monotonic() - began < 2
    assert pace.now() >= 2000


def test_never_waits_at_infinite_speed() -> None:
    began = time.monotonic()
    Pace(0.0, float("inf"), bounded=False).await_(4e9)
    assert time.monotonic() - began < 0.5


def test_never_runs_ahead_of_our_own_clock() -> None:
    pace = Pace(time.time() - 10, 1e6, bounded=True)
    time.sleep(0.01)
    assert pace.now() == pytest.approx(time.time(), abs=0.5)
    assert Pace.real().now() == pytest.approx(time.time(), abs=0.5)
