"""What operators see of the way in: received = taken + quarantined + redelivered + forgotten + in hand.

Each is counted where it happens, so that the sum is a check and no definition; at rest it holds exactly, while messages
flow the counts are of moments a little apart.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from store.intake import Tally


@dataclass(frozen=True, slots=True)
class Hand:
    """What became of messages before anything was committed of them.

    Parameters
    ----------
    forgotten
        Left to the broker because their connection was lost.
    in_hand
        Not yet done with; `oldest` says when the oldest of these was received.
    """

    received: int
    forgotten: int
    in_hand: int
    oldest: datetime | None


class _HandCollector(Collector):
    def __init__(self, counts: Callable[[], Hand]) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """Families of one moment."""
        hand = self._counts()
        yield CounterMetricFamily("ingest_received_messages", "Messages received from the broker.", hand.received)
        yield CounterMetricFamily(
            "ingest_forgotten_messages",
            "Messages received and left to the broker, because their connection was lost before they were decoded.",
            hand.forgotten,
        )
        yield GaugeMetricFamily(
            "ingest_messages_in_hand",
            "Messages received and not yet committed.",
            hand.in_hand,
        )
        yield GaugeMetricFamily(
            "ingest_oldest_in_hand_seconds",
            "Age of the oldest message received and not yet acknowledged; 0 where there is none.",
            (datetime.now(UTC) - hand.oldest).total_seconds() if hand.oldest else 0.0,
        )


class IngestMetrics:
    """Prometheus metrics of one ingest process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.messages = Counter(
            "ingest_messages",
            "Messages committed: taken, quarantined, or redelivered (committed before, acknowledged again).",
            ["result"],
            registry=self.registry,
        )
        self.statements = Counter(
            "ingest_statements",
            "Readings, transactions and events committed: stored, repeated, conflicting or quarantined.",
            ["noun", "result"],
            registry=self.registry,
        )
        self.of_source = Counter(
            "ingest_source_messages",
            "Messages committed by source: a rate of each is its rate of sending. Unknown ones count under no name.",
            ["source"],
            registry=self.registry,
        )
        self.quarantined = Counter(
            "quarantine_messages", "Messages put into quarantine by cause.", ["cause"], registry=self.registry
        )
        self.depth = Gauge("ingest_queue_messages", "Messages that wait for the decoder.", registry=self.registry)
        self.payload = Gauge(
            "ingest_bytes_in_hand", "Taken by what is received and not yet committed.", registry=self.registry
        )
        self.lag = Gauge(
            "ingest_lag_seconds", "Receipt to commit of the oldest message in the last batch.", registry=self.registry
        )
        self.seconds = Histogram(
            "ingest_batch_seconds",
            "Duration of one transaction.",
            buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
            registry=self.registry,
        )
        self.connected = Gauge("ingest_broker_connected", "Whether the broker is connected.", registry=self.registry)

    def observe_hand(self, counts: Callable[[], Hand]) -> None:
        """Show received = committed + forgotten + in hand, all of one moment."""
        self.registry.register(_HandCollector(counts))

    def count(self, source: str, tally: Tally) -> None:
        """Count what became of one source's share of a batch; `source` is empty for those that nobody enrolled."""
        self.of_source.labels(source).inc(tally.messages)
        self.messages.labels("taken").inc(tally.messages - tally.messages_quarantined)
        self.messages.labels("quarantined").inc(tally.messages_quarantined)
        self.messages.labels("redelivered").inc(tally.messages_redelivered)
        for noun in ("readings", "transactions", "events"):
            for result in ("stored", "repeated", "conflicting", "quarantined"):
                count = getattr(tally, f"{noun}_{result}", 0)
                if count:
                    self.statements.labels(noun, result).inc(count)
