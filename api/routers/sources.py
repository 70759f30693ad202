"""Sources: who sends, how much, how lately, within which limits, and what lets them in."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Response
from pydantic import BaseModel, Field

from api import entity_tags, paging, problems
from api.access import PROTECTED, Administrator, Pool, Viewer
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page
from api.source_shapes import IssuedSource, Limits, NewSource, Rotation, Source
from store import credentials, sources
from store.connection import Connection
from store.errors import SourceChanged, SourceCodeUnfit, SourceKnown, SourceRevoked, SourceUnknown
from store.sources import SourceView

router = APIRouter(prefix="/v1/sources", tags=["sources"])

Code = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$", description="Code of the source.")]
IfMatch = Annotated[str | None, Header(description='ETag of the source as it was read: `"3"`.')]

_WRITTEN = (*PROTECTED, problems.BodyTooLarge)
_VERSIONED = (problems.EntityTagMalformed, problems.SourceUnknown, problems.SourceStale, problems.VersionMissing)


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
        items=[Source.of(view) for view in shown],
        next=paging.encode(_Key(after=shown[-1].code)) if len(found) > limit else None,
    )


@router.get("/{code}", responses=problems.declared(*PROTECTED, problems.SourceUnknown))
def show_source(_holder: Viewer, pool: Pool, code: Code, response: Response) -> Source:
    """One source; its version is the ETag."""
    with pool.connection() as connection:
        return Source.of(_shown(connection, code, response))


@router.post(
    "",
    status_code=201,
    responses=problems.declared(*_WRITTEN, problems.SourceKnown),
)
def add_source(holder: Administrator, pool: Pool, new: NewSource, response: Response) -> IssuedSource:
    """Let a source in.

    It may be new, made known by its instruments, or revoked before. Its password is in this answer and nowhere else.
    """
    limits = new.stated()
    name = limits.pop("name", None)
    with pool.connection() as connection, connection.transaction():
        try:
            password = credentials.add(
                connection,
                new.code,
                actor=holder.name,
                name=None if name is None else str(name),
                kind=new.credential,
                limits=limits,
            )
        except SourceKnown as error:
            raise problems.SourceKnown(f"source {new.code} is let in already; rotate its credential") from error
        except SourceCodeUnfit as error:
            raise problems.RequestInvalid(
                str(error), errors=[problems.FieldFault("body.code", "source_code_unfit", str(error))]
            ) from error
        view = _shown(connection, new.code, response)
    response.headers["Location"] = f"/v1/sources/{new.code}"
    return _once(response, view, password)


@router.patch("/{code}", responses=problems.declared(*_WRITTEN, *_VERSIONED))
def change_source(
    holder: Administrator, pool: Pool, code: Code, limits: Limits, response: Response, if_match: IfMatch = None
) -> Source:
    """Set name or limits, in the version that was read; what is left out stays."""
    versions = entity_tags.versions(if_match)
    with pool.connection() as connection, connection.transaction():
        try:
            credentials.change(connection, code, limits.stated(), actor=holder.name, versions=versions)
        except (SourceUnknown, SourceChanged) as error:
            raise _problem(error) from error
        return Source.of(_shown(connection, code, response))


@router.post("/{code}/rotate", responses=problems.declared(*_WRITTEN, *_VERSIONED, problems.SourceRevoked))
def rotate_source(
    holder: Administrator, pool: Pool, code: Code, rotation: Rotation, response: Response, if_match: IfMatch = None
) -> IssuedSource:
    """Give a source another credential, in the version that was read; the one before ends within a minute."""
    versions = entity_tags.versions(if_match)
    with pool.connection() as connection, connection.transaction():
        try:
            password = credentials.rotate(
                connection, code, actor=holder.name, kind=rotation.credential, versions=versions
            )
        except (SourceUnknown, SourceChanged, SourceRevoked) as error:
            raise _problem(error) from error
        view = _shown(connection, code, response)
    return _once(response, view, password)


@router.post("/{code}/revoke", responses=problems.declared(*_WRITTEN, problems.SourceUnknown))
def revoke_source(holder: Administrator, pool: Pool, code: Code, response: Response) -> Source:
    """Let a source in no longer, whatever its version: within a minute the broker ends its connections."""
    with pool.connection() as connection, connection.transaction():
        try:
            credentials.revoke(connection, code, actor=holder.name)
        except SourceUnknown as error:
            raise _problem(error) from error
        return Source.of(_shown(connection, code, response))


def _shown(connection: Connection, code: str, response: Response) -> SourceView:
    view = sources.one(connection, code)
    if view is None:
        raise problems.SourceUnknown(f"there is no source {code}")
    response.headers["ETag"] = entity_tags.of(view.version)
    return view


def _once(response: Response, view: SourceView, password: str | None) -> IssuedSource:
    """An answer that nobody on its way may keep."""
    response.headers["Cache-Control"] = "no-store"
    return IssuedSource.with_password(view, password)


def _problem(error: SourceUnknown | SourceChanged | SourceRevoked) -> problems.Problem:
    if isinstance(error, SourceUnknown):
        return problems.SourceUnknown(f"there is no source {error.code}")
    if isinstance(error, SourceChanged):
        return problems.SourceStale(f"source {error.code} is at version {error.version} now; read it again")
    return problems.SourceRevoked(f"source {error.code} was revoked; to let it in again, add it anew")
