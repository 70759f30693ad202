"""kill -9 of ingest, at random moments and inside each step: every acknowledged message counts once."""

import signal
import time
from pathlib import Path
from random import Random

import pytest

from tests.faults.conftest import Tell
from tests.faults.dying_ingest import SEAMS
from tests.faults.scale import scaled
from tests.faults.scene import Scene, dying, scene
from tests.faults.traffic import growing
from tests.services.fixtures import Pair
from tests.services.product import READY

pytestmark = pytest.mark.fault

SEED = 20_261_122
RATE = 1000
"""Messages a second."""

KILLS = scaled(5, 100)
KILLS_IN_STEP = scaled(2, 50)

FIRST_COMMIT = {"mosquitto": 10.0, "nats": 20.0}
"""Longest from a restart to the first commit [s]; nats-server keeps back what was on its way for `ack_wait`, 10 s."""


def test_counts_every_message_once_though_ingest_is_killed_at_random_moments(
    pair: Pair, tmp_path: Path, tell: Tell
) -> None:
    chance = Random(SEED)
    with scene(pair, tmp_path) as played:
        with played.traffic(growing(SEED), rate=RATE):
            for _ in range(KILLS):
                time.sleep(chance.uniform(0, 1.5))
                played.ingest.kill()
                played.ingest.start()
                played.ingest.wait_until_said(READY["ingest"])
            first_commit = until_committed(played)
        account, drained = played.rest()
        tell(account, seed=SEED, kills=KILLS, first_commit_s=f"{first_commit:.1f}", drained_s=f"{drained:.1f}")
    assert first_commit < FIRST_COMMIT[pair.make]


def test_counts_every_message_once_though_ingest_dies_inside_each_step(pair: Pair, tmp_path: Path, tell: Tell) -> None:
    chance = Random(SEED)
    steps = [step for step in SEAMS for _ in range(KILLS_IN_STEP)]
    chance.shuffle(steps)
    died: dict[str, int] = {}
    with scene(pair, tmp_path, batch_messages="50") as played:
        with played.traffic(growing(SEED), rate=RATE):
            played.ingest.kill()
            for step in steps:
                doomed = dying(played, step, chance.randint(1, 300 if step == "after_receive" else 12))
                doomed.start()
                assert doomed.process is not None
                assert doomed.process.wait(60) == -signal.SIGKILL, doomed.words()[-4000:]
                assert doomed.said(f"dies {step}"), doomed.words()[-4000:]
                died[step] = died.get(step, 0) + 1
            played.ingest.start()
        account, drained = played.rest()
        tell(account, seed=SEED, died=died, drained_s=f"{drained:.1f}")
    assert account.tallies["city"].messages_redelivered > 0


def until_committed(played: Scene) -> float:
    """How long ingest, just ready, takes until its first commit [s]."""
    began = time.monotonic()
    played.ingest.wait_until_said("committed messages=")
    return time.monotonic() - began
