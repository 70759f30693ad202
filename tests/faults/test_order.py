"""Readings that come in any order within two weeks end in the same readings, days, findings and alerts."""

import json
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from random import Random

import numpy as np
import pytest

from tests.faults.conftest import Tell
from tests.faults.ledger import Message, Said
from tests.faults.outcome import Outcome, differences, due, outcome
from tests.faults.recorded_world import METERS, SOURCE, meter_rows
from tests.faults.recount import verify_days
from tests.faults.scale import SOAK
from tests.faults.scene import Scene
from tests.services.fixtures import Pair
from tests.services.processes import wait_for
from tests.services.product import product

pytestmark = [
    pytest.mark.fault,
    # Two judged runs take long; ingest's order of arrival and the watch's passes do not depend on the pair.
    pytest.mark.parametrize("pair", ["nats+plain", "mosquitto+timescale"] if SOAK else ["nats+plain"], indirect=True),
]

SEED = 20_261_126
SHUFFLED = 7 * 24
"""How far a message comes before or after its turn [h]."""


def daily_messages(seed: int) -> list[Message]:
    """One message for each meter and UTC day, in order of time; contradictions stay in one message."""
    generator = np.random.default_rng(seed)
    days: dict[tuple[str, str], list[Said]] = defaultdict(list)
    for meter in range(METERS):
        for serial, taken_at, register, value in meter_rows(meter, generator):
            days[taken_at[:10], serial].append(Said(serial, register, datetime.fromisoformat(taken_at), value))
    return [_message(statements) for _, statements in sorted(days.items())]


def _message(statements: list[Said]) -> Message:
    readings = [{"taken_at": one.taken_at.isoformat(), "registers": {one.register: one.value}} for one in statements]
    payload = json.dumps({"instrument": statements[0].instrument, "readings": readings}).encode()
    return Message(f"telemetry/{SOURCE}/native", payload, tuple(statements))


def end_of(pair: Pair, directory: Path, messages: list[Message]) -> Outcome:
    """What stands once messages were taken in this order and everything was judged."""
    with product(pair, directory, "ingest", "watch", watch_quiet="PT0.5S") as made:
        made.broker.ensure_source(SOURCE)
        made.enrol(
            *(
                {
                    "source": SOURCE,
                    "serial": f"W-{number:02}",
                    "kind": "water_meter",
                    "site": {"code": "S-1", "name_zh": "一号站", "name_en": "Station one"},
                }
                for number in range(METERS)
            )
        )
        played = Scene(made, source=SOURCE)
        with played.publisher() as publisher:
            publisher.run(messages, rate=300)
        played.ledger.drained(made.database)
        played.ledger.account(made.database, in_order_of_publication=True)
        wait_for(lambda: due(made.database) == 0, why=lambda: made.services["watch"].words()[-3000:])
        verify_days(made.database)
        return outcome(made.database)


def test_the_end_is_the_same_whatever_the_order(pair: Pair, tmp_path: Path, tell: Tell) -> None:
    chance = Random(SEED)
    messages = daily_messages(SEED)
    expected = end_of(pair, tmp_path / "in-order", messages)

    def turn(one: Message) -> float:
        return one.said[0].taken_at.timestamp() / 3600 + chance.uniform(-SHUFFLED, SHUFFLED)

    shuffled = sorted(messages, key=turn)
    found = end_of(pair, tmp_path / "shuffled", shuffled)
    counts = {noun: len(rows) for noun, rows in expected.items() if rows}
    tell(
        counts,
        seed=SEED,
        messages=len(messages),
        moved=sum(a is not b for a, b in zip(messages, shuffled, strict=True)),
    )
    assert differences(expected, found) == ""
    assert min(counts[noun] for noun in ("readings", "conflicts", "days", "findings", "alerts")) > 0
