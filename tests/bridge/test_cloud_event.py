import json
from datetime import UTC, datetime

from bridge.cloud_event import LARGEST_BODY, body
from store.outbox import Row

ROW = Row(7, datetime(2024, 5, 1, tzinfo=UTC), "alert.opened", 12, {})


def test_an_alert_too_large_for_one_message_is_sent_as_its_number() -> None:
    event = json.loads(body(ROW, {"id": 12, "version": 3, "statement": "长" * 10_000}, source="urn:hengjian"))
    assert event["data"] == {"id": 12, "version": 3}
    assert event["type"] == "hengjian.alert.opened"


def test_the_largest_whole_alert_fits() -> None:
    alert = {"id": 12, "version": 3, "statement": "x"}
    room = LARGEST_BODY - len(body(ROW, alert, source="urn:hengjian"))
    whole = body(ROW, alert | {"statement": "x" * (room + 1)}, source="urn:hengjian")
    assert len(whole) == LARGEST_BODY
    assert json.loads(whole)["data"]["statement"]
