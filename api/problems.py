"""What can go wrong, as nouns: the class carries the status, its name is the stable code, its docstring the title.

Every failure leaves as an RFC 9457 problem document (`application/problem+json`).
"""

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One thing wrong with a request: where (`query.limit`, `body.comment`), a stable code, and what."""

    field: str
    code: str
    detail: str


class Problem(Exception):
    """The request failed."""

    status: ClassVar[int]

    def __init__(
        self, detail: str, *, errors: Sequence[FieldFault] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        super().__init__(detail)

    @classmethod
    def code(cls) -> str:
        """Stable code: the class's name in snake case.

        Examples
        --------
        >>> RegisterMomentary.code()
        'register_momentary'
        """
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def title(cls) -> str:
        """First line of the docstring."""
        return inspect.cleandoc(cls.__doc__ or "").partition("\n")[0].rstrip(".")

    @classmethod
    def explanation(cls) -> str:
        """The whole docstring: what the page behind `type` says."""
        return inspect.cleandoc(cls.__doc__ or "")

    @classmethod
    def type(cls) -> str:
        """URI reference of the page that explains the problem."""
        return f"/problems/{cls.code()}"


class CursorMalformed(Problem):
    """The cursor is not one that this list gave out.

    Send a list's `next` back unchanged, or leave the cursor out to start anew.
    """

    status = 400


class EventIdMalformed(Problem):
    """The last event id is not a number that the live feed gave out."""

    status = 400


class EntityTagMalformed(Problem):
    """If-Match holds no entity tag.

    It must be the ETag of the alert or source as it was read, quotes included: `If-Match: "3"`.
    """

    status = 400


class KeyMissing(Problem):
    """No API key was sent.

    Send `Authorization: Bearer hj_…`.
    """

    status = 401


class KeyRefused(Problem):
    """The API key is unknown, expired or revoked."""

    status = 401


class RoleInsufficient(Problem):
    """The key's role may not do this."""

    status = 403


class SourceSilenced(Problem):
    """The source, or its key, was revoked and may not speak.

    What was committed before stays.
    """

    status = 403


class AlertUnknown(Problem):
    """There is no alert of this number."""

    status = 404


class InstrumentUnknown(Problem):
    """There is no instrument of this number."""

    status = 404


class SourceUnknown(Problem):
    """There is no source of this code."""

    status = 404


class PathUnknown(Problem):
    """Nothing is served under this path."""

    status = 404


class MethodRefused(Problem):
    """The path does not take such a method."""

    status = 405


class BodyStalled(Problem):
    """The body stopped coming.

    What was committed stays. Send the same again under the same key: it goes on behind what is committed.
    """

    status = 408


class BodyBroken(Problem):
    """The connection ended before the body did.

    What was committed stays. Send the same again under the same key: it goes on behind what is committed.
    """

    status = 400


class PushInProgress(Problem):
    """A push under this key is being taken in at this moment.

    Wait for it, or ask again: it is answered once the other one has ended.
    """

    status = 409


class AlreadyAcknowledged(Problem):
    """Somebody has acknowledged the alert before."""

    status = 409


class AlertClosed(Problem):
    """The alert is closed and takes no more notes."""

    status = 409


class SourceKnown(Problem):
    """The source is let in already.

    To give it another credential, rotate it.
    """

    status = 409


class SourceRevoked(Problem):
    """The source was revoked.

    Another credential would let it in by the back door; to let it in again, add it anew.
    """

    status = 409


class FeedGone(Problem):
    """The live feed does not reach back that far.

    Events between the last one received and the oldest one kept are gone, or the id comes from another store. Read
    the list of alerts anew, then start the feed without an id.
    """

    status = 410


class VersionStale(Problem):
    """The alert has changed since it was read.

    Read it again, look at what changed, and send the new ETag.
    """

    status = 412


class SourceStale(Problem):
    """The source has changed since it was read.

    Read it again, look at what changed, and send the new ETag.
    """

    status = 412


