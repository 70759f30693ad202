"""The recorded weather beside the recordings that have one."""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from anomaly.evidence import Evidence, Weather, to_instant
from benchmarks.recorded import Recording
from metrology.civil import DAY, local_day

SITES = {"il": "illinois", "uk": "uk"}
"""Site of the weather by the beginning of the instruments' names, of gas_opendsm."""

_HOURS = 20
"""Least number of hours that a day's mean is made of [h]."""


def under_recorded_weather(recording: Recording, whole: Evidence, folder: Path) -> Evidence:
    """The same evidence with the temperatures of its site, the mean of each civil day."""
    table = pq.read_table(folder / Path(recording.path).parent / "weather.parquet")
    mine = np.asarray(table["site"].to_numpy(zero_copy_only=False)) == SITES[recording.prefix.partition("-")[0]]
    at = np.asarray(table["taken_at"].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy())[mine]
    degrees = np.asarray(table["temperature"].to_numpy())[mine]
    of_day = defaultdict(list)
    for instant, temperature in zip(at.tolist(), degrees.tolist(), strict=True):
        of_day[local_day(to_instant(instant), recording.zone)].append(temperature)
    panel = next(iter(whole.days.values()))
    means = [of_day.get(panel.first + row * DAY, []) for row in range(panel.days)]
    told = [float(np.mean(hours)) if len(hours) >= _HOURS else np.nan for hours in means]
    return replace(whole, weather=Weather(panel.first, ("",), np.array(told)[:, None]))
