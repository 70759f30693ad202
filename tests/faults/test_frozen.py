"""Two ingest processes share a subscription, and one of them freezes: alive to the system, dead to the broker."""

import os
import signal
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.faults.conftest import Tell
from tests.faults.ledger import Ledger
from tests.faults.publisher import Publisher
from tests.faults.recount import sum_up, verify_days
from tests.faults.scale import scaled
from tests.faults.traffic import METERS, growing
from tests.services.databases import DatabaseServer
from tests.services.enrolled import SOURCE, connect_to, counted, enrol
from tests.services.fixtures import broker_called
from tests.services.processes import Process, wait_for

pytestmark = pytest.mark.fault

SEED = 20_261_124
FROZEN, KEEPALIVE = scaled(9, 300), scaled(2, 10)
"""How long one is frozen, and the keep-alive by which the broker notices [s]: Mosquitto looks every five seconds."""

RATE = scaled(200, 50)
"""Messages a second."""


def test_what_waits_with_a_frozen_ingest_is_neither_lost_nor_counted_twice(
    timescale_databases: DatabaseServer, tmp_path: Path, tell: Tell
) -> None:
    ledger = Ledger()
    with ExitStack() as stack:
        broker = stack.enter_context(broker_called("mosquitto", tmp_path))
        database = stack.enter_context(timescale_databases.fresh(migrated=True))
        broker.ensure_source(SOURCE)
        with connect_to(database) as connection:
            enrol(connection, water_meters=METERS)
        steady, frozen = (
            stack.enter_context(_ingest(tmp_path / name, broker.url(), database, name)) for name in ("steady", "frozen")
        )
        for each in (steady, frozen):
            each.wait_until_said("subscribed to $share/ingest/telemetry/#")
        with (
            Publisher(broker.url(SOURCE), ledger) as publisher,
            publisher.running(growing(SEED, RATE * (FROZEN + 4)), rate=RATE),
        ):
            sleep(1)
            os.kill(frozen.pid, signal.SIGSTOP)
            sleep(FROZEN)
            waiting = ledger.acknowledged - counted(database).messages
            taken = steady.words().count("committed messages")
            os.kill(frozen.pid, signal.SIGCONT)
            thawed = monotonic()
        drained = ledger.drained(database)
        seconds = monotonic() - thawed
        account = ledger.account(database, one_ingest=False)
        sum_up(database)
        days = verify_days(database)
        # All may have been drained by the other before this one is back.
        wait_for(lambda: frozen.words().count("subscribed to") == 2, why=lambda: frozen.words()[-3000:])
    tell(
        f"mosquitto: one of two frozen for {FROZEN} s under {RATE} messages a second; {waiting} waited "
        f"for it, all taken {seconds:.1f} s after it thawed ({drained:.1f} s after the last PUBACK); {account}; "
        f"{days} days agree",
        seed=SEED,
    )
    assert taken > FROZEN, "the other went on meanwhile"
    assert waiting > RATE, "the broker does not know that one is frozen and goes on dealing to both"


def _ingest(directory: Path, broker: str, database: str, name: str) -> Process:
    directory.mkdir()
    return Process(
        directory,
        "ingest",
        broker_url=broker,
        database_url=database,
        mqtt_version="5",
        shared_subscription="ingest",
        ingest_name=name,
        broker_keepalive=f"PT{KEEPALIVE}S",
    )
