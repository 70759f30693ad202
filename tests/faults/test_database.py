"""The database goes away under load: nothing acknowledged is lost, memory is bounded, the backlog drains fast."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import Tell
from tests.faults.scale import SOAK, scaled
from tests.faults.scene import LARGEST_MEMORY, scene
from tests.faults.traffic import growing
from tests.services.databases import DatabaseServer, plain_server, timescale_server
from tests.services.fixtures import Pair
from tests.services.processes import wait_for

pytestmark = pytest.mark.fault

SEED = 20_261_123
RATE = 1000
"""Messages a second."""

AWAY = scaled(10.0, 1800.0)
"""How long the database is away [s]."""

FASTER = scaled(1.0, 5.0)
"""How many times faster than it came the backlog must be drained at least, the wait for the first commit included."""

ACK_WAIT = 10.0
"""What nats-server was delivering again when the database came back may come only after this [s] (decision 25)."""


@pytest.fixture(params=["nats+plain", "mosquitto+timescale"] if SOAK else ["nats+plain"])
def falling(request: pytest.FixtureRequest, open_directory: Path) -> Iterator[Pair]:
    """A pair whose database server is this test's own."""
    make, _, kind = request.param.partition("+")
    server = timescale_server if kind == "timescale" else plain_server
    with server(open_directory / f"falling-{kind}", quick=False) as databases:
        yield Pair(make, databases)


def test_drains_what_came_while_the_database_was_down(falling: Pair, tmp_path: Path, tell: Tell) -> None:
    with scene(falling, tmp_path) as played:
        with played.traffic(growing(SEED), rate=RATE):
            played.ingest.wait_until_said("committed messages=")
            before = played.ledger.acknowledged
            cut(falling.databases)
            time.sleep(AWAY)
            played.ingest.wait_until_said("waiting for the database")
        while_away = played.ledger.acknowledged - before
        falling.databases.postgres.start()
        began = time.monotonic()
        wait_for(lambda: played.ingest.words().rstrip().rpartition("\n")[2].find("committed messages=") >= 0)
        noticed = time.monotonic() - began
        account, drained = played.rest(seconds=30)
        memory = played.ingest.peak_memory()
        tell(
            account,
            seed=SEED,
            away_s=AWAY,
            while_away=while_away,
            noticed_s=f"{noticed:.1f}",
            drained_s=f"{drained:.1f}",
            times_real_time=f"{AWAY / (noticed + drained):.1f}",
            peak_mib=memory // 2**20,
        )
    if falling.make == "nats":
        # Mosquitto writes all that waits each time something changes, and slows its publishers down (decision 15).
        assert while_away > 0.8 * RATE * AWAY
    assert noticed + drained < AWAY / FASTER + ACK_WAIT
    assert memory <= LARGEST_MEMORY


def cut(databases: DatabaseServer) -> None:
    """Stop a server as a crash would: it answers nobody and writes nothing more."""
    process = databases.postgres.process
    assert process is not None
    process.send_signal(signal.SIGQUIT)
    process.wait(30)
    databases.postgres.stop()
