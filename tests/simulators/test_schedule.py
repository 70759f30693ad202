"""A city sent in parts, or by another process later, is the same city."""

import json
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from metrology.kinds import kind_called
from simulators.city import City, CityPlan
from simulators.civil_day import midnight
from simulators.encoding import Message
from simulators.schedule import LONGEST_DELAY, HistoryUntold, Schedule
from tests.simulators.world import EPOCH, content

PLAN = CityPlan(seed=2, instruments=80, epoch=EPOCH)
START = midnight(EPOCH)
WITH_HISTORY = CityPlan(seed=2, instruments=80, epoch=EPOCH, daily_history=40)
SEAM = midnight(WITH_HISTORY.hourly_from)

Statement = tuple[str, str, str, str]


def statements(messages: list[Message]) -> list[Statement]:
    """Everything that messages state: (instrument, time, what, value)."""
    stated: list[Statement] = []
    for message in messages:
        body = content(message)
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
        body = content(message)
        for reading in body.get("readings", []) if "transactions" not in body else []:
            delay = message.due - datetime.fromisoformat(reading["taken_at"]).timestamp()
            assert 0 <= delay <= LONGEST_DELAY.total_seconds()


def test_the_first_midnight_is_part_of_the_city() -> None:
    first = [stated for stated in statements(backfilled(START, START + timedelta(days=1))) if stated[0] == "W-000001"]
    assert first[0][1] == START.isoformat()
    volumes = [stated for stated in first if stated[2] == "volume"]
    assert len(volumes) == 25


def frozen(start: datetime) -> list[Message]:
    return [message for part in Schedule(City(WITH_HISTORY), start).history() for message in part]


def test_the_daily_history_is_what_the_hours_would_have_said_at_midnight() -> None:
    city = City(WITH_HISTORY)
    principal = {item.serial: kind_called(item.kind).principal_register for item in city.instruments}
    hourly = statements(backfilled(START, SEAM))
    midnights = [said for said in hourly if "T00:00:00" in said[1] and principal[said[0]] == said[2]]
    gauges = {item.serial for item in city.instruments if item.kind == "tank_gauge"}
    assert statements(frozen(START)) == [said for said in midnights if said[0] not in gauges]


def test_a_history_of_forty_days_takes_each_meter_two_messages_and_no_transaction() -> None:
    messages = frozen(START)
    of_one = [message for message in messages if content(message)["instrument"] == "W-000001"]
    assert [message.readings for message in of_one] == [32, 9]
    assert not any(message.transactions or message.events for message in messages)


def test_the_hours_go_on_from_the_history_without_a_gap_or_a_step_back() -> None:
    schedule = Schedule(City(WITH_HISTORY), START)
    messages = [message for part in schedule.history() for message in part]
    assert schedule.position == SEAM
    messages += [message for part in schedule.backfill(SEAM + timedelta(days=1)) for message in part]
    last: dict[tuple[str, str], tuple[datetime, Decimal]] = {}
    spared = {item.serial for item in schedule.city.instruments if item.kind != "tank_gauge"}
    spared -= {item.instrument.serial for item in schedule.city.tamperings}
    for serial, at, register, value in statements(messages):
        if register in {"volume", "active_energy_import", "volume_total"} and serial in spared:
            before = last.get((serial, register))
            last[serial, register] = (datetime.fromisoformat(at), Decimal(value))
            if before is not None:
                assert datetime.fromisoformat(at) - before[0] <= timedelta(days=1)
                assert Decimal(value) >= before[1]
    hours = [said for said in statements(messages) if said[0] == "W-000001" and said[2] == "volume"]
    assert next(at for _, at, _, _ in hours if at > SEAM.isoformat()) == (SEAM + timedelta(hours=1)).isoformat()


def test_a_history_broken_off_is_continued_by_a_later_start() -> None:
    parts = Schedule(City(WITH_HISTORY), START).history()
    first = next(parts)
    rest = frozen(START + timedelta(days=31))
    assert sorted(statements(first) + statements(rest)) == statements(frozen(START))


def test_hours_of_a_day_known_by_the_day_alone_are_refused() -> None:
    with pytest.raises(HistoryUntold, match="daily history up to"):
        next(Schedule(City(WITH_HISTORY), START).backfill(SEAM))
