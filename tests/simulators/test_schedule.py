"""A city sent in parts, or by another process later, is the same city."""

import json
from datetime import datetime, timedelta

from simulators.city import City, CityPlan
from simulators.civil_day import midnight
from simulators.encoding import Message
from simulators.schedule import LONGEST_DELAY, Schedule
from tests.simulators.world import EPOCH

PLAN = CityPlan(seed=2, instruments=80, epoch=EPOCH)
START = midnight(EPOCH)

Statement = tuple[str, str, str, str]


def statements(messages: list[Message]) -> list[Statement]:
    """Everything that messages state: (instrument, time, what, value)."""
    stated: list[Statement] = []
    for message in messages:
        body = json.loads(message.payload)
        serial = body["instrument"]
        for reading in body.get("readings", []):
            stated += [(serial, reading["taken_at"], name, str(value)) for name, value in reading["registers"].items()]
        stated += [(serial, bill["ended_at"], "bill", json.dumps(bill)) for bill in body.get("transactions", [])]
        stated += [(serial, event["at"], "event", json.dumps(event)) for event in body.get("events", [])]
    return sorted(stated)


def backfilled(start: datetime, until: datetime) -> list[Message]:
    return [message for day in Schedule(City(PLAN), start).backfill(until) for message in day]


def test_backfill_then_live_states_everything_once() -> None:
    now, end = START + timedelta(days=1, hours=13, minutes=7), START + timedelta(days=3)
    schedule = Schedule(City(PLAN), START)
    parts = [message for day in schedule.backfill(now) for message in day]
    parts += list(schedule.hourly(end))
    assert statements(parts) == statements(backfilled(START, end))


def test_a_later_start_continues_every_register() -> None:
    pause, end = START + timedelta(days=2, hours=5), START + timedelta(days=4)
    parts = backfilled(START, pause) + backfilled(pause, end)
    assert statements(parts) == statements(backfilled(START, end))


def test_live_messages_fall_due_in_order_and_within_their_delay() -> None:
    messages = list(Schedule(City(PLAN), START).hourly(START + timedelta(days=2)))
    due = [message.due for message in messages]
    assert due == sorted(due)
    for message in messages:
        body = json.loads(message.payload)
        for reading in body.get("readings", []) if "transactions" not in body else []:
            delay = message.due - datetime.fromisoformat(reading["taken_at"]).timestamp()
            assert 0 <= delay <= LONGEST_DELAY.total_seconds()


def test_the_first_midnight_is_part_of_the_city() -> None:
    first = [stated for stated in statements(backfilled(START, START + timedelta(days=1))) if stated[0] == "W-000001"]
    assert first[0][1] == START.isoformat()
    volumes = [stated for stated in first if stated[2] == "volume"]
    assert len(volumes) == 25
