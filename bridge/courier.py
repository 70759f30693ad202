"""Serving one receiver: in order, one event at a time, from where it stands to where the outbox ends."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from bridge import attempt, cloud_event, signature
from bridge.attempt import Delivered, Gone, Outcome
from bridge.settings import BridgeSettings, Webhook
from store import alert_document, alerts, courier, outbox
from store.connection import Connection
from store.courier import Position
from store.outbox import Row


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

    @property
    def destination(self) -> str:
        """Address of the receiver: its name in the store."""
        return str(self.webhook.url)

    def deliver_next(self, connection: Connection) -> bool:
        """Try to deliver the next event, while this connection holds the receiver; False if there was nothing to do.

        The receiver's answer is committed after the receiver has it: a crash in between sends the event again, under
        the same id. While the receiver is asked no transaction is open: a slow one keeps nothing from being vacuumed.
        """
        with courier.held(connection, self.destination) as taken:
            if not taken:
                return False
            with connection.transaction():
                position = courier.position(connection, self.destination)
                rows = outbox.after(connection, position.delivered, limit=1) if position else ()
                if position is None or not rows:
                    return False
                row = rows[0]
                alert = alert_document.document(alerts.by_id(connection, [row.alert_id])[row.alert_id])
            outcome = self._send(row, alert)
            with connection.transaction():
                self._note(connection, position, row, outcome)
        return True

    def _send(self, row: Row, alert: dict[str, object]) -> Outcome:
        body = cloud_event.body(row, alert, source=self.settings.event_source)
        key = signature.key_of(self.webhook.secret.get_secret_value())
        headers = signature.headers(key, message=cloud_event.message_id(row), at=datetime.now(UTC), body=body)
        headers |= {"Content-Type": cloud_event.MEDIA_TYPE, "User-Agent": "hengjian"}
        return attempt.post(self.destination, body=body, headers=headers, within=self.settings.webhook_timeout)

    def _note(self, connection: Connection, position: Position, row: Row, outcome: Outcome) -> None:
        if isinstance(outcome, Delivered):
            courier.delivered(connection, self.destination, row.id, after=position)
        elif isinstance(outcome, Gone):
            courier.stopped(connection, self.destination, failure="answered 410: wants no more")
        else:
            wait = max(self.pause(position.attempts), outcome.retry_after or timedelta())
            courier.failed(connection, self.destination, wait=wait, failure=outcome.reason, after=position)

    def pause(self, attempts: int) -> timedelta:
        """Pause after a failure that follows so many others: doubling, bounded, spread by half to both sides."""
        doublings = min(attempts, 30)
        whole: timedelta = min(self.settings.webhook_first_retry * 2**doublings, self.settings.webhook_longest_retry)
        return whole * float(self.generator.uniform(0.5, 1.5))
