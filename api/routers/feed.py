"""The live feed of alerts, as server-sent events."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from api import problems
from api.access import PROTECTED, Viewer
from api.event_stream import EventStream
from api.feed import Feed
from api.settings import ApiSettings

router = APIRouter(prefix="/v1/alerts", tags=["feed"])

_LARGEST = 2**63 - 1
_EXAMPLE = 'id: 1042\nevent: alert.opened\ndata: {"id":12,"judge":"backward_register","version":1}\n\n'


@router.get(
    "/stream",
    response_class=Response,
    responses={
        200: {
            "description": (
                "Events `alert.opened`, `alert.updated`, `alert.acknowledged` and `alert.closed`; data is the alert "
                "item as it stands when sent; the first block carries only the id to resume from."
            ),
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
        },
        **problems.declared(
            *PROTECTED,
            problems.EventIdMalformed,
            problems.FeedGone,
            problems.FeedNotReady,
            problems.ServerStopping,
        ),
    },
)
async def stream_alerts(
    _holder: Viewer,
    request: Request,
    last_event_id: Annotated[str | None, Header(description="Id of the last event received.")] = None,
    last_event_id_query: Annotated[
        str | None, Query(alias="last_event_id", description="The same, for callers that cannot set headers.")
    ] = None,
) -> EventStream:
    """What happens to alerts, from now on or from where a listener stopped; a comment every 15 s shows that it lives.

    It reaches back to the oldest event kept (30 days unless configured otherwise); from before there the answer is
    `feed_gone`. A stream ends after an hour: resume it with the last id, nothing is missed or told twice.
    """
    feed: Feed = request.app.state.feed
    settings: ApiSettings = request.app.state.settings
    if feed.closed:
        raise problems.ServerStopping("the service is being stopped; try again", headers={"Retry-After": "2"})
    asked = last_event_id or last_event_id_query
    if asked is None:
        after = feed.position
        if after is None:
            raise problems.FeedNotReady("the database was not reached yet; try again", headers={"Retry-After": "2"})
    else:
        after = await _resumable(feed, asked)
    return EventStream(feed.listen(after), longest=settings.api_longest_stream)


async def _resumable(feed: Feed, asked: str) -> int:
    if not asked.isascii() or not asked.isdigit() or not int(asked[:20]) <= _LARGEST:
        raise problems.EventIdMalformed("the last event id is a number that the feed gave out")
    after = int(asked[:20])
    span = await run_in_threadpool(feed.span)
    if not span.can_resume(after):
        raise problems.FeedGone(
            f"events after {after} are not all kept: the feed reaches from {span.pruned_through} to {span.newest}"
        )
    return after
