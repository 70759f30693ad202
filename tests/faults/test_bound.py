"""Few bytes on the wire may hold many rows: what ingest holds at once is bounded in rows, not only in bytes."""

import gzip
import json
from datetime import timedelta
from pathlib import Path

import pytest

from store import intake
from store.intake import Tally
from tests.faults.conftest import Tell
from tests.faults.ledger import Message
from tests.faults.scale import SOAK, scaled
from tests.faults.scene import LARGEST_MEMORY, scene
from tests.faults.traffic import BEGIN, TOPIC
from tests.services.enrolled import SOURCE, connect_to
from tests.services.fixtures import Pair
from tests.services.processes import wait_for
from tests.services.product import READY

pytestmark = [
    pytest.mark.fault,
    # What ingest holds depends on neither broker nor database.
    pytest.mark.parametrize("pair", ["nats+plain", "mosquitto+timescale"] if SOAK else ["nats+plain"], indirect=True),
]

MESSAGES = scaled(200, 2000)
ROWS = 10_000
"""Readings in each message; the same in all, so that the database has little to write and ingest all to hold."""

LARGEST = scaled(320 * 2**20, LARGEST_MEMORY)
"""Most memory that ingest may hold [bytes]; two million rows took 209 MiB, and 397 MiB where the bound was lifted."""


def test_memory_is_bounded_however_many_rows_a_few_bytes_hold(pair: Pair, tmp_path: Path, tell: Tell) -> None:
    readings = [
        {"taken_at": (BEGIN + timedelta(seconds=number)).isoformat(), "registers": {"volume": f"{number / 1000:.3f}"}}
        for number in range(ROWS)
    ]
    with scene(pair, tmp_path) as played:
        assert played.ingest.stop() == 0
        size = 0
        with played.publisher() as publisher:
            for number in range(MESSAGES):
                content = {"instrument": "W-1", "seq": number, "readings": readings}
                payload = gzip.compress(json.dumps(content, separators=(",", ":")).encode(), 1)
                size += len(payload)
                publisher.publish(Message(TOPIC, payload))
        played.ingest.start()
        played.ingest.wait_until_said(READY["ingest"])
        with connect_to(played.made.database) as connection:
            wait_for(
                lambda: intake.totals(connection).get(SOURCE, Tally()).messages >= MESSAGES, seconds=scaled(60, 600)
            )
            tally = intake.totals(connection)[SOURCE]
        peak = played.ingest.peak_memory()
        tell(
            seed="none", messages=MESSAGES, rows=MESSAGES * ROWS, mib_on_the_wire=size // 2**20, peak_mib=peak // 2**20
        )
    assert (tally.messages, tally.messages_quarantined) == (MESSAGES, 0)
    assert (tally.readings_stored, tally.readings_repeated) == (ROWS, (MESSAGES - 1) * ROWS)
    assert peak <= LARGEST
