"""An answer of server-sent events that ends by itself: with the caller, with the service, or when the line is stuck."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta

import anyio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_STUCK = timedelta(seconds=30)


class EventStream(Response):
    """Server-sent events.

    Parameters
    ----------
    chunks
        Bytes of the stream; its end is the answer's.
    longest
        The answer is ended after so long; its reader resumes.
    """

    media_type = "text/event-stream"

    def __init__(self, chunks: AsyncGenerator[bytes], *, longest: timedelta) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._chunks = chunks
        self._longest = longest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the signature is ASGI's
        """Send until the stream ends, the caller leaves, or takes nothing for half a minute."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with anyio.create_task_group() as group:
            group.start_soon(self._until_gone, receive, group)
            with anyio.move_on_after(self._longest.total_seconds()):
                async with aclosing(self._chunks) as chunks:
                    async for chunk in chunks:
                        async with asyncio.timeout(_STUCK.total_seconds()):
                            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            group.cancel_scope.cancel()

    @staticmethod
    async def _until_gone(receive: Receive, group: anyio.abc.TaskGroup) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        group.cancel_scope.cancel()
