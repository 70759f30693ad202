"""Figures for Prometheus: of this process's answers, and of the whole store at each scrape."""

from collections.abc import Iterator
from threading import Lock

import psycopg
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from psycopg_pool import ConnectionPool, PoolTimeout
from starlette.types import Scope

from metrology.alert import Severity
from store import figures
from store.connection import Connection

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_STAGES = ("summarise", "detect")


class StoreCollector(Collector):
    """Figures counted in the store when they are asked for."""

    def __init__(self, pool: ConnectionPool[Connection]) -> None:
        self._pool = pool
        self._ledger = figures.IntakeLedger()
        self._lock = Lock()

    def collect(self) -> Iterator[Metric]:
        """All figures, or only that the store does not answer."""
        try:
            with self._lock, self._pool.connection() as connection:
                found = list(self._count(connection))
        except (psycopg.Error, PoolTimeout):
            found = []
        yield GaugeMetricFamily("store_up", "Whether the database answers.", value=bool(found))
        yield from found

    def _count(self, connection: Connection) -> Iterator[Metric]:
        totals = self._ledger.totals(connection)
        for noun in ("messages", "readings", "transactions", "events"):
            counter = CounterMetricFamily(
                f"ingest_{noun}", f"Received {noun} by what became of them.", labels=["result"]
            )
            for result, count in totals.of(noun).items():
                counter.add_metric([result], count)
            yield counter
        yield CounterMetricFamily(
            "ingest_messages_redelivered", "Messages delivered again by the broker.", value=totals.redelivered
        )
        opened = GaugeMetricFamily("alerts_open", "Open alerts.", labels=["severity"])
        by_severity = figures.alerts_open(connection)
        for severity in Severity:
            opened.add_metric([severity.value], by_severity.get(severity.value, 0))
        yield opened
        depth = GaugeMetricFamily("due_depth", "Marks waiting for the watch.", labels=["stage"])
        oldest = GaugeMetricFamily("due_oldest_seconds", "Age of the oldest mark that waits.", labels=["stage"])
        waiting = {due.stage: due for due in figures.due(connection)}
        for stage in _STAGES:
            depth.add_metric([stage], waiting[stage].depth if stage in waiting else 0)
            oldest.add_metric([stage], waiting[stage].oldest_seconds if stage in waiting else 0)
        yield depth
        yield oldest
        yield GaugeMetricFamily(
            "outbox_oldest_seconds",
            "Age of the oldest event that a webhook destination still waits for.",
            value=figures.outbox_oldest_seconds(connection),
        )
        yield GaugeMetricFamily("instruments_total", "Instruments enrolled.", value=figures.instruments(connection))


class Metrics:
    """What one process of the API knows of itself, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._seconds = Histogram(
            "http_request_seconds",
            "Time until an answer begins.",
            ["method", "route", "status"],
            buckets=_BUCKETS,
            registry=self.registry,
        )

        self.pushes = Counter(
            "http_pushes",
            "Pushes of telemetry by result: committed, repeated (committed before), or the code of the problem.",
            ["result"],
            registry=self.registry,
        )
        self.pushes_in_hand = Gauge(
            "http_pushes_in_hand", "Pushes of telemetry being taken in.", registry=self.registry
        )

    def watch_store(self, pool: ConnectionPool[Connection]) -> None:
        """Count in the store too, from now on."""
        self.registry.register(StoreCollector(pool))

    def observe(self, scope: Scope, status: int, seconds: float) -> None:
        """Remember one answer, under its route's template: never under a path that callers choose."""
        route = getattr(scope.get("route"), "path", None) or "unmatched"
        method = scope["method"] if scope["method"] in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} else "other"
        self._seconds.labels(method, route, str(status)).observe(seconds)

    def text(self) -> bytes:
        """All figures in the text format of Prometheus."""
        return generate_latest(self.registry)
