from itertools import groupby, pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from anomaly import specimen
from anomaly.standstill import standstills

DAYS = arrays(np.int8, st.tuples(st.integers(1, 30), st.integers(1, 4)), elements=st.integers(0, 2))
HISTORY = 9


@given(kinds=DAYS)
def test_standstills_and_their_history_are_those_of_a_plain_walk(kinds: np.ndarray):
    """0: moved, 1: stood still, 2: silent."""
    consumption = np.select([kinds == 0, kinds == 1], [1.0, 0.0], np.nan)
    evidence = specimen.days("water_meter", consumption)
    runs = standstills(evidence.days["volume"], evidence.period, HISTORY)
    columns = (runs.length, runs.until_row, runs.known, runs.moved, runs.begun, runs.stayed, runs.ended)
    found = [
        (int(runs.owner[at]), int(runs.row[runs.first[at]]), *(int(column[at]) for column in columns))
        for at in np.flatnonzero(runs.length)
    ]
    assert found == [walk for owner in range(kinds.shape[1]) for walk in walked(owner, kinds[:, owner])]


def walked(owner: int, kinds: np.ndarray) -> list[tuple[int, ...]]:
    known = [(row, bool(kind == 1)) for row, kind in enumerate(kinds) if kind != 2]
    runs, place = [], 0
    for still, group in groupby(known, key=lambda day: day[1]):
        days = list(group)
        if still:
            onset = days[0][0]
            history = [flag for row, flag in known if onset - HISTORY <= row < onset]
            pairs = list(pairwise(history))
            after = known[place + len(days)][0] if place + len(days) < len(known) else -1
            steps = [pairs.count(step) for step in ((False, True), (True, True), (True, False))]
            runs.append((owner, onset, len(days), after, len(history), history.count(False), *steps))
        place += len(days)
    return runs
