"""Instruments: who they are, where they stand, what they show."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from api import paging, problems
from api.access import PROTECTED, Pool, Viewer
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page
from api.shapes import LARGEST_ID, SiteName, Word, WordFilter, Wording
from metrology.kinds import KINDS
from store import instrument_views
from store.instrument_views import Filters, InstrumentView

router = APIRouter(prefix="/v1/instruments", tags=["instruments"])

InstrumentId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Number of the instrument.")]


class Site(SiteName):
    """Where an instrument stands; coordinates in CGCS2000 [degree]."""

    region_code: str | None = Field(description="Administrative division, GB/T 2260.")
    latitude: float | None
    longitude: float | None


class Operator(BaseModel):
    """The legal entity answering for an instrument."""

    uscc: str = Field(description="Unified social credit code, GB 32100.")
    name: Wording


class Register(BaseModel):
    """One quantity that an instrument shows."""

    name: str
    unit: str = Field(description="UCUM code.")
    resolution: str = Field(description="Smallest step [unit].", examples=["0.001"])
    cumulative: bool


class Instrument(BaseModel):
    """One metering point in service."""

    id: int
    serial: str
    kind: str
    source: str
    accuracy_class: str | None
    size: str | None
    model: str | None
    installed_on: date | None
    enrolled_at: datetime
    site: Site
    operator: Operator | None
    registers: list[Register]
    open_alerts: int


class _Key(BaseModel):
    after: int = Field(ge=0, le=LARGEST_ID)


@router.get("", responses=problems.declared(*PROTECTED, problems.CursorMalformed))
def list_instruments(
    _holder: Viewer,
    pool: Pool,
    kind: WordFilter = None,
    source: WordFilter = None,
    site: WordFilter = None,
    q: Annotated[Word | None, Query(description="How the serial begins, in any case.")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[Instrument]:
    """Instruments, in order of their numbers."""
    key = paging.decode(cursor, _Key)
    with pool.connection() as connection:
        found = instrument_views.page(
            connection, Filters(kind, source, site, q), after=key.after if key else 0, limit=limit + 1
        )
    shown = found[:limit]
    following = paging.encode(_Key(after=shown[-1].id)) if len(found) > limit else None
    return Page(items=[_instrument(view) for view in shown], next=following)


@router.get("/{number}", responses=problems.declared(*PROTECTED, problems.InstrumentUnknown))
def show_instrument(_holder: Viewer, pool: Pool, number: InstrumentId) -> Instrument:
    """One instrument."""
    with pool.connection() as connection:
        view = instrument_views.by_id(connection, number)
    if view is None:
        raise problems.InstrumentUnknown(f"there is no instrument {number}")
    return _instrument(view)


def _instrument(view: InstrumentView) -> Instrument:
    kind = KINDS.get(view.kind)
    operator = None
    if view.operator_uscc is not None:
        name = Wording(zh=view.operator_name_zh or "", en=view.operator_name_en or "")
        operator = Operator(uscc=view.operator_uscc, name=name)
    return Instrument(
        id=view.id,
        serial=view.serial,
        kind=view.kind,
        source=view.source,
        accuracy_class=view.accuracy_class,
        size=view.size,
        model=view.model,
        installed_on=view.installed_on,
        enrolled_at=view.enrolled_at,
        site=Site(
            code=view.site,
            name=Wording(zh=view.site_name_zh, en=view.site_name_en),
            time_zone=view.time_zone,
            region_code=view.region_code,
            latitude=view.latitude,
            longitude=view.longitude,
        ),
        operator=operator,
        registers=[
            Register(
                name=register.name,
                unit=register.unit,
                resolution=f"{register.resolution:f}",
                cumulative=register.cumulative,
            )
            for register in (kind.registers if kind else ())
        ],
        open_alerts=view.open_alerts,
    )
