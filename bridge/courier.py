"""Serving one receiver: in order, one event at a time, from where it stands to where the outbox ends."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import numpy as np

from bridge import attempt, cloud_event, signature
from bridge.attempt import Delivered, Gone
from bridge.settings import BridgeSettings, Webhook
from store import alert_document, alerts, courier, outbox
from store.connection import Connection


@dataclass(frozen=True)
class Courier:
    """Courier to one receiver.

    Parameters
    ----------
    generator
        Source of the jitter that keeps many couriers from coming back at once.
    """

    webhook: Webhook
    settings: BridgeSettings
    generator: np.random.Generator
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        seconds = self.settings.webhook_timeout.total_seconds()
        object.__setattr__(self, "client", httpx.Client(timeout=seconds, headers={"User-Agent": "hengjian"}))

    @property
    def destination(self) -> str:
        """Address of the receiver: its name in the store."""
        return str(self.webhook.url)

    def deliver_next(self, connection: Connection) -> bool:
        """Try to deliver the next event, in a transaction that holds the receiver; False if there was nothing to do.

        The receiver's answer is committed after the receiver has it: a crash in between sends the event again, under
        the same id.
        """
        with connection.transaction():
            position = courier.claim(connection, self.destination)
            if position is None:
                return False
            rows = outbox.after(connection, position.delivered, limit=1)
            if not rows:
                return False
            row = rows[0]
            alert = alert_document.document(alerts.by_id(connection, [row.alert_id])[row.alert_id])
            body = cloud_event.body(row, alert, source=self.settings.event_source)
            key = signature.key_of(self.webhook.secret.get_secret_value())
            headers = signature.headers(key, message=cloud_event.message_id(row), at=datetime.now(UTC), body=body)
            headers["Content-Type"] = cloud_event.MEDIA_TYPE
            outcome = attempt.post(self.client, self.destination, body=body, headers=headers)
            if isinstance(outcome, Delivered):
                courier.delivered(connection, self.destination, row.id)
            elif isinstance(outcome, Gone):
                courier.stopped(connection, self.destination, failure="answered 410: wants no more")
            else:
                wait = max(self.pause(position.attempts), outcome.retry_after or timedelta())
                courier.failed(connection, self.destination, wait=wait, failure=outcome.reason)
        return True

    def pause(self, attempts: int) -> timedelta:
        """Pause after a failure that follows so many others: doubling, bounded, spread by half to both sides."""
        doublings = min(attempts, 30)
        whole: timedelta = min(self.settings.webhook_first_retry * 2**doublings, self.settings.webhook_longest_retry)
        return whole * float(self.generator.uniform(0.5, 1.5))
