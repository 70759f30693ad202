from collections.abc import Callable, Iterator

import httpx
import pytest

from store import credentials
from store.connection import Connection
from store.keys import Role
from tests.api.world import BERLIN, enrol, intake, quarantine


def test_shows_how_much_and_how_lately_each_source_sends(client: httpx.Client, connection: Connection) -> None:
    enrol(connection, 3)
    enrol(connection, 1, site=BERLIN, source="berlin")
    intake(connection, readings=3, stored=3)
    quarantine(connection, "not_json", times=2)
    page = client.get("/v1/sources", params={"limit": 1}).json()
    undeclared = dict.fromkeys(
        (
            *("report_interval", "messages_per_second", "bytes_per_second", "largest_message"),
            *("credential", "credential_since", "revoked_at"),
        )
    )
    assert page["items"] == [
        {"code": "berlin", "name": "berlin", "instruments": 1, "last_received_at": None, "quarantined": 0, **undeclared}
    ]
    rest = client.get("/v1/sources", params={"limit": 1, "cursor": page["next"]}).json()
    (source,) = rest["items"]
    assert source.pop("last_received_at").endswith("Z")
    assert source == {"code": "city-water", "name": "city-water", "instruments": 3, "quarantined": 2, **undeclared}
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


@pytest.fixture
def administrator(address: str, key_of: Callable[[Role], str]) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {key_of(Role.ADMINISTRATOR)}"}
    with httpx.Client(base_url=address, headers=headers) as made:
        yield made


def added(administrator: httpx.Client, code: str = "utility", **more: object) -> httpx.Response:
    answer = administrator.post("/v1/sources", json={"code": code, **more})
    assert answer.status_code == 201, answer.text
    return answer


def test_lets_a_source_in_and_shows_its_password_this_once(administrator: httpx.Client, connection: Connection) -> None:
    answer = added(administrator, name="Water Company", report_interval="PT15M", messages_per_second=5)
    assert answer.headers["location"] == "/v1/sources/utility"
    assert answer.headers["cache-control"] == "no-store"
    shown = answer.json()
    password = shown.pop("password")
    again = administrator.get("/v1/sources/utility")
    assert again.json() == shown
    assert again.headers["etag"] == answer.headers["etag"]
    assert (shown["name"], shown["report_interval"], shown["credential"]) == ("Water Company", "PT15M", "password")
    [kept] = credentials.current(connection)
    assert kept.hashes is not None
    assert kept.hashes.match(password)
    assert password not in str(connection.execute("SELECT * FROM audit").fetchall())


def test_refuses_to_let_in_what_is_let_in_and_what_is_no_code(administrator: httpx.Client) -> None:
    added(administrator)
    assert administrator.post("/v1/sources", json={"code": "utility"}).json()["code"] == "source_known"
    for code in ("ingest", "a/b", "#", "", "a" * 65, "a b", "a\nb", "$SYS"):
        answer = administrator.post("/v1/sources", json={"code": code})
        assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid"), code
        assert answer.json()["errors"][0]["field"] == "body.code"


def test_changes_limits_in_the_version_that_was_read_alone(administrator: httpx.Client, connection: Connection) -> None:
    read = added(administrator, report_interval="PT1H", largest_message=1000).headers["etag"]
    path = "/v1/sources/utility"
    assert administrator.patch(path, json={}).json()["code"] == "version_missing"
    changed = administrator.patch(path, json={"report_interval": None, "name": "U"}, headers={"If-Match": read})
    assert (changed.json()["report_interval"], changed.json()["largest_message"]) == (None, 1000)
    stale = administrator.patch(path, json={"name": "V"}, headers={"If-Match": read})
    assert (stale.status_code, stale.json()["code"]) == (412, "source_stale")
    for body in ({"messages_per_second": 0}, {"report_interval": "PT0S"}, {"name": None}, {"code": "other"}):
        assert administrator.patch(path, json=body, headers={"If-Match": "*"}).status_code == 422
    audited = connection.execute("SELECT actor, action, detail FROM audit WHERE subject = 'source:utility' ORDER BY id")
    assert audited.fetchall()[1:] == [
        ("the administrator", "source.change", {"name": "U", "report_interval": None}),
    ]


def test_rotates_and_revokes_and_lets_in_anew(administrator: httpx.Client, connection: Connection) -> None:
    first = added(administrator)
    rotated = administrator.post("/v1/sources/utility/rotate", json={}, headers={"If-Match": first.headers["etag"]})
    assert rotated.json()["password"] not in {None, first.json()["password"]}
    again = administrator.post("/v1/sources/utility/rotate", json={}, headers={"If-Match": first.headers["etag"]})
    assert again.json()["code"] == "source_stale"
    revoked = administrator.post("/v1/sources/utility/revoke")
    assert (revoked.json()["credential"], revoked.json()["revoked_at"] is None) == (None, False)
    assert administrator.post("/v1/sources/utility/revoke").status_code == 200
    assert credentials.current(connection) == []
    refused = administrator.post("/v1/sources/utility/rotate", json={}, headers={"If-Match": "*"})
    assert refused.json()["code"] == "source_revoked"
    anew = added(administrator, credential="certificate").json()
    assert (anew["password"], anew["credential"], anew["revoked_at"]) == (None, "certificate", None)
    actions = connection.execute("SELECT action FROM audit WHERE subject = 'source:utility' ORDER BY id").fetchall()
    assert [action for (action,) in actions] == ["source.add", "source.rotate", "source.revoke", "source.add"]


def test_lets_administrators_alone_decide_who_may_send(client: httpx.Client) -> None:
    for method, path in (
        ("POST", "/v1/sources"),
        ("PATCH", "/v1/sources/city"),
        ("POST", "/v1/sources/city/rotate"),
        ("POST", "/v1/sources/city/revoke"),
    ):
        answer = client.request(method, path, json={"code": "x"}, headers={"If-Match": "*"})
        assert (answer.status_code, answer.json()["code"]) == (403, "role_insufficient"), path


def test_knows_no_source_that_nobody_enrolled(administrator: httpx.Client) -> None:
    for method, path in (("GET", ""), ("PATCH", ""), ("POST", "/rotate"), ("POST", "/revoke")):
        answer = administrator.request(method, f"/v1/sources/none{path}", json={}, headers={"If-Match": "*"})
        assert (answer.status_code, answer.json()["code"]) == (404, "source_unknown"), path
