"""Telemetry: what a source without MQTT pushes, answered once it is committed."""

from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, Field

from api import failures, problems
from api.access import PROTECTED, Speaker
from api.metrics import Metrics
from api.pushes import Pushes
from ingest import push_errors
from ingest.chunks import CHUNK_BYTES, CHUNK_MESSAGES, LONGEST_LINE, Medium
from ingest.formats.native import LARGEST
from ingest.push import MOST_REFUSALS, Receipt
from ingest.push_errors import PushError
from store.pushes import PushName, Way

PATH = "/v1/telemetry"

router = APIRouter(prefix=PATH, tags=["telemetry"])

_GZIP = {"gzip", "x-gzip"}

_PROBLEMS: dict[type[PushError], type[problems.Problem]] = {
    push_errors.PushInHand: problems.PushInProgress,
    push_errors.OtherContent: problems.IdempotencyKeyReused,
    push_errors.LineTooLong: problems.LineTooLong,
    push_errors.MessageTooLong: problems.BodyTooLarge,
    push_errors.ContentBlank: problems.ContentBlank,
    push_errors.ContentDamaged: problems.ContentDamaged,
    push_errors.TableUnusable: problems.TableUnusable,
    push_errors.SourceRevoked: problems.SourceSilenced,
    push_errors.TooFast: problems.RateExceeded,
    push_errors.PushStopped: problems.ServerStopping,
}


class Messages(BaseModel):
    """Messages of a push."""

    received: int
    quarantined: int


class Events(BaseModel):
    """Events of a push; received = stored + repeated + quarantined."""

    received: int
    stored: int
    repeated: int
    quarantined: int


class Statements(Events):
    """Readings or transactions of a push; received = stored + repeated + conflicting + quarantined."""

    conflicting: int = Field(description="Different from the first; kept beside it as evidence.")


class Refusal(BaseModel):
    """A message that is held in quarantine."""

    line: int = Field(description="Line of the body at which it begins, from 1.")
    cause: str = Field(description="Stable code of the cause.", examples=["unknown_instrument"])
    detail: str
    quarantine: int | None = Field(description="Its number in quarantine.")


class Pushed(BaseModel):
    """What became of a push; everything counted here is committed."""

    source: str
    messages: Messages
    readings: Statements
    transactions: Statements
    events: Events
    causes: dict[str, int] = Field(description="Messages held in quarantine, by cause.", examples=[{"bad_json": 1}])
    refusals: list[Refusal] = Field(description=f"The first {MOST_REFUSALS} of these.")


_TEXT: dict[str, Any] = {"schema": {"type": "string"}}
_MESSAGE = '{"instrument":"W-1","readings":[{"taken_at":"2026-11-21T08:00:00+08:00","registers":{"volume":"104.071"}}]}'
_JWS = "eyJhbGciOiJFZERTQSIsImtpZCI6ImsxIn0.eyJpbnN0cnVtZW50IjoiQy0xIiwic2VxIjoxLC….hgyY0il_MGCjP0JzlnLWG1…"
_BODY = {
    "required": True,
    "description": (
        "Messages in the native format, version 1: one or an array of them as JSON, or one a line as NDJSON; or one a "
        "line as its instrument signed it, a JSON Web Signature; or readings as CSV, the first line naming the "
        "columns. Plain or gzip."
    ),
    "content": {
        Medium.JSON.value: {
            "schema": {"type": ["object", "array"], "description": f"At most {LARGEST} bytes; more as NDJSON."},
            "example": {
                "instrument": "W-1",
                "readings": [{"taken_at": "2026-11-21T08:00:00+08:00", "registers": {"volume": "104.071"}}],
            },
        },
        Medium.NDJSON.value: _TEXT | {"example": f"{_MESSAGE}\n"},
        Medium.CSV.value: _TEXT
        | {"example": "instrument,taken_at,register,value\nW-1,2026-11-21T08:00:00+08:00,volume,104.071\n"},
        Medium.JWS.value: _TEXT
        | {"description": "Compact serialization, or flattened JSON without line breaks.", "example": f"{_JWS}\n"},
    },
}


