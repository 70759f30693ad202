"""Payloads are what the contract says: exact decimals, declared registers, RFC 3339 times."""

import json
from datetime import datetime
from decimal import Decimal

from metrology.kinds import kind_called
from metrology.quantity import to_count
from simulators.civil_day import second_of
from simulators.encoding import encode
from tests.simulators.world import Walk


def test_every_number_is_a_whole_number_of_its_registers_steps(tampered: Walk) -> None:
    kinds = {instrument.serial: kind_called(instrument.kind) for instrument in tampered.city.instruments}
    readings = transactions = events = 0
    day, books = tampered.books[-2]
    for book in books:
        for message in encode(book, 0, 86_400, daily=True):
            body = json.loads(message.payload, parse_float=Decimal)
            kind = kinds[body["instrument"]]
            registers = [pair for reading in body.get("readings", []) for pair in reading["registers"].items()]
            for name, value in registers:
                kind.register(name).to_count(value)
            for bill in body.get("transactions", []):
                assert kind.transaction is not None
                to_count(bill["quantity"], kind.transaction.decimals)
                assert datetime.fromisoformat(bill["started_at"]) < datetime.fromisoformat(bill["ended_at"])
            for event in body.get("events", []):
                assert event["code"] in {code.value for code in kind.events}
            assert message.readings == len(registers)
            assert message.transactions == len(body.get("transactions", []))
            assert message.events == len(body.get("events", []))
            assert second_of(day) < message.due <= second_of(day) + 86_400
            readings += message.readings
            transactions += message.transactions
            events += message.events
    assert readings > 10_000
    assert transactions > 500


def test_what_is_sent_is_what_was_indicated(tampered: Walk) -> None:
    """Water meter W-000001: hourly volumes of the last day, digit by digit."""
    day, books = tampered.books[-1]
    (message,) = [
        message for book in books for message in encode(book, 0, 86_400, daily=True) if b'"W-000001"' in message.payload
    ]
    body = json.loads(message.payload)
    sent = [reading["registers"]["volume"] for reading in body["readings"]]
    assert [to_count(text, 3) for text in sent] == tampered.register("W-000001", "volume")[-24:].tolist()
    stamps = [datetime.fromisoformat(reading["taken_at"]) for reading in body["readings"]]
    assert [int(stamp.timestamp()) - second_of(day) for stamp in stamps] == [3600 * hour for hour in range(1, 25)]
    assert body["readings"][0]["taken_at"].endswith("+08:00")
    assert "battery_voltage" in body["readings"][-1]["registers"]


def test_a_silent_meter_sends_nothing_of_its_silent_hours(tampered: Walk) -> None:
    silent = next(item for item in tampered.city.tamperings if item.mode.name == "silence")
    assert silent.until is not None
    stamps = [
        datetime.fromisoformat(reading["taken_at"])
        for _, books in tampered.books
        for book in books
        for message in encode(book, -1, 86_400, daily=True)
        if f'"{silent.instrument.serial}"'.encode() in message.payload
        for reading in json.loads(message.payload)["readings"]
    ]
    assert stamps
    assert not [stamp for stamp in stamps if silent.onset < stamp <= silent.until]


def test_hourly_messages_carry_the_same_as_daily_ones(tampered: Walk) -> None:
    _, books = tampered.books[3]
    hourly, daily = (
        [message for book in books for message in encode(book, 0, 86_400, daily=way)] for way in (False, True)
    )
    assert len(hourly) > len(daily)
    assert sum(message.readings for message in hourly) == sum(message.readings for message in daily)
    assert sum(message.transactions for message in hourly) == sum(message.transactions for message in daily)


def test_hourly_messages_spread_over_the_hour(tampered: Walk) -> None:
    _, books = tampered.books[3]
    due = {message.due for message in encode(books[0], 0, 3600, daily=False)}
    assert max(due) - min(due) > 1800