class BodyTooLarge(Problem):
    """The request's body is larger than is taken."""

    status = 413


class LineTooLong(Problem):
    """A line of the body is longer than any message that is held.

    All lines before it are committed.
    """

    status = 413


class MediaTypeRefused(Problem):
    """The body is not in a media type or coding that is taken.

    Telemetry is taken as application/json, application/x-ndjson or text/csv, in UTF-8, plain or with
    `Content-Encoding: gzip`.
    """

    status = 415


class IdempotencyKeyReused(Problem):
    """Something else was sent under this Idempotency-Key before.

    A key names one content. Use a new one for new content; sending twice is harmless, repeats are recognised.
    """

    status = 422


class ContentBlank(Problem):
    """More than 1 MiB of blank lines in a row.

    All lines before them are committed.
    """

    status = 422


class ContentDamaged(Problem):
    """The gzip content cannot be inflated to its end.

    What was committed stays.
    """

    status = 422


class TableUnusable(Problem):
    """The first line of the table does not name the columns instrument, taken_at, register and value."""

    status = 422


class RequestInvalid(Problem):
    """The request says something that this path does not understand.

    `errors` lists every fault with its place.
    """

    status = 422


class RegisterUnknown(Problem):
    """The instrument has no register of this name."""

    status = 422


class RegisterMomentary(Problem):
    """A momentary register has no consumption.

    It shows a present value, so only `step=raw` makes sense of it.
    """

    status = 422


class RangeUnusable(Problem):
    """The range of time is empty, or longer than is served at once."""

    status = 422


class VersionMissing(Problem):
    """The request must name the version it speaks of.

    Send `If-Match` with the ETag of the alert or source as it was read, so that nobody changes what they have not seen.
    """

    status = 428


class RateExceeded(Problem):
    """The source is far beyond the rate that it may send at.

    What was committed stays. Send the same again under the same key after the time in Retry-After: it goes on behind
    what is committed.
    """

    status = 429


class RequestRefused(Problem):
    """The request could not be read."""

    status = 400


class Unexpected(Problem):
    """Something failed here that should not.

    The fault is written to the service's log under the request id.
    """

    status = 500


class StoreUnavailable(Problem):
    """The database does not answer at the moment."""

    status = 503


class QuestionTooSlow(Problem):
    """The database took too long over this question.

    Narrow the range or the filters.
    """

    status = 503


class PushesBusy(Problem):
    """As many pushes are being taken in as may be at once."""

    status = 503


class FeedNotReady(Problem):
    """The live feed has not found the present yet."""

    status = 503


class ServerStopping(Problem):
    """The service is being stopped."""

    status = 503


def every() -> Iterator[type[Problem]]:
    """Every kind of problem."""
    return iter(Problem.__subclasses__())


def called(code: str) -> type[Problem] | None:
    """The problem of a code."""
    return next((problem for problem in every() if problem.code() == code), None)


def response(request: Request, problem: Problem) -> JSONResponse:
    """Problem document for a request."""
    return JSONResponse(
        {
            "type": problem.type(),
            "title": problem.title(),
            "status": problem.status,
            "detail": problem.detail,
            "instance": request.url.path,
            "code": problem.code(),
            "errors": [asdict(error) for error in problem.errors],
            "request_id": request.scope.get("request_id"),
        },
        status_code=problem.status,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )


def declared(*kinds: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` of a route that may end in these problems, by status, with an example of each."""
    responses: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        entry = responses.setdefault(
            kind.status,
            {
                "description": "",
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}, "examples": {}}},
            },
        )
        entry["description"] = f"{entry['description']} {kind.title()}.".strip()
        entry["content"][MEDIA_TYPE]["examples"][kind.code()] = {
            "summary": kind.title(),
            "value": {
                "type": kind.type(),
                "title": kind.title(),
                "status": kind.status,
                "detail": kind.title(),
                "instance": "/v1/…",
                "code": kind.code(),
                "errors": [],
                "request_id": "5f0c6b1e0d7a4f0f",
            },
        }
    return responses
