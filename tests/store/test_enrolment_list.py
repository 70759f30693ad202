import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from store.enrolment_list import BadList, read_list
from store.instruments import Enrolment, Operator, Site

GOOD: dict[str, Any] = {
    "source": "city-water",
    "serial": "W-000001",
    "kind": "water_meter",
    "site": {
        "code": "DMA-01",
        "name_zh": "一区",
        "name_en": "District one",
        "region_code": "330106",
        "latitude": 30.2,
        "longitude": 120.1,
        "time_zone": "Asia/Shanghai",
    },
    "operator": {"uscc": "91110000600037341L", "name_zh": "水务", "name_en": "Waterworks"},
    "accuracy_class": "2",
    "size": "DN15",
    "installed_on": "2023-05-01",
}
EXPECTED = Enrolment(
    "city-water",
    "W-000001",
    "water_meter",
    Site("DMA-01", "一区", "District one", "330106", 30.2, 120.1, "Asia/Shanghai"),
    Operator("91110000600037341L", "水务", "Waterworks"),
    "2",
    "DN15",
    None,
    date(2023, 5, 1),
)


def _written(directory: Path, *rows: object) -> Path:
    file = directory / "list.ndjson"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return file


def test_reads_ndjson(tmp_path: Path) -> None:
    seen: list[int] = []
    assert read_list(_written(tmp_path, GOOD, GOOD | {"operator": None}), seen.append)[0] == EXPECTED
    assert sum(seen) == (tmp_path / "list.ndjson").stat().st_size


def test_reads_csv_with_the_same_members(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    heading = (
        "source,serial,kind,site.code,site.name_zh,site.name_en,site.region_code,site.latitude,site.longitude,"
        "operator.uscc,operator.name_zh,operator.name_en,accuracy_class,size,model,installed_on"
    )
    row = (
        "W-000001,water_meter,DMA-01,一区,District one,330106,30.2,120.1,"
        "91110000600037341L,水务,Waterworks,2,DN15,,2023-05-01"
    )
    bare = "W-2,water_meter,DMA-01,一区,District one,,,,,,,,,,"
    # as a spreadsheet writes it: with a byte order mark and CRLF
    file.write_bytes(f"\ufeff{heading}\r\ncity-water,{row}\r\ncity-water,{bare}\r\n".encode())
    first, second = read_list(file)
    assert first == EXPECTED
    assert second == Enrolment("city-water", "W-2", "water_meter", Site("DMA-01", "一区", "District one"))


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown kind": ({"kind": "sundial"}, "no instrument kind is called 'sundial'"),
    "a class the law does not know": ({"accuracy_class": "9"}, "no accuracy class '9'"),
    "a region code of five digits": ({"site": GOOD["site"] | {"region_code": "33010"}}, "site.region_code"),
    "a wrong check character": ({"operator": GOOD["operator"] | {"uscc": "91110000600037341M"}}, "operator.uscc"),
    "no such time zone": ({"site": GOOD["site"] | {"time_zone": "Asia/Peking"}}, "no time zone is called"),
    "a latitude beyond the pole": ({"site": GOOD["site"] | {"latitude": 91}}, "site.latitude"),
    "an unprintable serial": ({"serial": "W\u0000"}, "printable"),
    "a source that no topic can name": ({"source": "city/water"}, "source"),
    "a member nobody knows": ({"colour": "blue"}, "colour"),
    "a day that is none": ({"installed_on": "2023-02-30"}, "installed_on"),
}


@pytest.mark.parametrize("case", BAD)
def test_refuses_a_row_with_its_line_and_reason(tmp_path: Path, case: str) -> None:
    change, reason = BAD[case]
    with pytest.raises(BadList) as raised:
        read_list(_written(tmp_path, GOOD, GOOD | change))
    [(line, fault)] = raised.value.faults
    assert line == 2
    assert reason in fault


def test_names_every_bad_row_not_only_the_first(tmp_path: Path) -> None:
    file = _written(tmp_path, GOOD | {"kind": "x"}, GOOD, [1], GOOD | {"size": 3})
    file.write_text(file.read_text(encoding="utf-8") + "\n{", encoding="utf-8")
    with pytest.raises(BadList) as raised:
        read_list(file)
    assert [line for line, _ in raised.value.faults] == [1, 3, 4, 5]


def test_reads_where_registers_begin_again(tmp_path: Path) -> None:
    [listed] = read_list(_written(tmp_path, GOOD | {"capacity": {"volume": "100000"}}))
    assert listed.capacities == (("volume", 100_000_000),)
    file = tmp_path / "list.csv"
    file.write_text(
        "source,serial,kind,site.code,site.name_zh,site.name_en,capacity.volume\nc,W-1,water_meter,S,站,site,99999.5\n",
        encoding="utf-8",
    )
    [listed] = read_list(file)
    assert listed.capacities == (("volume", 99_999_500),)


@pytest.mark.parametrize(
    "capacity,reason",
    [
        ({"heat": "100000"}, "no register 'heat'"),
        ({"flow": "100000"}, "never rolls over"),
        ({"volume": "0"}, "between 10.000 and"),
        ({"volume": "1e30"}, "larger than any register"),
        ({"volume": "100000.00001"}, "finer"),
        ({"volume": "many"}, "many"),
    ],
)
def test_refuses_a_capacity_that_no_register_has(tmp_path: Path, capacity: dict[str, str], reason: str) -> None:
    with pytest.raises(BadList) as refusal:
        read_list(_written(tmp_path, GOOD | {"capacity": capacity}))
    assert reason in refusal.value.faults[0][1]
