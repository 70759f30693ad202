from collections.abc import Callable

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from api import problems
from api.access import Pool
from api.problems import Problem
from store.connection import Connection

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "errors", "request_id"}


def _examine(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, object] = answer.json()
    assert set(document) == MEMBERS
    assert (answer.status_code, document["status"], document["code"]) == (status, status, code), document
    assert document["request_id"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text
    return document


@pytest.mark.parametrize(
    "method,path,status,code",
    [
        ("GET", "/v1/nothing", 404, "path_unknown"),
        ("GET", "/v1/alerts/", 404, "path_unknown"),
        ("POST", "/v1/nothing", 404, "path_unknown"),
        ("GET", "/v1/alerts/999", 404, "alert_unknown"),
        ("DELETE", "/v1/alerts", 405, "method_refused"),
        ("POST", "/", 405, "method_refused"),
        ("GET", "/v1/alerts/x", 422, "request_invalid"),
        ("GET", f"/v1/alerts/{10**30}", 422, "request_invalid"),
        ("GET", "/v1/alerts?severity=grave", 422, "request_invalid"),
        ("GET", "/v1/alerts?cursor=x", 400, "cursor_malformed"),
        ("GET", "/v1/instruments/2147483648", 422, "request_invalid"),
    ],
)
def test_every_failure_is_a_problem_document(
    client: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    document = _examine(client.request(method, path), status, code)
    assert document["instance"] == path.partition("?")[0]


def test_every_problem_is_explained_under_its_type(client: httpx.Client) -> None:
    kinds = list(problems.every())
    assert len({kind.code() for kind in kinds}) == len(kinds)
    for kind in kinds:
        page = client.get(kind.type())
        assert page.status_code == 200
        assert kind.title() in page.text
    _examine(client.get("/problems/nothing"), 404, "path_unknown")


def test_says_which_fields_are_wrong(client: httpx.Client) -> None:
    document = _examine(client.get("/v1/alerts?limit=0&instrument=x"), 422, "request_invalid")
    errors = document["errors"]
    assert isinstance(errors, list)
    assert {error["field"] for error in errors} == {"query.limit", "query.instrument"}
    assert "greater than or equal to 1" in str(document["detail"])


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"comment": 1}',
        b'{"comment": "a\\u0000b"}',
        b'{"comment": "\\ud800"}',
        b'{"other": 1}',
        b"\xff\xfe",
        b'{"comment": "%s"}' % (b"x" * 2001),
        b"[" * 20_000,
    ],
)
def test_refuses_a_body_it_does_not_understand(client: httpx.Client, body: bytes) -> None:
    answer = client.post(
        "/v1/alerts/1/acknowledge", content=body, headers={"If-Match": '"1"', "Content-Type": "application/json"}
    )
    document = answer.json()
    assert (answer.status_code, document["code"]) in {(422, "request_invalid"), (400, "request_refused")}


@pytest.mark.parametrize("chunked", [False, True])
def test_takes_no_body_larger_than_its_limit(client: httpx.Client, *, chunked: bool) -> None:
    body = b'{"comment": "%s"}' % (b"x" * 200_000)
    content = iter([body[:50_000], body[50_000:]]) if chunked else body
    answer = client.post(
        "/v1/alerts/1/acknowledge", content=content, headers={"If-Match": '"1"', "Content-Type": "application/json"}
    )
    _examine(answer, 413, "body_too_large")


def _fail(_pool: Pool) -> None:
    raise ZeroDivisionError("secret")


def _slow(pool: Pool) -> None:
    with pool.connection() as connection:
        connection.execute("set local statement_timeout = '50ms'")
        connection.execute("select pg_sleep(5)")


def _lost(pool: Pool) -> None:
    with pool.connection() as connection:
        raise psycopg.OperationalError(f"server closed the connection unexpectedly {connection.info.dbname}")


@pytest.mark.parametrize(
    "route,status,code",
    [
        pytest.param(_fail, 500, "unexpected", id="a fault of ours"),
        pytest.param(_slow, 503, "question_too_slow", id="a slow question"),
        pytest.param(_lost, 503, "store_unavailable", id="no database"),
    ],
)
def test_a_fault_says_nothing_of_its_cause(
    application: FastAPI, client: httpx.Client, route: Callable[[Pool], None], status: int, code: str
) -> None:
    application.add_api_route("/v1/test", route)
    answer = client.get("/v1/test")
    _examine(answer, status, code)
    assert "secret" not in answer.text
    assert "server closed" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_dropped_connection_is_replaced_before_anybody_notices(client: httpx.Client, connection: Connection) -> None:
    assert client.get("/v1/alerts").status_code == 200
    connection.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where application_name = 'hengjian api' and datname = current_database()"
    )
    connection.commit()
    assert [client.get("/v1/alerts").status_code for _ in range(5)] == [200] * 5


def test_a_class_name_is_a_code() -> None:
    assert Problem.code() == "problem"
