"""Quarantine: how much is held, and why."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api import problems
from api.access import PROTECTED, Pool, Viewer
from store import quarantine

router = APIRouter(prefix="/v1/quarantine", tags=["quarantine"])


class Held(BaseModel):
    """Messages of one source held for one cause."""

    source: str = Field(description="Code of the source; empty where the topic names none.")
    cause: str = Field(description="Stable code of the cause.")
    count: int
    last_at: datetime


class HeldCounts(BaseModel):
    """All that is held, by source and cause."""

    items: list[Held]


@router.get("/counts", responses=problems.declared(*PROTECTED))
def count_held(_holder: Viewer, pool: Pool) -> HeldCounts:
    """Messages that could not be taken and that no replay has taken in yet."""
    with pool.connection() as connection:
        counts = quarantine.counts(connection)
    return HeldCounts(
        items=[
            Held(source=count.source, cause=count.cause, count=count.messages, last_at=count.last_received_at)
            for count in counts
        ]
    )
