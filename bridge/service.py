"""The bridge as a service: a thread for each receiver, so that a slow one holds up nobody; and old events pruned."""

import logging
import threading
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg

from bridge.courier import Courier
from bridge.settings import BridgeSettings
from store import courier, outbox
from store.connection import Connection, connect
from store.errors import StoreUnreachable

_logger = logging.getLogger(__name__)

_IDLE = 0.5
_RETRY = 2.0
_TIDY = timedelta(hours=1)
_GRACE = 2.0


def run(settings: BridgeSettings, database_url: str, stop: threading.Event) -> None:
    """Carry until `stop` is set; an attempt that is under way then is made again at the next start."""
    # Jitter needs no reproducing: only that no two processes draw the same.
    generators = np.random.default_rng().spawn(len(settings.webhooks))
    couriers = [
        Courier(webhook, settings, generator) for webhook, generator in zip(settings.webhooks, generators, strict=True)
    ]
    threads = [
        threading.Thread(target=_carry, args=(one, database_url, stop), name=f"courier {number}", daemon=True)
        for number, one in enumerate(couriers)
    ]
    for thread in threads:
        thread.start()
    destinations = [one.destination for one in couriers]
    while True:
        try:
            with connect(database_url, application="hengjian bridge") as connection:
                tidy(connection, destinations, keep=timedelta(days=settings.outbox_days))
        except (psycopg.Error, StoreUnreachable) as error:
            _logger.warning("old events could not be pruned and stay for another hour: %s", error)
        if stop.wait(_TIDY.total_seconds()):
            break
    for thread in threads:
        thread.join(_GRACE)


def tidy(connection: Connection, destinations: list[str], *, keep: timedelta) -> int:
    """Prune events older than `keep` that no served destination still waits for; return the largest id pruned, or 0."""
    with connection.transaction():
        through = courier.delivered_to_all(connection, destinations)
        if through is None:
            through = outbox.span(connection).newest
        return outbox.prune(connection, through=through, before=datetime.now(UTC) - keep)


def _carry(one: Courier, database_url: str, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            with connect(database_url, application="hengjian bridge") as connection:
                courier.enter(connection, one.destination)
                while not stop.is_set():
                    if not one.deliver_next(connection):
                        stop.wait(_IDLE)
        except (psycopg.Error, StoreUnreachable) as error:
            _logger.warning("the courier to %s has lost the database and will try again: %s", one.destination, error)
            stop.wait(_RETRY)
        except Exception:
            # Whatever it is, a courier that ended silently would be worse: the receiver would wait for ever.
            _logger.exception("the courier to %s failed and will try again", one.destination)
            stop.wait(_RETRY)
