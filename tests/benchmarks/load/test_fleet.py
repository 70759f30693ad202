import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

import numpy as np
import pytest

from benchmarks.load.fleet import KIND, REGISTERS, Fleet
from benchmarks.load.packets import publish_head
from metrology.kinds import kind_called

START = datetime(2026, 11, 1, tzinfo=timezone(timedelta(hours=8)))
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def payloads(fleet: Fleet, messages: int, version: str = "3.1.1") -> list[bytes]:
    written = fleet.publications(np.arange(messages, dtype=np.int64), version)
    longest, _ = publish_head(f"telemetry/{fleet.source}/native", 0, version)
    begin = written[0].tobytes().index(b"{", len(longest) - 2)
    return [packet.tobytes()[begin:] for packet in written]


def stated(payload: bytes) -> list[tuple[str, str, int, Decimal]]:
    """Serial, register, microseconds since 2000 and indication, as a reader of JSON finds them."""
    message = json.loads(payload)
    return [
        (
            message["instrument"],
            name,
            (datetime.fromisoformat(reading["taken_at"]) - EPOCH) // timedelta(microseconds=1),
            Decimal(str(indication)),
        )
        for reading in message["readings"]
        for name, indication in reading["registers"].items()
    ]


@pytest.mark.parametrize(
    "fleet",
    [
        Fleet("a", 7, START),
        Fleet("a", 7, START, registers=10),
        Fleet("a", 7, START, registers=10, slots=10),
        Fleet("a", 7, START, slots=3, slot=timedelta(minutes=1), scattered=True),
    ],
    ids=["one reading", "ten registers", "a hundred", "scattered"],
)
def test_the_rows_are_the_very_readings_of_the_messages(fleet: Fleet):
    messages = 30
    said = [line for payload in payloads(fleet, messages) for line in stated(payload)]
    instruments = np.arange(100, 107, dtype=np.int32)
    numbers = np.arange(messages, dtype=np.int64)
    rows = fleet.rows(numbers, instruments, list(range(1, 11)), datetime.now(UTC))
    serials = fleet.serials()
    assert len(said) == messages * fleet.readings == len(rows)
    assert [
        (
            serials[int(row["instrument"]) - 100],
            REGISTERS[int(row["register"]) - 1].name,
            int(row["taken_at"]),
            Decimal(int(row["value"])).scaleb(-REGISTERS[int(row["register"]) - 1].decimals),
        )
        for row in rows
    ] == said
    assert len({line[:3] for line in said}) == len(said)  # no key twice


def test_registers_are_those_of_the_kind_in_its_resolution():
    known = kind_called(KIND)
    assert all(known.register(said.name).decimals == said.decimals for said in REGISTERS)


def test_cumulative_registers_only_grow():
    fleet = Fleet("a", 3, START)
    for register, said in enumerate(REGISTERS):
        if said.step is not None:
            values = fleet.values(np.arange(0, 300, 3, dtype=np.int64), register, 0)
            assert (np.diff(values) > 0).all()


def test_one_message_in_twenty_is_spoilt_in_five_ways():
    fleet = Fleet("a", 50, START, spoilt=True)
    clean = payloads(Fleet("a", 50, START), 200)
    spoilt = [payload for payload, own in zip(payloads(fleet, 200), clean, strict=True) if payload != own]
    assert len(spoilt) == fleet.spoilt_among(200) == 10
    assert [fleet.spoilt_among(messages) for messages in (10, 11, 30, 31)] == [0, 1, 1, 2]
    faults = []
    for payload in spoilt:
        try:
            [(serial, register, _, _)] = stated(payload)
        except (ValueError, InvalidOperation) as error:
            faults.append(type(error).__name__)
        else:
            faults.append("serial" if serial not in fleet.serials() else register)
    assert sorted(faults) == sorted(
        2 * ["JSONDecodeError", "serial", "xctive_energy_import", "ValueError", "InvalidOperation"]
    )


def test_meters_of_a_scattered_fleet_share_the_minute_out():
    fleet = Fleet("a", 60, START, slot=timedelta(minutes=1), scattered=True)
    instants = fleet.instants(np.arange(120, dtype=np.int64))[:, 0]
    assert (np.diff(instants) == 1_000_000).all()


@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_packet_numbers_are_never_zero(version: str):
    fleet = Fleet("a", 3, START)
    _, number_at = publish_head("telemetry/a/native", len(payloads(fleet, 1, version)[0]), version)
    written = fleet.publications(np.array([0, 65_534, 65_535], dtype=np.int64), version)
    numbers = written[:, number_at].astype(int) << 8 | written[:, number_at + 1]
    assert numbers.tolist() == [1, 65_535, 1]
