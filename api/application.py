"""The application: routers, failures, envelope, console."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.middleware.gzip import GZipMiddleware

from api import console, failures
from api.alert_shapes import AlertItem
from api.envelope import Envelope
from api.feed import Feed
from api.metrics import Metrics
from api.pushes import Pushes
from api.routers import alerts, feed, health, instruments, judging, me, quarantine, readings, sources, telemetry
from api.settings import ApiSettings
from api.shapes import ProblemDocument
from ingest.listening import Listening
from store.connection import open_pool
from store.listening import WayIn

VERSION = "1.0.0"
"""Version of the HTTP contract, which changes when the contract does, not with each release of the product."""

_DESCRIPTION = """\
Supervision of legal measuring instruments without visiting them.

Quantities are exact decimals as strings, instants RFC 3339 in UTC, units UCUM codes. Lists are paged by an opaque
cursor. Every failure is an RFC 9457 problem document with a stable `code`, explained under its `type`.
"""


def create(settings: ApiSettings, database_url: str) -> FastAPI:
    """Application over a store; it opens its connections when it starts and closes them when it stops."""
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[None]:
        with open_pool(
            database_url,
            application="hengjian api",
            size=settings.api_connections,
            statement_timeout=settings.api_statement_timeout,
            patience=settings.api_patience.total_seconds(),
        ) as pool:
            stopping = Event()
            live = Feed(database_url, pool, heartbeat=settings.api_heartbeat.total_seconds())
            application.state.pool = pool
            application.state.feed = live
            metrics.watch_store(pool)
            live.start()
            try:
                with Pushes.opened(database_url, settings, metrics) as pushes:
                    application.state.pushes = pushes
                    Listening(
                        database_url,
                        "api",
                        way=WayIn.HTTP,
                        hears=pushes.hears,
                        stopping=stopping,
                        application="hengjian api listening",
                    ).start()
                    yield
            finally:
                stopping.set()
                await live.closed_down()

    application = FastAPI(
        title="Hengjian",
        version=VERSION,
        description=_DESCRIPTION,
        docs_url=None,  # the usual pages load scripts from elsewhere, which the content security policy forbids
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
    )
    application.state.settings = settings
    application.state.metrics = metrics
    # The feed comes before the alerts: its path would otherwise be read as an alert's number.
    for noun in (me, feed, alerts, readings, instruments, judging, sources, quarantine, telemetry, health):
        application.include_router(noun.router)
    failures.register(application)
    application.router.default = console.Console(console.folder(settings.console_dir))
    application.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)
    application.add_middleware(
        Envelope, metrics=metrics, body_limit=settings.api_body_limit, streams=frozenset({telemetry.PATH})
    )
    application.openapi = lambda: _openapi(application)  # type: ignore[method-assign]  # FastAPI's documented way
    return application


def _openapi(application: FastAPI) -> dict[str, Any]:
    if application.openapi_schema is None:
        document = get_openapi(
            title=application.title,
            version=application.version,
            description=application.description,
            routes=application.routes,
        )
        # Problems and events are named by hand in `responses`; their shapes have to be entered by hand too.
        _, definitions = models_json_schema(
            [(ProblemDocument, "serialization"), (AlertItem, "serialization")],
            ref_template="#/components/schemas/{model}",
        )
        document["components"]["schemas"] |= definitions["$defs"]
        application.openapi_schema = document
    return application.openapi_schema
