"""The town of the measurement: no two instruments alike, and only those run backwards that shall."""

import numpy as np

from benchmarks.fleet.town import BACKWARD, MIX, SLOTS, STOPPED, Town, kinds


def test_every_kind_has_its_share_of_a_block() -> None:
    of_slot = kinds()
    assert len(of_slot) == SLOTS
    for kind, share in MIX:
        assert abs(of_slot.count(kind) - share * SLOTS) <= 1


def test_registers_only_grow_save_where_they_shall_not() -> None:
    grown = np.diff(Town(1, 22, {}).grown, axis=0)
    falling = np.flatnonzero((grown < 0).any(axis=0))
    assert falling.tolist() == list(range(BACKWARD, SLOTS, 2048))
    still = np.flatnonzero((grown[-24:] == 0).all(axis=0))
    assert still.tolist() == list(range(STOPPED, SLOTS, 2048))
