from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from metrology.civil import DAY
from metrology.quality import Estimation, Flag, Quality
from store import day_quality
from store.connection import Connection
from store.day_quality import DayEstimate, DayFlag
from tests.api.world import BERLIN, MAY, enrol, read, summarise


def _readings(client: httpx.Client, number: int, since: str, until: str, **query: object) -> dict[str, object]:
    answer = client.get(f"/v1/instruments/{number}/readings", params={"from": since, "to": until, **query})
    assert answer.status_code == 200, answer.text
    document: dict[str, object] = answer.json()
    return document


def test_shows_indications_exactly_and_pages_in_order(client: httpx.Client, connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    read(connection, meter, "volume", [(MAY + timedelta(minutes=15 * step), 1_234_567 + step) for step in range(10)])
    items: list[dict[str, str]] = []
    cursor: dict[str, object] = {}
    while True:
        page = _readings(client, meter, "2024-05-01T00:15:00Z", "2024-05-01T02:15:00Z", limit=3, **cursor)
        assert (page["register"], page["unit"], page["step"]) == ("volume", "m3", "raw")
        items += page["items"]  # type: ignore[arg-type]  # JSON
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert [item["value"] for item in items] == [f"1234.{567 + step}" for step in range(1, 9)]
    assert items[0] == {
        "taken_at": "2024-05-01T00:15:00Z",
        "value": "1234.568",
        "received_at": "2024-05-01T00:15:03Z",
    }


def test_takes_a_range_in_any_offset(client: httpx.Client, connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    read(connection, meter, "volume", [(MAY, 1), (MAY + timedelta(hours=1), 2)])
    page = _readings(client, meter, "2024-05-01T08:00:00+08:00", "2024-05-01T08:00:01+08:00")
    assert len(page["items"]) == 1  # type: ignore[arg-type]  # JSON


def test_shows_civil_days_of_the_site(client: httpx.Client, connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    summarise(connection, meter, date(2024, 5, 1), None, consumption=345)
    summarise(connection, meter, date(2024, 5, 2), None, consumption=None)
    page = _readings(client, meter, "2024-04-30T16:00:00Z", "2024-05-03T00:00:00Z", step="day")
    assert page["items"] == [
        {
            "start": "2024-04-30T16:00:00Z",
            "end": "2024-05-01T16:00:00Z",
            "consumption": "0.345",
            "readings": 24,
            "quality": "measured",
            "estimate": None,
            "flags": [],
        },
        {
            "start": "2024-05-01T16:00:00Z",
            "end": "2024-05-02T16:00:00Z",
            "consumption": None,
            "readings": 24,
            "quality": "unknown",
            "estimate": None,
            "flags": [],
        },
    ]


def test_tells_what_was_estimated_and_why_beside_what_was_measured(
    client: httpx.Client, connection: Connection
) -> None:
    [meter] = enrol(connection, 1)
    day = date(2024, 5, 2)
    (register,) = connection.execute(
        "select id from register where kind = 'water_meter' and name = 'volume'"
    ).fetchone() or (0,)
    began, ended = datetime(2024, 4, 22, tzinfo=UTC), datetime(2024, 5, 3, tzinfo=UTC)
    hourly: list[int | None] = [None, *range(1, 24)]
    estimate = DayEstimate(meter, register, day, Estimation.LIKE_DAYS, 20, began, ended, 4000, 277, 12.2, 3.0, hourly)
    day_quality.replace_estimates(connection, meter >> 12, began, ended + DAY, [estimate])
    told = [DayFlag(meter, register, day, Flag(Quality.NO_READINGS, 0.0, 24.0))]
    day_quality.replace_flags(connection, meter >> 12, day, day, told)
    connection.commit()
    items: Any = _readings(client, meter, "2024-04-30T16:00:00Z", "2024-05-03T00:00:00Z", step="day")["items"]
    [item] = items
    assert (item["consumption"], item["readings"], item["quality"]) == (None, 0, "estimated")
    assert item["estimate"] == {"consumption": "0.277", "uncertainty": "0.013", "method": "like_days", "like_days": 20}
    assert [flag["code"] for flag in item["flags"]] == ["no_readings", "estimated_long"]
    assert item["flags"][0]["reason"]["en"] == "No reading was taken on the day; 24 a day are usual."
    hours: Any = _readings(client, meter, "2024-05-01T16:00:00Z", "2024-05-02T16:00:00Z", step="hour")["items"]
    assert [hour["quality"] for hour in hours] == ["unknown", *["estimated"] * 23]
    assert hours[1]["estimate"]["consumption"] == "0.001"


def test_shows_civil_hours_and_counts_their_readings(client: httpx.Client, connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    midnight = datetime(2024, 4, 30, 16, tzinfo=UTC)
    summarise(connection, meter, date(2024, 5, 1), [*range(23), None], consumption=None)
    read(connection, meter, "volume", [(midnight + timedelta(minutes=20 * step), step) for step in range(4)])
    first = _readings(client, meter, "2024-04-30T16:00:00Z", "2024-05-01T16:00:00Z", step="hour", limit=20)
    rest = _readings(
        client, meter, "2024-04-30T16:00:00Z", "2024-05-01T16:00:00Z", step="hour", limit=20, cursor=first["next"]
    )
    items: list[dict[str, object]] = first["items"] + rest["items"]  # type: ignore[operator]  # JSON
    assert rest["next"] is None
    assert [item["consumption"] for item in items] == [f"0.{count:03}" for count in range(23)] + [None]
    assert [item["readings"] for item in items[:3]] == [3, 1, 0]
    assert items[1]["start"] == items[0]["end"] == "2024-04-30T17:00:00Z"


def test_the_hour_that_clocks_skip_is_none_and_the_repeated_one_is_long(
    client: httpx.Client, connection: Connection
) -> None:
    [meter] = enrol(connection, 1, site=BERLIN, source="berlin")
    summarise(connection, meter, date(2024, 3, 31), [10, 11, 0, *range(13, 34)], consumption=None)
    summarise(connection, meter, date(2024, 10, 27), list(range(24)), consumption=None)
    spring = _readings(client, meter, "2024-03-30T23:00:00Z", "2024-03-31T22:00:00Z", step="hour")["items"]
    autumn = _readings(client, meter, "2024-10-26T22:00:00Z", "2024-10-27T23:00:00Z", step="hour")["items"]
    assert len(spring) == 23  # type: ignore[arg-type]  # JSON
    assert [item["consumption"] for item in spring[:3]] == ["0.010", "0.011", "0.013"]  # type: ignore[index]  # JSON
    assert len(autumn) == 24  # type: ignore[arg-type]  # JSON
    assert autumn[2] == {  # type: ignore[index]  # JSON
        "start": "2024-10-27T00:00:00Z",
        "end": "2024-10-27T02:00:00Z",
        "consumption": "0.002",
        "readings": 0,
        "quality": "measured",
        "estimate": None,
        "flags": [],
    }
    for items in (spring, autumn):
        assert all(
            one["end"] == following["start"]
            for one, following in pairwise(items)  # type: ignore[arg-type]  # JSON
        )


@pytest.mark.parametrize(
    "query,status,code",
    [
        pytest.param({"step": "hour", "register": "flow"}, 422, "register_momentary", id="momentary"),
        pytest.param({"register": "warmth"}, 422, "register_unknown", id="unknown register"),
        pytest.param({"from": "2024-05-01T00:00:00"}, 422, "request_invalid", id="naive time"),
        pytest.param({"from": "1714521600"}, 422, "request_invalid", id="a bare number"),
        pytest.param({"from": "0001-01-01T00:00:00+14:00"}, 422, "request_invalid", id="year 1"),
        pytest.param({"to": "9999-12-31T23:59:59-14:00"}, 422, "request_invalid", id="year 9999"),
        pytest.param({"from": "2024-05-02T00:00:00Z"}, 422, "range_unusable", id="empty range"),
        pytest.param({"from": "2004-05-02T00:00:00Z"}, 422, "range_unusable", id="too long a range"),
        pytest.param({"step": "week"}, 422, "request_invalid", id="unknown step"),
        pytest.param({"limit": "501"}, 422, "request_invalid", id="too large a page"),
        pytest.param({"cursor": "eyJzaW5jZSI6IjIwMjQtMDUtMDEifQ"}, 400, "cursor_malformed", id="naive cursor"),
    ],
)
def test_refuses_what_makes_no_sense(
    client: httpx.Client, connection: Connection, query: dict[str, str], status: int, code: str
) -> None:
    [meter] = enrol(connection, 1)
    asked = {"from": "2024-05-01T00:00:00Z", "to": "2024-05-02T00:00:00Z"} | query
    answer = client.get(f"/v1/instruments/{meter}/readings", params=asked)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_a_momentary_register_has_raw_readings(client: httpx.Client, connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    read(connection, meter, "temperature", [(MAY, -15)])
    page = _readings(client, meter, "2024-05-01T00:00:00Z", "2024-05-02T00:00:00Z", register="temperature")
    assert page["unit"] == "Cel"
    assert [item["value"] for item in page["items"]] == ["-1.5"]  # type: ignore[attr-defined]  # JSON


def test_knows_which_instruments_there_are(client: httpx.Client) -> None:
    answer = client.get(
        "/v1/instruments/77/readings", params={"from": "2024-05-01T00:00:00Z", "to": "2024-05-02T00:00:00Z"}
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "instrument_unknown")
