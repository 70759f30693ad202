"""The recorded data beside the checkout, as it is: every register and transaction table makes messages."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from simulators.recordings.errors import NoRegisterTable
from simulators.recordings.recording import open_recording

SHARED = Path(__file__).parents[4] / "shared" / "data"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason="no recorded data beside the checkout"),
]


@pytest.mark.parametrize(
    "file, zone, rows, unfit, kinds",
    [
        ("electricity_london/readings.parquet", None, 124_290, 0, {"electricity_meter"}),
        ("electricity_london/readings_daily.parquet", None, 25_624, 0, {"electricity_meter"}),
        ("electricity_sgsc/readings.parquet", None, 293_884, 0, {"electricity_meter"}),
        ("electricity_uci_household/readings.parquet", "Etc/GMT-1", 956_277, 0, {"electricity_meter"}),
        ("ev_norway/transactions.parquet", None, 6_878, 34, {"ev_charger"}),
        ("ev_workplace/transactions.parquet", "UTC", 3_395, 0, {"ev_charger"}),
        ("gas_opendsm/readings.parquet", None, 128_094, 0, {"gas_meter", "electricity_meter"}),
        ("water_daiad/readings.parquet", None, 822_503, 0, {"water_meter"}),
    ],
)
def test_every_row_is_carried(file: str, zone: str | None, rows: int, unfit: int, kinds: set[str]) -> None:
    recording = open_recording(SHARED / file, None, (), ZoneInfo(zone) if zone else None, 96)
    carried = messages = 0
    for message in recording.encoded():
        carried += message.readings + message.transactions
        messages += 1
    assert carried == recording.rows == rows
    assert messages == recording.messages
    assert recording.unfit == unfit
    assert {instrument.kind for instrument in recording.instruments} == kinds
    assert recording.source == file.split("/", maxsplit=1)[0]


@pytest.mark.parametrize(
    "file",
    [
        "electricity_london/daily.parquet",
        "electricity_uci_household/minutes.parquet",
        "gas_opendsm/intervals.parquet",
        "gas_opendsm/weather.parquet",
    ],
)
def test_what_is_no_register_table_is_refused(file: str) -> None:
    with pytest.raises(NoRegisterTable, match="wanted: instrument · taken_at · register · value"):
        open_recording(SHARED / file, None, (), None, 96)
