"""What cannot be taken is held under its cause, costs itself alone, and never stops the rest."""

import gzip
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.faults.conftest import Tell
from tests.faults.ledger import Message
from tests.faults.scale import scaled
from tests.faults.scene import Scene, scene
from tests.faults.traffic import BEGIN, TOPIC, growing, message, said
from tests.services.enrolled import connect_to
from tests.services.fixtures import Pair
from tests.services.product import READY

pytestmark = pytest.mark.fault

SEED = 20_261_124
MESSAGES = scaled(20_000, 1_000_000)
SLOWER = {"nats": 1, "mosquitto": 5}
"""Mosquitto writes all that waits each time something changes (decision 15): large messages take it long."""

SHARE = 0.05
BOMB = gzip.compress(b" " * 50_000_000)
REFUSED = 666_666
"""A count that the store of a test is made to refuse."""


def poison(chance: Random, number: int) -> Message:
    """One malformed message, some of them seen before."""
    good = message(said(chance.randint(1, 40), BEGIN, number)).payload
    year = BEGIN.isoformat().encode()
    kinds = {
        "bad_json": good[: -chance.randint(1, len(good) - 1)],
        "bad_json of NaN": good.replace(b'"%.3f"' % (number / 1000), b"NaN"),
        "bad_utf8": good.replace(b"W-", b"W\xff"),
        "not_a_number": good.replace(b'"%.3f"' % (number / 1000), b'"NaN"'),
        "too_fine": good.replace(b'"%.3f"' % (number / 1000), b'"0.0001"'),
        "too_early": good.replace(year, b"1970-01-01T00:00:00Z"),
        "too_late": good.replace(year, b"2099-01-01T00:00:00Z"),
        "unknown_register": good.replace(b"volume", b"energy"),
        "unknown_instrument": good.replace(b"W-", b"X-"),
        "bad_structure": b'{"instrument": %d}' % number,
        "bad_compression": gzip.compress(good, mtime=0)[:-4],
        "too_large by a bomb": BOMB,
    }
    if chance.random() < 0.01:
        return Message(TOPIC, b"%09d" % number + b" " * 2**20, cause="too_large")
    kind = chance.choice(list(kinds))
    return Message(TOPIC, kinds[kind], cause=kind.split(maxsplit=1)[0])


def poisoned(seed: int, count: int) -> Iterator[Message]:
    """Growth, and among it the share that is malformed."""
    chance = Random(seed)
    healthy = growing(seed)
    for number in range(count):
        yield poison(chance, number) if chance.random() < SHARE else next(healthy)


def test_holds_all_that_is_malformed_under_its_cause_and_takes_all_the_rest(
    pair: Pair, tmp_path: Path, tell: Tell
) -> None:
    with scene(pair, tmp_path) as played:
        began = time.monotonic()
        with played.publisher() as publisher:
            publisher.run(poisoned(SEED, MESSAGES // SLOWER[pair.make]))
        account, _ = played.rest()
        took = time.monotonic() - began
        causes = {entry.cause for entry in played.ledger.entries if entry.cause}
        peak = played.ingest.peak_memory() // 2**20
        tell(account, seed=SEED, causes=len(causes), per_s=f"{account.acknowledged / took:.0f}", peak_mib=peak)
    assert len(causes) == 11
    assert account.tallies["city"].messages_quarantined > 0.8 * SHARE * account.acknowledged


def test_one_bad_row_among_five_thousand_costs_its_message_alone(pair: Pair, tmp_path: Path, tell: Tell) -> None:
    """Twice: a row that the decoder refuses, and one that the decoder lets through and the store refuses."""
    messages = [
        message(
            *(said(number % 40 + 1, BEGIN.replace(minute=p, second=number // 40), 10 * number + p) for p in range(10))
        )
        for number in range(500)
    ]
    decoder, store = Random(SEED).sample(range(500), 2)
    for number, value, cause in ((decoder, b"12,3", "not_a_number"), (store, b"666.666", "store_refusal")):
        whole = messages[number]
        bad = whole.payload.replace(whole.said[4].value.encode(), value)
        messages[number] = Message(TOPIC, bad, cause=cause)
    with scene(pair, tmp_path, receive_maximum="6000") as played:
        with connect_to(played.made.database) as connection:
            connection.execute(f"ALTER TABLE reading ADD CHECK (value <> {REFUSED})")  # type: ignore[arg-type]  # test-only constant
        assert played.ingest.stop() == 0
        with played.publisher() as publisher:
            publisher.run(messages)
        played.ingest.start()
        played.ingest.wait_until_said(READY["ingest"])
        account, _ = played.rest(in_order=True)
        batch = largest_refused(played)
        tell(account, seed=SEED, bad=(decoder, store), rows_in_the_refused_batch=10 * batch)
    assert account.tallies["city"].readings_stored == 4980
    assert batch >= 490


def largest_refused(played: Scene) -> int:
    """Messages in the largest batch that the store refused, as ingest tells."""
    lines = [line for line in played.ingest.words().splitlines() if "the store refuses a batch of" in line]
    return max(int(line.partition("a batch of ")[2].split()[0]) for line in lines)
