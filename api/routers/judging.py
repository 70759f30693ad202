"""Whom the judges were asked about, whom they could not judge, and what of a month stands out from chance."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from api import problems
from api.access import PROTECTED, Pool, Viewer
from api.shapes import LARGEST_ID, WordFilter
from store import chance, instrument_views, judging

router = APIRouter(prefix="/v1", tags=["judging"])

_USUAL = timedelta(days=92)


class Asked(BaseModel):
    """A judge on a kind in a calendar month, over the whole fleet."""

    judge: str
    kind: str
    month: date = Field(description="Its first civil day.")
    instruments: int = Field(description="About how many instruments it was asked.")
    not_judged: dict[str, int] = Field(description="Of these, how many it could not judge, by the code of the reason.")


class Latest(BaseModel):
    """What a judge was last able to say of one instrument."""

    judge: str
    first: date = Field(description="First civil day that it was last asked about.")
    last: date
    judged: bool | None = Field(description="Null where the judge told how many it could not judge, but not which.")
    reasons: list[str] = Field(description="Codes of why it could not judge it.")


class Month(BaseModel):
    """How the statistical findings of a month, of the whole fleet together, came out against chance."""

    month: date
    questions: int = Field(description="Questions that statistical judges answered: judge × instrument.")
    found: int = Field(description="Of these, those answered with a finding.")
    standing_out: int = Field(description="Of these, those that may open alerts.")
    at_most: float = Field(description="Largest share of chance that the policy allowed.")
    reckoned_at: datetime


class Months(BaseModel):
    """Months, latest first."""

    items: list[Month]


class AskedMonths(BaseModel):
    """Judges on kinds, latest month first."""

    items: list[Asked]


class OfInstrument(BaseModel):
    """What each judge was last able to say of an instrument."""

    items: list[Latest]


@router.get("/judging", responses=problems.declared(*PROTECTED))
def list_judging(
    _holder: Viewer,
    pool: Pool,
    judge: WordFilter = None,
    kind: WordFilter = None,
    first: Annotated[date | None, Query(alias="from", description="First civil day; 92 days ago by default.")] = None,
    last: Annotated[date | None, Query(alias="to", description="Last civil day; today by default.")] = None,
) -> AskedMonths:
    """Of each judge and kind, month by month: about how many instruments it was asked, and whom it could not judge."""
    end = last or datetime.now(UTC).date()
    with pool.connection() as connection:
        found = judging.months(connection, judge=judge, kind=kind, first=first or end - _USUAL, last=end)
    return AskedMonths(
        items=[
            Asked(
                judge=one.judge,
                kind=one.kind,
                month=one.month,
                instruments=one.instruments,
                not_judged=one.not_judged,
            )
            for one in found
        ]
    )


@router.get("/chance", responses=problems.declared(*PROTECTED))
def list_chance(
    _holder: Viewer, pool: Pool, limit: Annotated[int, Query(ge=1, le=200, description="Most months.")] = 24
) -> Months:
    """Month by month: what statistical judges were asked and found, and how much of it stands out from chance."""
    with pool.connection() as connection:
        found = chance.months(connection, before=None, limit=limit)
    return Months(
        items=[
            Month(
                month=one.month,
                questions=one.questions,
                found=one.found,
                standing_out=one.standing_out,
                at_most=one.at_most,
                reckoned_at=one.reckoned_at,
            )
            for one in found
            if one.reckoned_at is not None
        ]
    )


@router.get("/instruments/{number}/judging", responses=problems.declared(*PROTECTED, problems.InstrumentUnknown))
def show_judging(
    _holder: Viewer,
    pool: Pool,
    number: Annotated[int, Path(ge=1, le=LARGEST_ID, description="Number of the instrument.")],
) -> OfInstrument:
    """Which judges judged an instrument when they last looked, and which did not, and why."""
    with pool.connection() as connection:
        if instrument_views.by_id(connection, number) is None:
            raise problems.InstrumentUnknown(f"there is no instrument {number}")
        found = judging.of_instrument(connection, number)
    return OfInstrument(
        items=[
            Latest(
                judge=one.judge,
                first=one.first,
                last=one.last,
                judged=False if one.reasons else None if one.uncertain else True,
                reasons=one.reasons,
            )
            for one in found
        ]
    )
