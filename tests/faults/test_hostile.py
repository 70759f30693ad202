"""One source that sends fifty times its rate, nonsense, deep topics and many names: the others must not suffer."""

import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import pytest

from store import intake
from store.intake import Tally
from tests.faults.conftest import Tell
from tests.faults.ledger import Ledger, Message
from tests.faults.publisher import Publisher
from tests.faults.scale import SOAK, scaled
from tests.faults.traffic import METERS, growing
from tests.services.enrolled import SOURCE, connect_to, enrol
from tests.services.fixtures import Pair
from tests.services.product import Product, product

pytestmark = pytest.mark.fault

SEED = 20_261_126
HOSTILE = "hostile"
RATE, TIMES = 20, 50
"""Messages a second of an honest source, and how many times that the hostile one sends."""

WINDOWS, WINDOW = scaled(3, 20), scaled(1.5, 10.0)
"""Lags are looked at in so many windows of so many seconds; one noisy window decides nothing."""

NAMES = 500
"""Client ids under which the hostile source turns up."""

HELD_UP = 5.0
"""A lag that an honest source must not come near, however much another one sends [s]."""


class Witness:
    """Notes how long each message of an honest source takes from its sending to its commit."""

    def __init__(self, made: Product) -> None:
        self.ledger = Ledger()
        self._made = made
        self._sent: list[float] = []
        self._seen: list[float] = []
        self._leaving = threading.Event()

    @contextmanager
    def watching(self) -> Iterator["Witness"]:
        """Look at the store again and again while the block runs."""
        thread = threading.Thread(target=self._look, name="witness")
        thread.start()
        try:
            yield self
        finally:
            self._leaving.set()
            thread.join()

    def lag(self, publisher: Publisher, traffic: Iterator[Message]) -> float:
        """Median over the windows of the 99th percentile of the lag [s]."""
        begin = len(self._sent)
        for _ in range(int(WINDOWS * WINDOW * RATE)):
            self._sent.append(monotonic())
            publisher.run([next(traffic)])
            sleep(max(0.0, self._sent[-1] + 1 / RATE - monotonic()))
        publisher.settle()
        deadline = monotonic() + 120
        while len(self._seen) < len(self._sent):
            assert monotonic() < deadline, "the honest source's messages do not arrive"
            sleep(0.01)
        lags = np.array(self._seen[begin : len(self._sent)]) - np.array(self._sent[begin:])
        return statistics.median(float(np.percentile(window, 99)) for window in np.array_split(lags, WINDOWS))

    def _look(self) -> None:
        with connect_to(self._made.database) as connection:
            while not self._leaving.wait(0.02):
                counted = intake.totals(connection).get(SOURCE, Tally()).messages
                self._seen += [monotonic()] * (counted - len(self._seen))


def flood(made: Product, ledger: Ledger, leaving: threading.Event) -> None:
    """Fifty times the rate, and between it whatever else a hostile sender thinks of; until told to leave."""
    topic = f"telemetry/{HOSTILE}/native"
    traffic, url = growing(SEED + 1, topic=topic), made.broker.url(HOSTILE)
    deep = f"{topic}/" + "/".join("d" * 100)
    with Publisher(url, ledger, name="hostile-0") as publisher:
        for second in range(10_000):
            if leaving.is_set():
                return
            publisher.publish(Message(topic, b"{" * 2**20))
            publisher.run((next(traffic) for _ in range(10)), rate=None)
            publisher.run([Message(deep, next(traffic).payload)])
            for name in range(NAMES // 10 if second < 10 else 0):
                with Publisher(url, ledger, name=f"hostile-{second}-{name}") as other:
                    other.publish(next(traffic))
            publisher.run((next(traffic) for _ in range(RATE * TIMES)), rate=RATE * TIMES)


def test_others_do_not_wait_for_a_source_that_sends_fifty_times_its_rate(
    pair: Pair, tmp_path: Path, tell: Tell
) -> None:
    hostile, leaving = Ledger(), threading.Event()
    with product(pair, tmp_path / "product", "ingest") as made:
        for source in (SOURCE, HOSTILE):
            made.broker.ensure_source(source)
            with connect_to(made.database) as connection:
                enrol(connection, source=source, water_meters=METERS)
        with connect_to(made.database) as connection:
            connection.execute("UPDATE source SET messages_per_second = %s WHERE code = %s", (RATE, HOSTILE))
        sender = threading.Thread(target=flood, args=(made, hostile, leaving), name="hostile")
        witness, traffic = Witness(made), growing(SEED)
        with witness.watching(), Publisher(made.broker.url(SOURCE), witness.ledger) as publisher:
            calm = witness.lag(publisher, traffic)
            sender.start()
            sleep(1)
            flooded = witness.lag(publisher, traffic)
            leaving.set()
            sender.join()
        hostile.drained(made.database)
        with connect_to(made.database) as connection:
            totals = intake.totals(connection)
            causes = dict(
                connection.execute(
                    "SELECT cause, sum(times_received)::int FROM quarantine WHERE source_code = %s GROUP BY cause",
                    (HOSTILE,),
                ).fetchall()
            )
            stored = connection.execute(
                "SELECT count(*) FROM reading JOIN instrument ON instrument.id = instrument_id "
                "JOIN source ON source.id = source_id WHERE code = %s",
                (SOURCE,),
            ).fetchall()
    said = sum(len(entry.said) for entry in witness.ledger.entries)
    tell(
        f"{pair.make}: p99 from sending to commit, median of {WINDOWS} windows of {WINDOW:g} s: "
        f"{calm * 1000:.0f} ms in peace, {flooded * 1000:.0f} ms, {flooded / calm:.1f} times as long, "
        f"under {len(hostile.entries)} hostile messages; "
        f"honest {totals[SOURCE].messages} messages, {said} readings; quarantined of the hostile: {causes}",
        seed=SEED,
    )
    assert (totals[SOURCE].messages, totals[SOURCE].messages_quarantined) == (len(witness.ledger.entries), 0)
    assert stored == [(said,)], "of the honest source nothing is missing"
    assert totals[HOSTILE].messages - hostile.sent_again <= hostile.acknowledged <= totals[HOSTILE].messages
    assert sum(causes.values()) == totals[HOSTILE].messages_quarantined
    # Beyond the burst that it may send at once, nearly all is held unread, to be replayed if it was honest.
    assert causes["rate_limited"] > totals[HOSTILE].messages / 2
    assert flooded < HELD_UP
    if SOAK:
        # Broker, database, ingest, the hostile sender and the witness share this machine: in a few seconds the ratio is
        # chance, and only told.
        assert flooded < 2 * calm
