import httpx

from store.connection import Connection
from tests.api.world import BERLIN, enrol, intake, quarantine


def test_shows_how_much_and_how_lately_each_source_sends(client: httpx.Client, connection: Connection) -> None:
    enrol(connection, 3)
    enrol(connection, 1, site=BERLIN, source="berlin")
    intake(connection, readings=3, stored=3)
    quarantine(connection, "not_json", times=2)
    page = client.get("/v1/sources", params={"limit": 1}).json()
    assert page["items"] == [
        {"code": "berlin", "name": "berlin", "instruments": 1, "last_received_at": None, "quarantined": 0}
    ]
    rest = client.get("/v1/sources", params={"limit": 1, "cursor": page["next"]}).json()
    (source,) = rest["items"]
    assert source.pop("last_received_at").endswith("Z")
    assert source == {"code": "city-water", "name": "city-water", "instruments": 3, "quarantined": 2}
    assert rest["next"] is None


def test_counts_what_is_held_by_cause_and_forgets_what_was_taken_in(
    client: httpx.Client, connection: Connection
) -> None:
    quarantine(connection, "not_json", times=2)
    quarantine(connection, "unknown_instrument")
    connection.execute("update quarantine set released_at = now() where cause = 'unknown_instrument'")
    connection.commit()
    assert client.get("/v1/quarantine/counts").json() == {
        "items": [{"source": "city-water", "cause": "not_json", "count": 2, "last_at": "2024-05-01T00:01:00Z"}]
    }
