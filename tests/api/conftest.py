from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from api.application import create
from api.settings import ApiSettings
from store import keys
from store.connection import Connection, connect
from store.keys import Role
from tests.api.serving import serving


@pytest.fixture
def connection(plain_database: str) -> Iterator[Connection]:
    with connect(plain_database, application="test") as made:
        yield made


@pytest.fixture
def key_of(connection: Connection) -> Callable[[Role], str]:
    def make(role: Role) -> str:
        key = keys.create(connection, name=f"the {role.value}", role=role, actor="test")
        connection.commit()
        return key

    return make


@pytest.fixture
def settings() -> ApiSettings:
    return ApiSettings(api_heartbeat=timedelta(milliseconds=200), api_connections=12)


@pytest.fixture
def application(plain_database: str, settings: ApiSettings) -> FastAPI:
    return create(settings, plain_database)


@pytest.fixture
def client(address: str, key_of: Callable[[Role], str]) -> Iterator[httpx.Client]:
    """A caller who is a supervisor."""
    headers = {"Authorization": f"Bearer {key_of(Role.SUPERVISOR)}"}
    with httpx.Client(base_url=address, headers=headers) as made:
        yield made


@pytest.fixture
def address(application: FastAPI) -> Iterator[str]:
    """Address of the application on a real server."""
    with serving(application) as made:
        yield made
