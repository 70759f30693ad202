"""Pages of lists: an opaque cursor holds the sort key of the last item, so that pages neither overlap nor skip."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field, ValidationError

from api import problems

_LONGEST_CURSOR = 512
Item = TypeVar("Item")
Key = TypeVar("Key", bound=BaseModel)

Limit = Annotated[int, Query(ge=1, le=500, description="Most items on one page, 1 to 500.")]
Cursor = Annotated[
    str | None,
    Query(max_length=_LONGEST_CURSOR, description="`next` of the page before; leave out for the first page."),
]
DEFAULT_LIMIT = 50


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: str | None = Field(description="Cursor of the next page; null on the last one.", examples=["eyJpZCI6MTJ9"])


def encode(key: BaseModel) -> str:
    """Cursor for a sort key."""
    return urlsafe_b64encode(key.model_dump_json().encode()).decode().rstrip("=")


def decode(cursor: str | None, key: type[Key]) -> Key | None:
    """Sort key of a cursor; None for the first page.

    Raises
    ------
    CursorMalformed
        if it is not a cursor of this list.
    """
    if cursor is None:
        return None
    try:
        text = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        return key.model_validate(json.loads(text), strict=False)
    except (binascii.Error, UnicodeError, ValueError, RecursionError, ValidationError):
        raise problems.CursorMalformed("the cursor is not one that this list gave out") from None
