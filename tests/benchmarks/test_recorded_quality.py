"""Gates of data quality on recorded data: what is known to stand in them is found, and nothing else."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from anomaly.repetition import repeating_runs
from benchmarks.estimation import measure
from benchmarks.recorded import RECORDINGS, evidence

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
BY_NAME = {recording.name: recording for recording in RECORDINGS}

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not DATA.is_dir(), reason="the recorded data do not lie beside the checkout"),
]


def test_a_repeated_hour_of_the_wall_clock_repeats_no_instant() -> None:
    recording = BY_NAME["water_daiad"]
    table = pq.read_table(DATA / recording.path, columns=["instrument", "taken_at"], read_dictionary=["instrument"])
    who = np.asarray(table["instrument"].combine_chunks().indices.to_numpy()).astype(np.int64)
    at = np.asarray(table["taken_at"].cast(pa.int64()).to_numpy())
    # The clock was put back once: elsewhere the wall clock repeats nothing that instants do not.
    night = datetime(2016, 10, 29, tzinfo=UTC).timestamp() * 1000, datetime(2016, 10, 31, tzinfo=UTC).timestamp() * 1000
    near = np.flatnonzero((at > night[0]) & (at < night[1]))
    local = pc.local_timestamp(table["taken_at"].take(near).cast(pa.timestamp("ms", tz=recording.zone)))
    wall = np.asarray(local.cast(pa.int64()).to_numpy())
    repeated = {
        "utc": len(at) - len(np.unique(who * (at.max() + 1) + at)),
        "local": len(near) - len(np.unique(who[near] * (wall.max() + 1) + wall)),
    }
    assert repeated == {"utc": 0, "local": 78}


def test_three_homes_stood_empty_for_weeks_and_the_others_never_for_two_hours() -> None:
    columns = next(iter(evidence(BY_NAME["electricity_sgsc"], DATA).readings.values()))
    longest = []
    for owner in np.unique(columns.instrument):
        _, steps = repeating_runs(columns.value[columns.instrument == owner, None], 1)
        longest.append(steps.max(initial=0) / 2)
    assert sorted(longest, reverse=True)[:3] == [1989.5, 1204.0, 395.0]
    assert sorted(longest)[-4] <= 1.5


@pytest.mark.parametrize("hours", [12, 72])
def test_like_days_tell_hours_better_than_a_straight_line_and_lose_nothing(hours: int) -> None:
    like, linear = measure(BY_NAME["electricity_london half-hourly"], DATA, hours)
    assert like.unbalanced == linear.unbalanced == 0
    assert like.hour_error < linear.hour_error < 30
    assert like.covered_percent >= 90
