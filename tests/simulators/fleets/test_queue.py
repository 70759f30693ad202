"""The queue without a loop serves as the queue with one."""

import numpy as np
import pytest

from simulators.fleets import queue


@pytest.mark.parametrize("seed", range(5))
def test_serves_as_a_loop_would(seed: int) -> None:
    chance = np.random.default_rng(seed)
    server = np.repeat(np.arange(6), chance.integers(0, 30, 6))
    arrival = chance.uniform(0, 3000, server.size)
    arrival = arrival[np.lexsort((arrival, server))]
    service = chance.uniform(10, 300, server.size)
    free_from = chance.uniform(0, 500, 6)
    expected, free = [], free_from.copy()
    for row, number in enumerate(server.tolist()):
        expected.append(max(arrival[row], free[number]))
        free[number] = expected[-1] + service[row]
    assert queue.begin_of_service(server, arrival, service, free_from) == pytest.approx(expected)


def test_nobody_in_line_is_no_trouble() -> None:
    nobody, never = np.zeros(0, np.int64), np.zeros(0)
    assert queue.begin_of_service(nobody, never, never, np.zeros(3)).size == 0
    assert queue.running_total(nobody, nobody).size == 0
