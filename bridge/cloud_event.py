"""What happened to an alert as a CloudEvent 1.0 in structured JSON form."""

import json
from collections.abc import Mapping

from store.alert_document import instant
from store.outbox import Row

MEDIA_TYPE = "application/cloudevents+json"
LARGEST_BODY = 20_000
"""Largest body [bytes], after the recommendation of Standard Webhooks."""


def body(row: Row, alert: Mapping[str, object], *, source: str) -> bytes:
    """Event as the bytes that are signed and sent.

    An alert too large for one message is sent as its number and version alone: the receiver reads it over the API.
    """
    event: dict[str, object] = {
        "specversion": "1.0",
        "id": message_id(row),
        "source": source,
        "type": f"hengjian.{row.topic}",
        "subject": f"alert/{row.alert_id}",
        "time": instant(row.at),
        "datacontenttype": "application/json",
        "data": alert,
    }
    encoded = _encode(event)
    if len(encoded) > LARGEST_BODY:
        encoded = _encode(event | {"data": {"id": alert["id"], "version": alert["version"]}})
    return encoded


def message_id(row: Row) -> str:
    """Id of an event, the same at each attempt and for each receiver."""
    return f"outbox-{row.id}"


def _encode(event: Mapping[str, object]) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
