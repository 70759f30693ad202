"""A poor line between ingest and broker, between source and broker, and one that goes dead without a word."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlsplit

import pytest

from tests.faults.arrival import wait_until_all_stand
from tests.faults.conftest import Tell
from tests.faults.ledger import Ledger
from tests.faults.poor_line import Faults, PoorLine
from tests.faults.publisher import Publisher
from tests.faults.recount import sum_up, verify_days
from tests.faults.scale import scaled
from tests.faults.traffic import METERS, growing
from tests.services.enrolled import SOURCE, connect_to, enrol
from tests.services.fixtures import Pair
from tests.services.processes import Process, wait_for
from tests.services.product import READY, Product, product

pytestmark = pytest.mark.fault

SEED = 20_261_122

BAD_DAY = Faults(delay=0.150, jitter=0.050, loss=0.05, reordering=0.10)
"""300 ± 100 ms to the broker and back, 5 % lost and 10 % out of order each way."""

RATE = 60
"""Messages a second; a line that loses a packet in twenty carries some 20 kB/s at these delays."""

SLOW = 10
"""Messages a second on a line that goes dead: few enough that no buffer fills, and every message is waited for."""

RECONNECTED = 30
"""How soon a lost connection must stand again after the line does [s]."""


@dataclass(frozen=True)
class Scene:
    """Broker and database on this side; ingest, and whatever the test starts there, on the far side of the line."""

    made: Product
    line: PoorLine
    ingest: Process


@contextmanager
def standing(pair: Pair, faults: Faults, directory: Path, **settings: str) -> Iterator[Scene]:
    """A scene with enrolled meters; ingest has subscribed."""
    with product(pair, directory / "product", "ingest", **settings) as made:
        made.broker.ensure_source(SOURCE)
        with connect_to(made.database) as connection:
            enrol(connection, water_meters=METERS)
        assert made.services["ingest"].stop() == 0
        # No poor line to the database: it is asked by its Unix socket, which any network namespace may open.
        database = urlsplit(made.database)
        socket = f"host={pair.databases.postgres.cluster}&port={database.port}"
        url = f"postgresql://{database.username}:{database.password}@localhost{database.path}?{socket}"
        ingest = Process(made.directory, "ingest", **(made.settings | {"database_url": url}))
        port = urlsplit(made.broker.url()).port
        assert port is not None
        with PoorLine(port, faults, seed=SEED) as line, ExitStack() as stack:
            with line.far_side():
                stack.enter_context(ingest)
            ingest.wait_until_said(READY["ingest"])
            yield Scene(made, line, ingest)


def told(scene: Scene, pair: Pair, ledger: Ledger, tell: Tell, words: str) -> dict[str, int]:
    """Wait for everything, hold the store against the ledger, tell the counts, and return those of the line."""
    drained = ledger.drained(scene.made.database)
    wait_until_all_stand(ledger, scene.made.database)
    counts = scene.line.mend()
    account = ledger.account(scene.made.database)
    sum_up(scene.made.database)
    days = verify_days(scene.made.database)
    tell(
        f"{pair.make}: {account}; {days} days agree; packets {counts}; "
        f"drained {drained:.1f} s after the last PUBACK; {words}",
        seed=SEED,
    )
    return counts


def test_a_poor_line_loses_nothing(pair: Pair, tmp_path: Path, tell: Tell) -> None:
    ledger = Ledger()
    with standing(pair, BAD_DAY, tmp_path) as scene:
        began = monotonic()
        with scene.line.far_side(), Publisher(scene.made.broker.url(SOURCE), ledger) as publisher:
            publisher.run(growing(SEED, RATE * scaled(6, 600)), rate=RATE)
        counts = told(scene, pair, ledger, tell, f"published in {monotonic() - began:.1f} s")
    assert min(counts["lost"], counts["overtaking"]) > 10


def test_a_line_that_goes_dead_without_a_word_loses_nothing(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tell: Tell
) -> None:
    dead, keepalive = scaled(5, 600), scaled(2, 10)
    monkeypatch.setattr("tests.faults.publisher.PATIENCE", 2.0 * dead)
    ledger = Ledger()
    with standing(pair, Faults(), tmp_path, broker_keepalive=f"PT{keepalive}S") as scene:
        with (
            scene.line.far_side(),
            Publisher(scene.made.broker.url(SOURCE), ledger, silence=1.5 * keepalive) as publisher,
            publisher.running(growing(SEED, SLOW * (dead + 5)), rate=SLOW),
        ):

            def connections() -> tuple[int, int]:
                return publisher.connections, scene.ingest.words().count(READY["ingest"])

            sleep(0.5)
            scene.line.cut()
            sleep(0.5)
            scene.line.mend()  # too soon for anybody to have noticed
            sleep(1.5)
            assert connections() == (1, 1)
            scene.line.cut()
            sleep(dead)
            scene.line.mend()
            mended = monotonic()
            wait_for(lambda: min(connections()) > 1, seconds=RECONNECTED, why=scene.ingest.words)
            back = monotonic() - mended
        told(scene, pair, ledger, tell, f"dead for {dead} s, both back {back:.1f} s after the line")
        assert "not a word from it for" in scene.ingest.words()