@router.post(
    "",
    responses={
        200: {
            "headers": {
                "Idempotency-Replayed": {
                    "description": "`true` where all of it was committed by an earlier request.",
                    "schema": {"type": "string"},
                }
            },
            "description": "Everything is committed or held in quarantine.",
        },
        **problems.declared(
            *PROTECTED,
            problems.BodyBroken,
            problems.SourceSilenced,
            problems.BodyStalled,
            problems.PushInProgress,
            problems.BodyTooLarge,
            problems.LineTooLong,
            problems.MediaTypeRefused,
            problems.IdempotencyKeyReused,
            problems.ContentBlank,
            problems.ContentDamaged,
            problems.TableUnusable,
            problems.RateExceeded,
            problems.PushesBusy,
            problems.ServerStopping,
        ),
    },
    openapi_extra={"requestBody": _BODY},
    description=f"""Telemetry of the one source that the key speaks for, answered once it is committed.

Every message is decoded and stored as one that came over MQTT is: what cannot be taken is held in quarantine, whole
and with its cause, and listed in the answer; the rest is stored. All but JSON may have any length: they are read no
faster than they are committed, in chunks of {CHUNK_MESSAGES:,} messages or {CHUNK_BYTES // 2**20} MiB. A line may have
{LONGEST_LINE // 2**20} MiB; one of more than {LARGEST // 2**20} MiB is held as too large.

`Idempotency-Key` names the content. Sent again under its key, content gets the same answer and counts once; after a
broken connection or a crash it goes on behind the last chunk that was committed. Keys are remembered for 48 hours.""",
)
async def push_telemetry(
    holder: Speaker,
    request: Request,
    response: Response,
    idempotency_key: Annotated[
        str,
        Header(
            min_length=1,
            max_length=255,
            pattern="^[!-~]([ -~]*[!-~])?$",
            description="Name of this content, chosen by the sender: a UUID, or the name of a file.",
            examples=["readings-2026-11-21"],
        ),
    ],
) -> Pushed:
    """Telemetry of the source that the key speaks for, answered once it is committed."""
    metrics: Metrics = request.app.state.metrics
    try:
        receipt = await _take(holder, request, idempotency_key)
    except Exception as error:
        problem = _problem(error, request)
        metrics.pushes.labels(problem.code()).inc()
        raise problem from error
    replayed = receipt.known > 0 and receipt.committed == 0
    metrics.pushes.labels("repeated" if replayed else "committed").inc()
    if replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return _pushed(holder.source or "", receipt)


async def _take(holder: Speaker, request: Request, key: str) -> Receipt:
    medium, packed = _medium(request)
    pushes: Pushes = request.app.state.pushes
    name = PushName(holder.source or "", Way.HTTP, key)
    return await pushes.take(request.receive, name, medium, key=holder.key_id, packed=packed)


def _medium(request: Request) -> tuple[Medium, bool]:
    """How the body is written, and whether it says that it is gzip."""
    media_type, *parameters = request.headers.get("content-type", "").lower().split(";")
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    charset = [
        value.strip(' "')
        for name, _, value in (each.partition("=") for each in parameters)
        if name.strip() == "charset"
    ]
    known = {medium.value: medium for medium in Medium}
    medium = known.get(media_type.strip())
    if medium is None:
        raise problems.MediaTypeRefused(f"the body is {media_type[:80] or 'of no type'}; send {', '.join(known)}")
    if any(name not in {"utf-8", "utf8", "us-ascii"} for name in charset):
        raise problems.MediaTypeRefused(f"the text is in {charset[0][:40]}; send UTF-8")
    if coding not in {"identity", *_GZIP}:
        raise problems.MediaTypeRefused(f"the body is coded as {coding[:40]}; send it plain or as gzip")
    return medium, coding in _GZIP


def _problem(error: Exception, request: Request) -> problems.Problem:
    if isinstance(error, PushError):
        headers = {}
        if isinstance(error, push_errors.TooFast):
            headers["Retry-After"] = str(int(error.wait.total_seconds()) + 1)
        elif isinstance(error, push_errors.PushInHand | push_errors.PushStopped):
            headers["Retry-After"] = "2"
        return _PROBLEMS[type(error)](str(error), headers=headers)
    if isinstance(error, psycopg.errors.QueryCanceled):
        return problems.StoreUnavailable("the database takes too long; try again", headers={"Retry-After": "30"})
    return failures.problem_of(error, request)


def _pushed(source: str, receipt: Receipt) -> Pushed:
    tally = receipt.tally
    return Pushed(
        source=source,
        messages=Messages(received=tally.messages, quarantined=tally.messages_quarantined),
        readings=Statements(
            received=tally.readings,
            stored=tally.readings_stored,
            repeated=tally.readings_repeated,
            conflicting=tally.readings_conflicting,
            quarantined=tally.readings_quarantined,
        ),
        transactions=Statements(
            received=tally.transactions,
            stored=tally.transactions_stored,
            repeated=tally.transactions_repeated,
            conflicting=tally.transactions_conflicting,
            quarantined=tally.transactions_quarantined,
        ),
        events=Events(
            received=tally.events,
            stored=tally.events_stored,
            repeated=tally.events_repeated,
            quarantined=tally.events_quarantined,
        ),
        causes=dict(sorted(receipt.causes.items())),
        refusals=[
            Refusal(line=each.line, cause=each.cause, detail=each.detail, quarantine=each.quarantine)
            for each in receipt.refusals
        ],
    )
