"""Readings of one register: raw indications, or consumption by civil hour or day."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api import paging, problems
from api.access import PROTECTED, Pool, Viewer
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page
from api.routers.instruments import InstrumentId
from api.shapes import Decimals, Instant, Word, Wording
from metrology.kinds import KINDS
from metrology.quality import MEANINGS, Estimation, Flag, Quality, Standing
from store import instrument_views, reading_views
from store.connection import Connection
from store.reading_views import RegisterView

router = APIRouter(prefix="/v1/instruments", tags=["readings"])

LONGEST_RANGE = timedelta(days=3660)
"""Longest range of time served at once."""

_SPOKEN = {"m3": "m³", "kW.h": "kWh", "kvar.h": "kvarh"}
"""Signs that people read for UCUM codes."""


class Step(StrEnum):
    """How finely readings are shown."""

    RAW = "raw"
    HOUR = "hour"
    DAY = "day"


class RawReading(BaseModel):
    """What a register indicated at one instant, by the device's clock."""

    taken_at: datetime
    value: Decimals
    received_at: datetime


class Known(StrEnum):
    """How the consumption of a stretch is known."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    UNKNOWN = "unknown"


class Estimate(BaseModel):
    """What was estimated between two readings: hours add up to the register's growth between them."""

    consumption: Decimals
    uncertainty: Decimals = Field(description="Expanded uncertainty, k = 2, in the register's unit.")
    method: Estimation = Field(description="`like_days`: by the shape of like days before; `linear`: evenly.")
    like_days: int = Field(description="Days that gave the shape; 0 for `linear`.")


class QualityFlag(BaseModel):
    """What the figures of a day rest on: no alert, and no accusation."""

    code: Quality
    rule: str = Field(description="Code in the validation catalogue, docs/data-quality.md.")
    standing: Standing = Field(description="What it makes of the value.")
    title: Wording
    reason: Wording


class Consumption(BaseModel):
    """Growth over one civil hour or day of the site's zone; null where it was not measured."""

    start: datetime
    end: datetime
    consumption: Decimals | None = Field(description="As measured; an estimate never stands in its place.")
    readings: int = Field(description="Readings taken in this stretch.")
    quality: Known
    estimate: Estimate | None = Field(description="Where not everything was measured.")
    flags: list[QualityFlag] = Field(description="Quality codes of a civil day; none of an hour.")


class ReadingsPage(Page[RawReading | Consumption]):
    """One page of readings in order of time."""

    register_: str = Field(alias="register", serialization_alias="register")
    unit: str = Field(description="UCUM code.")
    step: Step


class _Key(BaseModel):
    since: datetime


@router.get(
    "/{number}/readings",
    responses=problems.declared(
        *PROTECTED,
        problems.CursorMalformed,
        problems.InstrumentUnknown,
        problems.RegisterUnknown,
        problems.RegisterMomentary,
        problems.RangeUnusable,
    ),
)
def list_readings(
    _holder: Viewer,
    pool: Pool,
    number: InstrumentId,
    since: Annotated[Instant, Query(alias="from", description="Begin of the range, included.")],
    until: Annotated[Instant, Query(alias="to", description="End of the range, not included.")],
    register: Annotated[Word | None, Query(description="Register; by default the one that is billed.")] = None,
    step: Annotated[Step, Query(description="`hour` and `day` show consumption.")] = Step.RAW,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ReadingsPage:
    """Readings taken in a range, or the civil hours or days that begin in it."""
    if not timedelta() < until - since <= LONGEST_RANGE:
        raise problems.RangeUnusable(f"`from` must lie before `to`, by at most {LONGEST_RANGE.days} days")
    key = paging.decode(cursor, _Key)
    if key is not None:
        if key.since.tzinfo is None:
            raise problems.CursorMalformed("the cursor is not one that this list gave out")
        since = max(since, key.since)
    with pool.connection() as connection:
        name, view = _register(connection, number, register)
        if step is not Step.RAW and not view.cumulative:
            raise problems.RegisterMomentary(f"{name} shows a present value; ask for it with step=raw")
        items = _read(connection, view, step, since=since, until=until, limit=limit + 1)
    following = None
    if len(items) > limit:
        beyond = items.pop()
        start = beyond.taken_at if isinstance(beyond, RawReading) else beyond.start
        following = paging.encode(_Key(since=start.astimezone(UTC)))
    return ReadingsPage(items=items, next=following, register=name, unit=view.unit, step=step)


def _register(connection: Connection, number: int, name: str | None) -> tuple[str, RegisterView]:
    instrument = instrument_views.by_id(connection, number)
    if instrument is None:
        raise problems.InstrumentUnknown(f"there is no instrument {number}")
    kind = KINDS.get(instrument.kind)
    chosen = name or (kind.principal_register if kind else "")
    view = reading_views.register(connection, number, chosen)
    if view is None:
        known = ", ".join(register.name for register in (kind.registers if kind else ()))
        raise problems.RegisterUnknown(f"a {instrument.kind} has no register {chosen!r}; it has: {known}")
    return chosen, view


def _read(
    connection: Connection, view: RegisterView, step: Step, *, since: datetime, until: datetime, limit: int
) -> list[RawReading | Consumption]:
    if step is Step.RAW:
        raw = reading_views.raw(connection, view, since=since, until=until, limit=limit)
        return [RawReading(taken_at=one.taken_at, value=one.value, received_at=one.received_at) for one in raw]
    stretches = reading_views.hours if step is Step.HOUR else reading_views.days
    return [_consumption(view, one) for one in stretches(connection, view, since=since, until=until, limit=limit)]


def _consumption(view: RegisterView, one: reading_views.Consumption) -> Consumption:
    known = Known.MEASURED if one.consumption is not None else Known.ESTIMATED if one.estimate else Known.UNKNOWN
    return Consumption(
        start=one.start,
        end=one.end,
        consumption=one.consumption,
        readings=one.readings,
        quality=known,
        estimate=Estimate(**asdict(one.estimate)) if one.estimate else None,
        flags=[_flag(flag, view.unit) for flag in one.flags],
    )


def _flag(flag: Flag, unit: str) -> QualityFlag:
    meaning, reason = MEANINGS[flag.code], flag.reason(_SPOKEN.get(unit, unit))
    return QualityFlag(
        code=flag.code,
        rule=meaning.rule,
        standing=meaning.standing,
        title=Wording(zh=meaning.title.zh, en=meaning.title.en),
        reason=Wording(zh=reason.zh, en=reason.en),
    )
