from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from metrology.alert import Severity
from store import outbox
from store.connection import Connection
from store.keys import Role
from tests.api.world import MAY, audited, enrol, finding, raise_alerts, raise_silence


def _ids(client: httpx.Client, **query: object) -> list[int]:
    answer = client.get("/v1/alerts", params=query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def test_shows_an_alert_as_agreed(client: httpx.Client, connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    [number] = raise_alerts(connection, finding(meter))
    (item,) = client.get("/v1/alerts").json()["items"]
    opened_at = item.pop("opened_at")
    assert opened_at.endswith("Z")
    assert item == {
        "id": number,
        "judge": "backward_register",
        "grade": "exact",
        "severity": "major",
        "state": "UNACK",
        "condition_present": True,
        "acknowledged": None,
        "since": "2024-05-01T00:00:00Z",
        "since_earliest": None,
        "since_latest": None,
        "last_finding_at": "2024-05-02T00:00:00Z",
        "findings": 1,
        "statement": {"zh": "示值倒退12.3立方米", "en": "The register went back by 12.3 m³"},
        "instrument": {"id": meter, "serial": "W-000001", "kind": "water_meter", "source": "city-water"},
        "site": {"code": "DMA-01", "name": {"zh": "城西一区", "en": "West 1"}, "time_zone": "Asia/Shanghai"},
        "source": None,
        "magnitude": {
            "value": "12.3",
            "uncertainty": None,
            "unit": "m3",
            "relative_percent": "-31.0",
            "mpe_multiple": "7.76",
            "mpe_multiple_uncertainty": None,
        },
        "p_value": None,
        "q_value": None,
        "mpe_percent": "4",
        "mpe_source": {"zh": "使用中最大允许误差：JJG 162-2019", "en": "in-service MPE: JJG 162-2019"},
        "cost": {
            "amount": "41.50",
            "currency": "CNY",
            "basis": {"zh": "12.3 m³ × 3.37元/m³", "en": "12.3 m³ × 3.37 CNY/m³"},
        },
        "register": "volume",
        "closed": None,
        "version": 2,
    }


def test_a_finding_shows_how_sure_it_is_from_which_data_and_what_its_cost_is_made_of(
    client: httpx.Client, connection: Connection
) -> None:
    [meter] = enrol(connection, 1)
    said = finding(meter, uncertainty=3.0)
    said = replace(
        said,
        finding=replace(said.finding, p_value=0.002),
        cost_quantity=Decimal("12.3"),
        cost_price=Decimal("3.37"),
        evidence_from=MAY - timedelta(days=90),
        evidence_to=MAY + timedelta(days=2),
    )
    [number] = raise_alerts(connection, said, judge="stopped_register")
    connection.execute("update finding set q_value = 0.07")
    connection.commit()
    detail = client.get(f"/v1/alerts/{number}").json()
    assert (detail["magnitude"]["mpe_multiple"], detail["magnitude"]["mpe_multiple_uncertainty"]) == ("7.8", "1.9")
    (one,) = detail["findings"]
    assert {name: one["cost"][name] for name in ("amount", "quantity", "price")} == {
        "amount": "41.50",
        "quantity": "12.3",
        "price": "3.37",
    }
    assert (one["evidence_from"], one["evidence_to"]) == ("2024-02-01T00:00:00Z", "2024-05-03T00:00:00Z")
    assert (one["judge_version"], one["policy_hash"]) == ("1", "0" * 64)
    meaning = one["confidence"]["meaning"]
    assert "probability of about 0.002" in meaning["en"]
    assert "one honest instrument waits about 50 years" in meaning["en"]
    assert "至多约7 %出于偶然" in meaning["zh"]


def test_shows_how_far_off_an_onset_may_be(client: httpx.Client, connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    said = finding(meter)
    day = timedelta(days=1)
    between = replace(said.finding, onset_earliest=MAY - 3 * day, onset_latest=MAY + day)
    [number] = raise_alerts(connection, replace(said, finding=between))
    detail = client.get(f"/v1/alerts/{number}").json()
    assert (detail["since_earliest"], detail["since_latest"]) == ("2024-04-28T00:00:00Z", "2024-05-02T00:00:00Z")
    (one,) = detail["findings"]
    assert (one["onset_earliest"], one["onset_latest"]) == ("2024-04-28T00:00:00Z", "2024-05-02T00:00:00Z")


def test_shows_an_alert_on_a_source_without_instrument_and_site(client: httpx.Client, connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    number = raise_silence(connection)
    [other] = raise_alerts(connection, finding(meter))
    first, second = client.get("/v1/alerts").json()["items"]
    assert (first["id"], first["source"]) == (other, None)
    assert (second["id"], second["judge"], second["grade"]) == (number, "source_silence", "exact")
    assert second["source"] == {"code": "city-water", "name": "city-water"}
    assert [second[name] for name in ("instrument", "site", "register", "cost", "mpe_percent")] == [None] * 5
    detail = client.get(f"/v1/alerts/{number}").json()
    assert (detail["source"], detail["instrument"]) == (second["source"], None)
    assert detail["judge"]["name"] == "source_silence"
    assert detail["findings"][0]["evidence"] == {"report_interval_seconds": 900.0}
    assert detail["severity_reasons"] == [{"zh": "直接得出", "en": "exact"}]


def test_the_source_filter_finds_alerts_on_instruments_and_on_the_source(
    client: httpx.Client, connection: Connection
) -> None:
    [meter] = enrol(connection, 1)
    number = raise_silence(connection)
    [other] = raise_alerts(connection, finding(meter))
    assert _ids(client, source="city-water") == [other, number]
    assert _ids(client, source="nobody") == []
    assert _ids(client, judge="source_silence") == [number]
    assert _ids(client, instrument=meter) == _ids(client, kind="water_meter") == _ids(client, site="DMA-01") == [other]
    first = client.get("/v1/alerts", params={"limit": 1}).json()
    second = client.get("/v1/alerts", params={"limit": 1, "cursor": first["next"]}).json()
    assert [page["items"][0]["id"] for page in (first, second)] == [other, number]
    assert second["next"] is None


def test_an_alert_on_a_source_is_acknowledged_like_any_other(client: httpx.Client, connection: Connection) -> None:
    enrol(connection, 1)
    number = raise_silence(connection)
    answer = client.post(f"/v1/alerts/{number}/acknowledge", json={"comment": "called"}, headers={"If-Match": '"2"'})
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "ACKED"


def test_pages_through_all_alerts_newest_first_without_gap_or_repeat(
    client: httpx.Client, connection: Connection
) -> None:
    meters = enrol(connection, 25)
    numbers = raise_alerts(connection, *(finding(meter) for meter in meters))
    seen: list[int] = []
    cursor = None
    while True:
        page = client.get("/v1/alerts", params={"limit": 7} | ({"cursor": cursor} if cursor else {})).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if len(seen) == 7:  # what is raised meanwhile is newer than the page and disturbs nothing
            raise_alerts(connection, finding(meters[0]), judge="stopped_register")
        if cursor is None:
            break
    assert seen == sorted(numbers, reverse=True)


def test_narrows_the_list(client: httpx.Client, connection: Connection) -> None:
    meters = enrol(connection, 3)
    [first, second] = raise_alerts(connection, finding(meters[0]), finding(meters[1], severity=Severity.CRITICAL))
    [third] = raise_alerts(connection, finding(meters[2]), judge="stopped_register")
    assert _ids(client) == [third, second, first]
    assert _ids(client, severity="critical") == [second]
    assert _ids(client, judge="stopped_register") == [third]
    assert _ids(client, instrument=meters[0]) == [first]
    assert _ids(client, kind="gas_meter") == []
    assert _ids(client, source="city-water", site="DMA-01", kind="water_meter") == [third, second, first]
    assert _ids(client, source="nobody") == []
    client.post(f"/v1/alerts/{first}/acknowledge", json={"comment": ""}, headers={"If-Match": "*"})
    assert _ids(client, state="unacknowledged") == [third, second]
    assert _ids(client, state="acknowledged") == [first]
    connection.execute("update alert set closed_at = now(), closed_reason = 'handled' where id = %s", (second,))
    connection.commit()
    assert _ids(client, state="open") == [third, first]
    assert _ids(client, state="closed") == [second]
    assert _ids(client, state="all") == [third, second, first]


def test_shows_one_alert_with_its_evidence_and_judge(client: httpx.Client, connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    [number] = raise_alerts(connection, finding(meter), finding(meter, onset=MAY + timedelta(days=1)))[:1]
    answer = client.get(f"/v1/alerts/{number}")
    detail = answer.json()
    assert answer.headers["etag"] == '"2"' == f'"{detail["version"]}"'
    assert detail["findings_count"] == 2
    assert [one["onset"] for one in detail["findings"]] == ["2024-05-02T00:00:00Z", "2024-05-01T00:00:00Z"]
    assert detail["findings"][0]["evidence"] == {"before": "100.000", "after": "87.700"}
    assert detail["findings"][0]["confidence"] == {
        "p_value": None,
        "false_alarms_per_1000_instrument_years": None,
        "q_value": None,
        "stands_out": True,
        "meaning": {
            "zh": "确定性判定：由数据直接得出，不涉及概率。",
            "en": "Exact: it follows from the data; no probability is involved.",
        },
    }
    assert detail["judge"]["question"]["en"] == "Has the register gone backward?"
    assert detail["judge"]["parameters"] == {"tolerance_steps": 0}
    assert detail["check"] == {"zh": "核对表盘", "en": "Read the dial."}
    assert detail["severity_reasons"] == [{"zh": "超过最大允许误差", "en": "beyond the MPE"}]
    assert detail["history"] == []


def test_a_detector_states_its_false_alarm_rate(client: httpx.Client, connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    [number] = raise_alerts(connection, finding(meter), judge="stopped_register")
    (shown,) = client.get(f"/v1/alerts/{number}").json()["findings"]
    assert shown["confidence"]["false_alarms_per_1000_instrument_years"] == 20.0


def test_the_cost_of_several_findings_is_said_to_be_their_sum(client: httpx.Client, connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    raise_alerts(connection, finding(meter), finding(meter, onset=MAY + timedelta(days=1)))
    (item,) = client.get("/v1/alerts").json()["items"]
    assert item["cost"]["amount"] == "83.00"
    assert item["cost"]["basis"] == {
        "zh": "2项发现合计，其中最重的一项：12.3 m³ × 3.37元/m³",
        "en": "2 findings together, the gravest: 12.3 m³ × 3.37 CNY/m³",
    }
    connection.execute("update alert set closed_at = now(), closed_reason = 'withdrawn', findings = 0")
    connection.commit()
    (item,) = client.get("/v1/alerts", params={"state": "closed"}).json()["items"]
    assert item["cost"]["basis"] == {"zh": "12.3 m³ × 3.37元/m³", "en": "12.3 m³ × 3.37 CNY/m³"}


def test_takes_note_of_the_version_that_was_read(client: httpx.Client, connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    [number] = raise_alerts(connection, finding(meter))
    newest = outbox.span(connection).newest
    answer = client.post(f"/v1/alerts/{number}/acknowledge", json={"comment": "去现场"}, headers={"If-Match": '"2"'})
    assert answer.status_code == 200
    item = answer.json()
    assert (item["state"], item["version"], item["acknowledged"]["by"]) == ("ACKED", 3, "the supervisor")
    assert answer.headers["etag"] == '"3"'
    (row,) = outbox.after(connection, newest, limit=10)
    assert (row.topic, row.payload) == (
        "alert.acknowledged",
        {"alert": number, "topic": "alert.acknowledged", "version": 3},
    )
    (entry,) = client.get(f"/v1/alerts/{number}").json()["history"]
    assert (entry["who"], entry["action"], entry["detail"]) == (
        "the supervisor",
        "alert.acknowledge",
        {"comment": "去现场"},
    )


@pytest.mark.parametrize(
    "header,status,code",
    [
        pytest.param(None, 428, "version_missing", id="no version"),
        pytest.param('"1"', 412, "version_stale", id="an old version"),
        pytest.param('W/"2"', 412, "version_stale", id="a weak tag"),
        pytest.param("2", 400, "entity_tag_malformed", id="no entity tag"),
    ],
)
def test_refuses_to_take_note_of_what_was_not_read(
    client: httpx.Client, connection: Connection, header: str | None, status: int, code: str
) -> None:
    [meter] = enrol(connection, 1)
    [number] = raise_alerts(connection, finding(meter))
    answer = client.post(
        f"/v1/alerts/{number}/acknowledge", json={"comment": ""}, headers={"If-Match": header} if header else {}
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert client.get(f"/v1/alerts/{number}").json()["acknowledged"] is None


def test_refuses_to_take_note_of_a_closed_or_unknown_alert(client: httpx.Client, connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    [number] = raise_alerts(connection, finding(meter))
    connection.execute("update alert set closed_at = now(), closed_reason = 'handled' where id = %s", (number,))
    connection.commit()
    closed = client.post(f"/v1/alerts/{number}/acknowledge", json={}, headers={"If-Match": '"2"'})
    assert (closed.status_code, closed.json()["code"]) == (409, "alert_closed")
    assert closed.json()["detail"] == f"alert {number} is closed: handled"
    shown = client.get(f"/v1/alerts/{number}").json()["closed"]
    assert (shown["reason"], shown["wording"]) == (
        "handled",
        {"zh": "监管人员已处理完毕。", "en": "A supervisor has handled it."},
    )
    unknown = client.post("/v1/alerts/999/acknowledge", json={}, headers={"If-Match": '"2"'})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "alert_unknown")


def test_of_ten_supervisors_at_once_exactly_one_takes_note_and_all_are_audited(
    client: httpx.Client, connection: Connection
) -> None:
    meters = enrol(connection, 20)
    numbers = raise_alerts(connection, *(finding(meter) for meter in meters))
    newest = outbox.span(connection).newest

    def try_once(number: int) -> int:
        answer = client.post(f"/v1/alerts/{number}/acknowledge", json={}, headers={"If-Match": '"2"'})
        return answer.status_code

    with ThreadPoolExecutor(10) as crowd:
        for number in numbers:
            statuses = sorted(crowd.map(try_once, [number] * 10))
            assert statuses == [200] + [409] * 9
    assert len(audited(connection, "alert.acknowledge")) == 20
    assert len(audited(connection, "alert.acknowledge_refused")) == 180
    assert [row.alert_id for row in outbox.after(connection, newest, limit=100)] == numbers


def test_a_viewer_may_read_but_not_take_note(
    client: httpx.Client, connection: Connection, key_of: Callable[[Role], str]
) -> None:
    [meter] = enrol(connection, 1)
    [number] = raise_alerts(connection, finding(meter))
    client.headers["Authorization"] = f"Bearer {key_of(Role.VIEWER)}"
    assert client.get(f"/v1/alerts/{number}").status_code == 200
    answer = client.post(f"/v1/alerts/{number}/acknowledge", json={}, headers={"If-Match": '"2"'})
    assert (answer.status_code, answer.json()["code"]) == (403, "role_insufficient")


def test_a_returned_condition_shows_in_the_state(client: httpx.Client, connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    [number] = raise_alerts(connection, finding(meter))
    connection.execute("update alert set condition_present = false where id = %s", (number,))
    connection.commit()
    assert client.get(f"/v1/alerts/{number}").json()["state"] == "RTNUN"
