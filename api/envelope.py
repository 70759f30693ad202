"""What every answer is wrapped in: request id, security headers, a limit on bodies, timing, and no stack trace ever."""

import re
import secrets
from http import HTTPStatus
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import failures, problems
from api.metrics import Metrics

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Envelope:
    """Outermost layer of the application.

    Parameters
    ----------
    body_limit
        Largest request body taken [bytes].
    streams
        Paths whose bodies are read piece by piece and may have any size.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics, body_limit: int, streams: frozenset[str]) -> None:
        self._app = app
        self._metrics = metrics
        self._body_limit = body_limit
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        asked = headers.get("x-request-id", "")
        request_id = asked if _REQUEST_ID.fullmatch(asked) else secrets.token_hex(8)
        scope["request_id"] = request_id
        began = perf_counter()
        started = False

        async def send_wrapped(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._metrics.observe(scope, int(message["status"]), perf_counter() - began)
                _dress(MutableHeaders(scope=message), request_id, api=scope["path"].startswith("/v1/"))
            await send(message)

        if scope["path"] not in self._streams:
            receive = _limited(receive, headers, self._body_limit)
        try:
            await self._app(scope, receive, send_wrapped)
        except Exception as error:
            if started:
                raise  # half an answer cannot be taken back: the connection is closed, the server logs why
            request = Request(scope)
            await problems.response(request, failures.problem_of(error, request))(scope, receive, send_wrapped)


def _dress(headers: MutableHeaders, request_id: str, *, api: bool) -> None:
    headers["X-Request-ID"] = request_id
    for name, value in SECURITY_HEADERS.items():
        headers[name] = value
    if api:
        headers.setdefault("Cache-Control", "no-store")


def _limited(receive: Receive, headers: Headers, limit: int) -> Receive:
    declared = headers.get("content-length", "")
    taken = 0

    async def receive_limited() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > limit or (declared.isdigit() and int(declared) > limit):
                raise HTTPException(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                    f"a request's body may have {limit} bytes",
                    headers={"Connection": "close"},
                )
        return message

    return receive_limited
