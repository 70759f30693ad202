"""Few bytes on the wire may hold many rows or long text: what ingest holds is bounded in rows and in inflated bytes."""

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

LONG = scaled(400, 2000)
"""Messages of one number each that is as long as a message may be; each takes 3.8 MiB, and 25 where it is counted."""

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


def test_memory_is_bounded_however_long_a_number_a_few_bytes_hold(pair: Pair, tmp_path: Path, tell: Tell) -> None:
    # One character beyond U+FFFF, and each of them takes four bytes.
    registers = {"volume": "x" * 1_000_000 + "\N{WATER WAVE}"}
    with scene(pair, tmp_path) as played:
        assert played.ingest.stop() == 0
        size = 0
        with played.publisher() as publisher:
            for number in range(LONG):
                content = {
                    "instrument": "W-1",
                    "seq": number,
                    "readings": [{"taken_at": BEGIN.isoformat(), "registers": registers}],
                }
                payload = gzip.compress(json.dumps(content, ensure_ascii=False).encode(), 9)
                size += len(payload)
                publisher.publish(Message(TOPIC, payload))
        played.ingest.start()
        played.ingest.wait_until_said(READY["ingest"])
        with connect_to(played.made.database) as connection:
            wait_for(lambda: intake.totals(connection).get(SOURCE, Tally()).messages >= LONG, seconds=scaled(60, 600))
            tally = intake.totals(connection)[SOURCE]
        peak = played.ingest.peak_memory()
        tell(seed="none", messages=LONG, kib_on_the_wire=size // 2**10, peak_mib=peak // 2**20)
    assert (tally.messages, tally.messages_quarantined) == (LONG, LONG)
    assert peak <= LARGEST
