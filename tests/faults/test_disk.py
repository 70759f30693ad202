"""Full disks, under the database and under the broker: what cannot be kept is not acknowledged, and nothing is lost."""

from contextlib import ExitStack
from pathlib import Path
from time import monotonic, sleep

import psycopg
import pytest

from standalone.postgres import EmbeddedPostgres
from store.migrate import migrate
from tests.faults.conftest import Tell
from tests.faults.ledger import Ledger
from tests.faults.publisher import Publisher
from tests.faults.recount import sum_up, verify_days
from tests.faults.scale import SOAK, scaled
from tests.faults.small_disk import MEBIBYTE, small_disk
from tests.faults.traffic import METERS, growing
from tests.services.enrolled import SOURCE, connect_to, counted, enrol
from tests.services.nats import Nats
from tests.services.processes import Process, wait_for
from tests.services.product import READY

pytestmark = pytest.mark.fault

SEED = 20_261_125
MESSAGES = scaled(2500, 60_000)
FULL = "the database's disk is full; nothing is acknowledged until there is room"


def answers(database: str) -> bool:
    try:
        psycopg.connect(database, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def use_up_write_ahead_log(database: str) -> bool:
    """Write to the write-ahead log until it finds no room and PostgreSQL stops hard; whether it did."""
    with connect_to(database) as connection:
        try:
            for _ in range(200):
                connection.execute("SELECT pg_logical_emit_message(true, 'ballast', repeat('x', 1000000))")
        except psycopg.OperationalError:
            return True
    return False


def ingest_of(directory: Path, broker: Nats, database: str) -> Process:
    settings = {"broker_url": broker.url(), "mqtt_version": broker.mqtt_version, "database_url": database}
    return Process(directory, "ingest", broker_check="refuse", **settings)


def test_a_full_disk_under_the_database_stops_ingest_until_there_is_room(
    open_directory: Path, tmp_path: Path, tell: Tell
) -> None:
    ledger = Ledger()
    with ExitStack() as stack:
        broker = stack.enter_context(Nats(tmp_path / "nats"))
        broker.ensure_source(SOURCE)
        disk = stack.enter_context(small_disk(open_directory / "database-disk", 400 * MEBIBYTE))
        postgres = stack.enter_context(EmbeddedPostgres(disk.path / "postgres", settings={"max_wal_size": "64MB"}))
        database = postgres.url()
        with psycopg.connect(database) as connection:
            migrate(connection)
        with connect_to(database) as connection:
            enrol(connection, water_meters=METERS)
        ingest = stack.enter_context(ingest_of(tmp_path, broker, database))
        ingest.wait_until_said(READY["ingest"])
        traffic = growing(SEED)
        with Publisher(broker.url(SOURCE), ledger) as publisher:
            publisher.run(next(traffic) for _ in range(200))
            ledger.drained(database)
            disk.fill(leave=MEBIBYTE // 2)
            publisher.run(next(traffic) for _ in range(MESSAGES))
        wait_for(lambda: ingest.said(FULL), why=ingest.words)
        while_full = counted(database).messages
        assert use_up_write_ahead_log(database)
        # PostgreSQL tries by itself to come back, and is deaf meanwhile to a request to stop.
        server = postgres.process
        assert server is not None
        wait_for(lambda: server.poll() is not None or answers(database), why=postgres.log.tail)
        # Its log lies on the same disk, so there may be no room for the word PANIC.
        disk.make_room()
        postgres.stop()
        postgres.start()
        room = monotonic()
        ledger.drained(database)
        seconds = monotonic() - room
        account = ledger.account(database)
        sum_up(database)
        days = verify_days(database)
        assert ingest.stop() == 0, "it has lived through all of it"
    tell(
        f"nats: disk of the database full, {while_full} of {ledger.acknowledged} committed; then its "
        f"write-ahead log too; all taken {seconds:.1f} s after there was room; {account}; {days} days agree",
        seed=SEED,
    )
    assert while_full < ledger.acknowledged


@pytest.mark.parametrize("full", ["limit", "disk"] if SOAK else ["limit"])
def test_a_full_broker_acknowledges_nothing_that_it_cannot_keep(
    full: str, plain_database: str, open_directory: Path, tmp_path: Path, tell: Tell
) -> None:
    ledger = Ledger()
    with connect_to(plain_database) as connection:
        enrol(connection, water_meters=METERS)
    with ExitStack() as stack:
        if full == "disk":
            disk = stack.enter_context(small_disk(open_directory / "broker-disk", 320 * MEBIBYTE))
            broker = stack.enter_context(Nats(disk.path / "nats"))
        else:
            broker = stack.enter_context(Nats(tmp_path / "nats", disk=MEBIBYTE))
        broker.ensure_source(SOURCE)
        ingest = stack.enter_context(ingest_of(tmp_path, broker, plain_database))
        ingest.wait_until_said(READY["ingest"])
        assert ingest.stop() == 0
        assert broker.look_after_room(print) is not None
        if full == "disk":
            disk.fill(leave=MEBIBYTE)
        with (
            Publisher(broker.url(SOURCE), ledger, silence=2) as publisher,
            publisher.running(growing(SEED, 5000)),
        ):
            wait_for(lambda: publisher.connections > 1 or stands_still(ledger), seconds=30)
            kept = ledger.acknowledged
            if full == "disk":
                disk.make_room()
                # nats-server does not go on by itself and lets nobody in, ingest included: it must be started again.
                broker.kill()
                broker.restart()
            ingest.start()
            room = monotonic()
        ledger.drained(plain_database)
        seconds = monotonic() - room
        account = ledger.account(plain_database)
        sum_up(plain_database)
        days = verify_days(plain_database)
        assert ingest.stop() == 0
    tell(
        f"nats, {full} full after {kept} messages were acknowledged; all of them and the others taken "
        f"{seconds:.1f} s after ingest was back; {account}; {days} days agree",
        seed=SEED,
    )
    assert 500 < kept < len(ledger.entries)


def stands_still(ledger: Ledger) -> bool:
    """Whether nothing has been acknowledged for a while."""
    before = ledger.acknowledged
    sleep(1)
    return 0 < before == ledger.acknowledged
