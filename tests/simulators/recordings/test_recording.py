"""Small recordings as messages."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simulators.encoding import Message
from simulators.recordings import errors
from simulators.recordings.recording import Recording, open_recording

START = datetime(2024, 1, 1, tzinfo=UTC)


def opened(path: Path, *kinds: str, zone: str | None = None, per_message: int = 96) -> Recording:
    return open_recording(path, None, kinds, ZoneInfo(zone) if zone else None, per_message)


def bodies(recording: Recording) -> list[dict[str, Any]]:
    messages: list[Message] = list(recording.encoded())
    assert len(messages) == recording.messages
    assert sum(message.readings + message.transactions for message in messages) == recording.rows
    return [json.loads(message.payload) for message in messages]


def readings_file(folder: Path, rows: list[tuple[str | None, datetime | None, str, float | None]]) -> Path:
    folder.mkdir(exist_ok=True)
    columns = list(zip(*rows, strict=True))
    table = pa.table(
        {
            "instrument": pa.array(columns[0], pa.string()),
            "taken_at": pa.array(columns[1], pa.timestamp("ms", "UTC")),
            "register": pa.array(columns[2], pa.string()),
            "value": pa.array(columns[3], pa.float64()),
            "remark": pa.array(["not asked for"] * len(rows)),
        }
    )
    pq.write_table(table, folder / "readings.parquet")
    return folder / "readings.parquet"


def csv_file(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "readings.csv").write_text(text, encoding="utf-8")
    return folder / "readings.csv"


def test_goes_through_time_day_by_day_and_instrument_by_instrument(tmp_path: Path) -> None:
    hours = [START + timedelta(hours=hour) for hour in range(48)]
    rows = [(meter, hour, "volume", float(index)) for meter in ("b", "a") for index, hour in enumerate(hours)]
    recording = opened(readings_file(tmp_path / "water_x", list(rows)))
    first, second, third, fourth = bodies(recording)
    assert {first["instrument"], second["instrument"]} == {third["instrument"], fourth["instrument"]} == {"a", "b"}
    assert [len(body["readings"]) for body in (first, second, third, fourth)] == [24] * 4
    assert first["readings"][0] == {"taken_at": "2024-01-01T00:00:00Z", "registers": {"volume": "0.000"}}
    assert third["readings"][0]["taken_at"] == "2024-01-02T00:00:00Z"
    assert recording.source == "water_x"
    assert {instrument.kind for instrument in recording.instruments} == {"water_meter"}
    assert recording.instruments[0].site.time_zone == "UTC"


def test_messages_hold_no_more_readings_than_asked(tmp_path: Path) -> None:
    rows = [("a", START + timedelta(minutes=minute), "volume", minute / 8) for minute in range(50)]
    sizes = [
        len(body["readings"]) for body in bodies(opened(readings_file(tmp_path / "water", list(rows)), per_message=24))
    ]
    assert sizes == [24, 24, 2]


def test_registers_of_one_instant_share_a_reading(tmp_path: Path) -> None:
    rows = [
        ("e", START + timedelta(hours=hour), name, value)
        for name, value in (("active_energy_import", 1.5), ("voltage_l1", 230.1))
        for hour in range(2)
    ]
    (body,) = bodies(opened(readings_file(tmp_path / "homes", list(rows))))
    assert [reading["registers"] for reading in body["readings"]] == [
        {"active_energy_import": "1.500", "voltage_l1": "230.1"}
    ] * 2


def test_a_repeated_instant_is_sent_as_often_as_it_stands_there(tmp_path: Path) -> None:
    recording = opened(readings_file(tmp_path / "water", [("a", START, "volume", 1.0), ("a", START, "volume", 2.0)]))
    (body,) = bodies(recording)
    assert [reading["registers"]["volume"] for reading in body["readings"]] == ["1.000", "2.000"]


def test_what_the_contract_cannot_carry_travels_alone(tmp_path: Path) -> None:
    rows: list[tuple[str | None, datetime | None, str, float | None]] = [
        ("a", START, "volume", 1.0),
        ("a", START + timedelta(hours=1), "volume", float("nan")),
        ("a", START + timedelta(hours=2), "volume", 1.00004),
        ("a", START + timedelta(hours=3), "volume", 1.001),
        ("a", None, "volume", 1.002),
        (None, START, "volume", 1.0),
    ]
    recording = opened(readings_file(tmp_path / "water", rows))
    sent = bodies(recording)
    assert recording.unfit == 4
    assert [len(body["readings"]) for body in sent].count(2) == 1
    values = {body["readings"][0]["registers"]["volume"] for body in sent if len(body["readings"]) == 1}
    assert values == {"nan", "1.00004", "1.002", "1.000"}
    assert sent[-1]["readings"][0]["taken_at"] is None
    assert None in [body["instrument"] for body in sent]


def test_kinds_are_found_instrument_by_instrument(tmp_path: Path) -> None:
    rows = [("g", START, "volume_converted", 1.0), ("e", START, "active_energy_import", 1.0)]
    kinds = {item.serial: item.kind for item in opened(readings_file(tmp_path / "gas_x", list(rows))).instruments}
    assert kinds == {"g": "gas_meter", "e": "electricity_meter"}


def test_an_open_kind_is_asked_for(tmp_path: Path) -> None:
    path = readings_file(tmp_path / "meters", [("a", START, "volume", 1.0)])
    with pytest.raises(errors.KindUndecided, match=r"volume fit gas_meter, water_meter; give --kind"):
        opened(path)
    assert opened(path, "water_meter").instruments[0].kind == "water_meter"


def test_an_unknown_register_is_named(tmp_path: Path) -> None:
    path = readings_file(tmp_path / "water", [("a", START, "volumen", 1.0)])
    with pytest.raises(errors.RegisterUnknown, match="'volumen'"):
        opened(path)
    with pytest.raises(errors.RegisterUnknown, match="none of gas_meter has"):
        opened(readings_file(tmp_path / "water", [("a", START, "flow", 1.0)]), "gas_meter")


def test_another_table_is_refused_by_what_it_lacks(tmp_path: Path) -> None:
    pq.write_table(pa.table({"instrument": ["a"], "day": [1]}), tmp_path / "daily.parquet")
    with pytest.raises(errors.NoRegisterTable, match=r"missing: taken_at, register, value.*it has: instrument, day"):
        opened(tmp_path / "daily.parquet")


def test_a_missing_file_and_another_format_are_named(tmp_path: Path) -> None:
    with pytest.raises(errors.RecordingMissing, match=r"none\.parquet cannot be read"):
        opened(tmp_path / "none.parquet")
    with pytest.raises(errors.RecordingMissing, match=r"neither \.parquet nor \.csv"):
        opened(tmp_path / "none.xlsx")


def test_a_csv_keeps_its_digits_and_needs_a_zone_for_naive_times(tmp_path: Path) -> None:
    text = "instrument,taken_at,register,value\na,2024-07-01 00:00:00,volume,12.30\na,2024-07-01 01:00:00,volume,NaN\n"
    path = csv_file(tmp_path / "water", text)
    with pytest.raises(errors.NaiveTime):
        opened(path)
    recording = opened(path, zone="Asia/Shanghai")
    one, other = bodies(recording)
    assert one["readings"] == [{"taken_at": "2024-06-30T16:00:00Z", "registers": {"volume": "12.30"}}]
    assert other["readings"][0]["registers"] == {"volume": "NaN"}
    assert recording.unfit == 1
    assert recording.instruments[0].site.time_zone == "Asia/Shanghai"


def test_a_source_is_one_level_of_a_topic(tmp_path: Path) -> None:
    path = readings_file(tmp_path / "water meters", [("a", START, "volume", 1.0)])
    with pytest.raises(errors.SourceUnfit):
        opened(path)


def test_transactions_travel_one_by_one_with_all_they_have(tmp_path: Path) -> None:
    folder = tmp_path / "ev_x"
    folder.mkdir()
    stamp = pa.timestamp("ms", "UTC")
    table = pa.table(
        {
            "instrument": ["c", "c", "c"],
            "seq": pa.array([1, 2, 3], pa.int32()),
            "started_at": pa.array([START, START + timedelta(hours=3), START + timedelta(hours=1)], stamp),
            "ended_at": pa.array([START + timedelta(hours=1), None, START + timedelta(hours=2)], stamp),
            "quantity": [6.76, 1.5, 2.0],
            "amount": [1.25, None, 3.0],
            "attributes": ['{"vehicle":"v","record":12}', None, "not json"],
        }
    )
    pq.write_table(table, folder / "transactions.parquet")
    recording = opened(folder / "transactions.parquet")
    first, second, third = (body["transactions"][0] for body in bodies(recording))
    assert first == {
        "seq": 1,
        "started_at": "2024-01-01T00:00:00Z",
        "ended_at": "2024-01-01T01:00:00Z",
        "quantity": "6.7600",
        "amount": "1.25",
        "attributes": {"vehicle": "v", "record": 12},
    }
    assert second["seq"] == 3
    assert second["attributes"] == "not json"
    assert third["ended_at"] is None
    assert third["attributes"] == {}
    assert recording.unfit == 2
    assert recording.instruments[0].kind == "ev_charger"
