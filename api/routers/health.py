"""Whether the service lives, whether it can work, its figures, and what its problems mean; open to everybody."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, Field

from api import problems
from api.access import Pool
from api.feed import Feed
from api.metrics import Metrics
from store import readiness

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The process lives."""

    status: Literal["ok"]


class Readiness(BaseModel):
    """Whether the service can work."""

    status: Literal["ready", "not ready"]
    database: Literal["ok", "not migrated"]
    feed: Literal["ok", "failing"] = Field(
        description="Whether the live feed of alerts is being read; the log says why."
    )
    missing_migrations: list[str] = Field(description="Run `hengjian migrate` for these.")


@router.get("/healthz")
async def healthz() -> Health:
    """The process answers."""
    return Health(status="ok")


@router.get(
    "/readyz",
    responses={
        503: {"model": Readiness, "description": "Not migrated, or the live feed fails."},
    },
)
def readyz(pool: Pool, request: Request, response: Response) -> Readiness:
    """The database answers and stands as this version needs it, and the live feed is being read."""
    live: Feed = request.app.state.feed
    with pool.connection() as connection:
        missing = readiness.missing_migrations(connection)
    ready = live.working and not missing
    if not ready:
        response.status_code = 503
    return Readiness(
        status="ready" if ready else "not ready",
        database="not migrated" if missing else "ok",
        feed="ok" if live.working else "failing",
        missing_migrations=missing,
    )


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(request: Request) -> Response:
    """Figures in the text format of Prometheus."""
    figures: Metrics = request.app.state.metrics
    return Response(figures.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})


@router.get(
    "/problems/{code}",
    response_class=PlainTextResponse,
    responses=problems.declared(problems.PathUnknown, problems.RequestInvalid),
)
async def explain_problem(code: Annotated[str, Path(max_length=64)]) -> PlainTextResponse:
    """What a kind of problem means."""
    problem = problems.called(code)
    if problem is None:
        raise problems.PathUnknown(f"no problem is called {code!r}")
    return PlainTextResponse(f"{problem.status} {problem.code()}\n\n{problem.explanation()}\n")
