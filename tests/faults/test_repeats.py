"""Identical repeats change nothing; another value for the same instant is kept beside the first, which stays."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.faults.conftest import Tell
from tests.faults.ledger import Message
from tests.faults.scale import scaled
from tests.faults.scene import scene
from tests.faults.traffic import growing, message
from tests.services.fixtures import Pair

pytestmark = pytest.mark.fault

SEED = 20_261_125
MESSAGES = scaled(4000, 200_000)


def repeated(seed: int, count: int) -> Iterator[Message]:
    """A tenth of the traffic is said three times, a fiftieth again with other values, at once or much later."""
    chance = Random(seed)
    later: list[Message] = []
    for each in growing(seed, count):
        yield each
        if chance.random() < 0.1:
            yield each
            later.append(each)
        if chance.random() < 0.02:
            other = message(*(one._replace(value=f"{chance.randrange(10**6) / 1000:.3f}") for one in each.said))
            yield from [other, other] if chance.random() < 0.5 else []
            later.append(other)
        if len(later) > 100:
            yield later.pop(chance.randrange(len(later)))
    yield from later


def test_repeats_change_nothing_and_the_first_value_stays(pair: Pair, tmp_path: Path, tell: Tell) -> None:
    with scene(pair, tmp_path) as played:
        with played.publisher() as publisher:
            publisher.run(repeated(SEED, MESSAGES))
        account, _ = played.rest(in_order=True)
        tell(account, seed=SEED)
    tally = account.tallies["city"]
    assert tally.readings_repeated > 0.2 * 4 * MESSAGES
    assert tally.readings_conflicting > 0.01 * 4 * MESSAGES
    assert tally.messages_redelivered == 0
