"""The ingest process: receive, decode and commit side by side, acknowledge what is committed."""

import logging
import sys
from collections import deque
from datetime import UTC, datetime
from queue import Empty, Full, Queue
from threading import Event, Thread
from time import monotonic
from uuid import uuid4

from ingest.backlog import Backlog, Delivery, Limits
from ingest.batch import Batch
from ingest.broker_check import before_listening
from ingest.identity import Identities
from ingest.instants import Instants
from ingest.listening import Listening
from ingest.metrics import Hand, IngestMetrics
from ingest.patience import PatientConnection, Stopped
from ingest.redelivery import Redeliveries
from ingest.restrictions import Restrictions
from ingest.settings import IngestSettings
from ingest.subscriber import Subscriber
from ingest.topics import source_of
from ingest.writer import Counted, Decoded, Writer, enter
from store import delivered, readiness
from store.arrangement import arrange
from store.delivered import Delivered
from store.intake import Tally

log = logging.getLogger(__name__)

MIGRATION_LOOK = 3.0
"""How often the database is looked at while it is not migrated [s]."""

SWITCH = 0.0005
"""How soon a thread that computes lets another go on that has received or sent something [s]; Python's own 5 ms is as
long as a whole batch takes to arrive."""

LOOK = 0.2
"""How often a waiting thread looks whether it should stop [s]."""


