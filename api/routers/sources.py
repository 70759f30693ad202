"""Sources: who sends, how much, and how lately."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api import paging, problems
from api.access import PROTECTED, Pool, Viewer
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page
from store import sources

router = APIRouter(prefix="/v1/sources", tags=["sources"])


class Source(BaseModel):
    """A utility's head-end, a station gateway or a single device."""

    code: str
    name: str
    instruments: int = Field(description="Instruments that it speaks for.")
    last_received_at: datetime | None = Field(description="When anything last came from it.")
    quarantined: int = Field(description="Its messages held in quarantine.")


class _Key(BaseModel):
    after: str = Field(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")


@router.get("", responses=problems.declared(*PROTECTED, problems.CursorMalformed))
def list_sources(_holder: Viewer, pool: Pool, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> Page[Source]:
    """Sources, in order of their codes."""
    key = paging.decode(cursor, _Key)
    with pool.connection() as connection:
        found = sources.page(connection, after=key.after if key else "", limit=limit + 1)
    shown = found[:limit]
    return Page(
        items=[
            Source(
                code=view.code,
                name=view.name,
                instruments=view.instruments,
                last_received_at=view.last_received_at,
                quarantined=view.quarantined,
            )
            for view in shown
        ],
        next=paging.encode(_Key(after=shown[-1].code)) if len(found) > limit else None,
    )
