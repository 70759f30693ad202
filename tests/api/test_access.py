from collections.abc import Callable, Iterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from api.access import Needs
from store import keys
from store.connection import Connection
from store.keys import Role

PUBLIC = {"/healthz", "/readyz", "/metrics", "/problems/{code}", "/openapi.json"}


def _permissions(dependant: Dependant) -> Iterator[Needs]:
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, Needs):
            yield dependency.call
        yield from _permissions(dependency)


def test_every_route_declares_one_permission_or_is_on_the_public_list(application: FastAPI) -> None:
    paths = set()
    for context in iter_route_contexts(application.routes):
        route = getattr(context, "original_route", None) or context
        path = context.path
        paths.add(path)
        permissions = list(_permissions(route.dependant)) if isinstance(route, APIRoute) else []
        assert len(permissions) == (0 if path in PUBLIC else 1), path
    assert paths >= PUBLIC | {"/v1/alerts", "/v1/alerts/{number}/acknowledge", "/v1/alerts/stream", "/v1/me"}


def test_what_is_not_public_asks_for_a_key(application: FastAPI, address: str) -> None:
    for path, operations in application.openapi()["paths"].items():
        for method in operations:
            asked = path.replace("{number}", "1").replace("{code}", "city")
            answer = httpx.request(method, f"{address}{asked}", json={})
            assert (answer.status_code == 401) == (path not in PUBLIC), path
            if answer.status_code == 401:
                assert answer.headers["www-authenticate"].startswith("Bearer")
                assert answer.json()["code"] == "key_missing"


def test_says_who_the_caller_is(client: httpx.Client) -> None:
    assert client.get("/v1/me").json() == {"name": "the supervisor", "role": "supervisor"}


@pytest.mark.parametrize("key", ["x", "hj_", "hj_a_b", "hj_0123456789ab_" + "x" * 5000, "hj_\x7f_é"])
def test_refuses_a_key_it_never_gave(client: httpx.Client, key: str) -> None:
    answer = client.get("/v1/me", headers={"Authorization": f"Bearer {key}".encode()})
    assert answer.status_code == 401
    assert answer.json()["code"] in {"key_refused", "key_missing"}


def test_a_revoked_key_opens_nothing(
    client: httpx.Client, connection: Connection, key_of: Callable[[Role], str]
) -> None:
    key = key_of(Role.VIEWER)
    headers = {"Authorization": f"Bearer {key}"}
    assert client.get("/v1/me", headers=headers).status_code == 200
    keys.revoke(connection, key_id=key.split("_")[1], actor="test")
    connection.commit()
    assert client.get("/v1/me", headers=headers).json()["code"] == "key_refused"