class IngestService:
    """Everything between broker and store; `run` returns after `stop` was called, or raises what went wrong."""

    def __init__(self, settings: IngestSettings, database_url: str, metrics: IngestMetrics | None = None) -> None:
        self.metrics = metrics or IngestMetrics()
        self._settings = settings
        self._session = settings.ingest_name
        self._stopping = Event()
        self._batch_rows = settings.batch_rows
        self._limits = Limits(settings.batch_messages, settings.batch_bytes, settings.batch_window)
        self._backlog = Backlog(settings.backlog_bytes)
        self._subscriber = Subscriber(settings, self._backlog)
        self._listening = Listening(database_url, self._session, hears=self._subscriber.hears, stopping=self._stopping)
        self._reader = PatientConnection(database_url, application="hengjian-ingest-look", stopping=self._stopping)
        self._database = PatientConnection(database_url, application="hengjian-ingest", stopping=self._stopping)
        self._identities = Identities(self._reader.ask)
        self._restrictions = Restrictions(self._reader.ask)
        self._instants = Instants()
        self._redeliveries = Redeliveries(self._reader.ask)
        self._writer = Writer(self._database, self._session, self._new_batch)
        # One batch is decoded while the one before is committed; no third waits.
        self._decoded: Queue[Decoded] = Queue(maxsize=1)
        self._decoder = Thread(target=self._run_decoder, name="decoder", daemon=True)
        self._failure: Exception | None = None
        self._observe()

    def stop(self) -> None:
        """Finish the batch in hand, acknowledge it and return from `run`; callable from a signal handler."""
        self._stopping.set()

    def run(self) -> None:
        """Receive and commit until stopped; waits for the database, its migration, and the broker."""
        try:
            sys.setswitchinterval(SWITCH)
            self._await_migration()
            self._look_at_broker()
            self._subscriber.start()
            self._decoder.start()
            self._listening.start()
            self._commit_until_stopped()
        except Stopped:
            log.info("stopped while waiting for the database; what was not acknowledged stays with the broker")
        finally:
            self._stopping.set()
            self._subscriber.leave()
            self._reader.close()
            self._database.close()
        if self._failure is not None:
            raise self._failure

    def _await_migration(self) -> None:
        while missing := self._database.ask(readiness.missing_migrations):
            log.warning("waiting for the database to be migrated (%s): run 'hengjian migrate'", missing[0])
            if self._stopping.wait(MIGRATION_LOOK):
                raise Stopped

    def _look_at_broker(self) -> None:
        before_listening(self._settings)
        self._subscriber.session.had_one = self._database.ask(lambda c: delivered.any_of(c, self._session))

    def _commit_until_stopped(self) -> None:
        while self._failure is None and self._subscriber.failure is None:
            try:
                decoded = self._decoded.get(timeout=LOOK)
            except Empty:
                if self._stopping.is_set() and not self._decoder.is_alive():
                    log.info("all that was decoded is committed")
                    return
                continue
            self._commit(decoded)
        self._failure = self._failure or self._subscriber.failure

    def _commit(self, decoded: Decoded) -> None:
        began = monotonic()
        ledgers = self._writer.write(decoded)
        self._subscriber.acknowledge(decoded.deliveries)
        self._backlog.settle(decoded.deliveries)
        seconds = monotonic() - began
        self.metrics.seconds.observe(seconds)
        for ledger in ledgers:
            for code, tally in ledger.items():
                # Names that nobody enrolled are the sender's invention: as labels they would have no end.
                self.metrics.count(code if self._identities.enrolled(code) else "", tally)
        for held in (*decoded.arrivals.held, *(item.otherwise for item in decoded.arrivals.taken_back)):
            self.metrics.quarantined.labels(held.cause).inc()
        self._report(decoded, ledgers, seconds)

    def _run_decoder(self) -> None:
        try:
            while not self._stopping.is_set():
                waiting = deque(self._backlog.take(self._limits, patience=LOOK))
                while waiting and not self._stopping.is_set():
                    self._hand_on(self._decode(waiting))
        except Stopped:
            return
        except Exception as error:
            log.exception("the decoder thread failed")
            self._failure = error

    def _decode(self, waiting: deque[Delivery]) -> Decoded:
        """Take messages until the batch is full."""
        batch, name, digests, counted, deliveries = self._new_batch(), uuid4(), [], list[Counted](), list[Delivery]()
        self._redeliveries.begin()
        self._restrictions.refresh()
        while waiting and not batch.full(rows=self._batch_rows, size=self._limits.payload):
            delivery = waiting.popleft()
            deliveries.append(delivery)
            if self._redeliveries.known(delivery):
                batch.count_redelivered(delivery.topic)
                continue
            digests.append(delivery.digest)
            unread = self._restrictions.refusal(source_of(delivery.topic), len(delivery.payload), delivery.received_at)
            counted.append((delivery, unread))
            enter(batch, delivery, unread)
        remembered = Delivered(name, self._session, b"".join(digests))
        self._redeliveries.hand_on(name, remembered.digests)
        arrivals = batch.arrivals(remembered)
        arrivals.arranged = arrange(arrivals.readings)  # here, so that the connection never waits for it
        return Decoded(arrivals, deliveries, counted)

    def _hand_on(self, decoded: Decoded) -> None:
        while not self._stopping.is_set():
            try:
                self._decoded.put(decoded, timeout=LOOK)
            except Full:
                continue
            return

    def _new_batch(self) -> Batch:
        return Batch(self._identities, self._instants)

    def _observe(self) -> None:
        backlog, subscriber, metrics = self._backlog, self._subscriber, self.metrics
        metrics.depth.set_function(lambda: backlog.depth)
        metrics.payload.set_function(lambda: backlog.size)
        metrics.connected.set_function(lambda: subscriber.connected)
        metrics.observe_hand(lambda: Hand(subscriber.received, backlog.forgotten, backlog.in_hand, backlog.oldest))

    def _report(self, decoded: Decoded, ledgers: list[dict[str, Tally]], seconds: float) -> None:
        lag = (datetime.now(UTC) - decoded.deliveries[0].received_at).total_seconds()
        self.metrics.lag.set(lag)
        tallies = [tally for ledger in ledgers for tally in ledger.values()]
        log.info(
            "committed messages=%d redelivered=%d quarantined=%d "
            "stored=%d repeated=%d conflicting=%d seconds=%.3f lag=%.3f",
            sum(tally.messages for tally in tallies),
            sum(tally.messages_redelivered for tally in tallies),
            sum(tally.messages_quarantined for tally in tallies),
            sum(tally.readings_stored for tally in tallies),
            sum(tally.readings_repeated for tally in tallies),
            sum(tally.readings_conflicting for tally in tallies),
            seconds,
            lag,
        )
