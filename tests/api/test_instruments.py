import httpx

from store.connection import Connection
from tests.api.world import BERLIN, enrol, finding, raise_alerts


def _serials(client: httpx.Client, **query: object) -> list[str]:
    answer = client.get("/v1/instruments", params=query)
    assert answer.status_code == 200, answer.text
    return [item["serial"] for item in answer.json()["items"]]


def test_shows_identity_place_responsibility_and_registers(client: httpx.Client, connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    raise_alerts(connection, finding(meter))
    instrument = client.get(f"/v1/instruments/{meter}").json()
    assert instrument.pop("enrolled_at").endswith("Z")
    registers = instrument.pop("registers")
    assert instrument == {
        "id": meter,
        "serial": "W-000001",
        "kind": "water_meter",
        "source": "city-water",
        "accuracy_class": "2",
        "size": "DN15",
        "model": "M1",
        "installed_on": "2023-05-01",
        "site": {
            "code": "DMA-01",
            "name": {"zh": "城西一区", "en": "West 1"},
            "time_zone": "Asia/Shanghai",
            "region_code": "330106",
            "latitude": 30.2,
            "longitude": 120.1,
        },
        "operator": {"uscc": "91330100MA2XXXXX0A", "name": {"zh": "水务公司", "en": "Water Utility"}},
        "open_alerts": 1,
    }
    assert registers[0] == {"name": "volume", "unit": "m3", "resolution": "0.001", "cumulative": True}


def test_pages_and_narrows_the_list(client: httpx.Client, connection: Connection) -> None:
    enrol(connection, 5)
    enrol(connection, 2, site=BERLIN, source="berlin")
    page = client.get("/v1/instruments", params={"limit": 4}).json()
    rest = client.get("/v1/instruments", params={"limit": 4, "cursor": page["next"]}).json()
    assert len(page["items"] + rest["items"]) == 7
    assert rest["next"] is None
    assert _serials(client, source="berlin") == ["W-000001", "W-000002"]
    assert _serials(client, site="DMA-02", q="w-000002") == ["W-000002"]
    assert _serials(client, kind="gas_meter") == []
    assert len(_serials(client, q="w-")) == 7


def test_a_search_takes_wildcards_literally(client: httpx.Client, connection: Connection) -> None:
    enrol(connection, 2)
    for q in ("%", "_", "W%", "W-00000_", "\\"):
        assert _serials(client, q=q) == []


def test_refuses_what_no_search_can_hold(client: httpx.Client) -> None:
    assert client.get("/v1/instruments?q=%00").status_code == 422
    assert client.get("/v1/instruments", params={"limit": 0}).status_code == 422
    for cursor in ("x", "e30", "bnVsbA", "eyJhZnRlciI6LTF9", "é", "W1tbW1tb"):
        answer = client.get("/v1/instruments", params={"cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor_malformed")
