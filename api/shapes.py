"""Shapes that several nouns share: quantities are exact decimal text, instants RFC 3339 in UTC, units UCUM codes."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints, WithJsonSchema

_FIRST_YEAR, _LAST_YEAR = 1970, 2200

Word = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00]+$")]
"""A name or code in a query."""

LARGEST_ID = 2**31 - 1
"""Largest number of a site, source or instrument."""


def _written(value: object) -> object:
    if isinstance(value, str) and "T" not in value.upper():
        raise ValueError("an instant is written as RFC 3339 with its offset: 2024-05-01T00:00:00Z")
    return value


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("an instant needs its offset: 2024-05-01T00:00:00Z")
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise ValueError(f"the year must lie between {_FIRST_YEAR} and {_LAST_YEAR}")
    return at.astimezone(UTC)


Instant = Annotated[
    datetime,
    BeforeValidator(_written),
    AfterValidator(_aware),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2024-05-01T00:00:00Z"]}),
]
"""An aware instant in a query."""

Decimals = Annotated[str, Field(description="Exact decimal text.", examples=["1234.567"])]


class Wording(BaseModel):
    """The same sentence in Chinese and English."""

    zh: str
    en: str


class SiteName(BaseModel):
    """A site by its code and names; `time_zone` is the IANA zone of its civil days."""

    code: str
    name: Wording
    time_zone: str


class FieldFault(BaseModel):
    """One thing wrong with a request."""

    field: str = Field(description="Place of the fault.", examples=["query.limit"])
    code: str = Field(description="Stable code of the fault.", examples=["less_than_equal"])
    detail: str


class ProblemDocument(BaseModel):
    """Why a request failed, RFC 9457."""

    type: str = Field(description="Page that explains this kind of problem.", examples=["/problems/version_stale"])
    title: str
    status: int
    detail: str
    instance: str = Field(description="Path that was asked.")
    code: str = Field(description="Stable code of this kind of problem.", examples=["version_stale"])
    errors: list[FieldFault]
    request_id: str | None = Field(description="Id under which the service's log speaks of this request.")


WordFilter = Annotated[Word | None, Query()]
