"""One attempt at one receiver, and what its answer means."""

import asyncio
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus

import httpx

_LONGEST_WISH = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver has it."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The receiver does not have it.

    Parameters
    ----------
    retry_after
        How long the receiver asks to be left alone; None if it does not say.
    """

    reason: str
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """The receiver wants no more (410)."""


Outcome = Delivered | Failed | Gone


def post(url: str, *, body: bytes, headers: dict[str, str], within: timedelta) -> Outcome:
    """Send one message; redirects are not followed, for nobody agreed to where they lead.

    Parameters
    ----------
    within
        How long all of it may take, from the connection to the answer's headers, however they trickle in.
    """
    return asyncio.run(_post(url, body, headers, within.total_seconds()))


async def _post(url: str, body: bytes, headers: dict[str, str], seconds: float) -> Outcome:
    # Only a task can be stopped as a whole: a blocking client's limits hold for each read, and start again with a byte.
    try:
        async with (
            asyncio.timeout(seconds),
            httpx.AsyncClient(timeout=seconds, verify=_trust()) as client,
            client.stream("POST", url, content=body, headers=headers) as answer,
        ):
            return meaning(answer.status_code, answer.headers.get("retry-after"), now=datetime.now(UTC))
    except (TimeoutError, httpx.TimeoutException):
        return Failed("no answer in time")
    except httpx.HTTPError as error:
        return Failed(f"{type(error).__name__}: {error}")


@cache
def _trust() -> ssl.SSLContext:
    """Whom receivers' certificates are checked against; reading them takes longer than an attempt."""
    return httpx.create_ssl_context()


def meaning(status: int, retry_after: str | None, *, now: datetime) -> Outcome:
    """What an answer's status and Retry-After mean.

    Examples
    --------
    >>> meaning(503, "120", now=datetime.now(UTC))
    Failed(reason='answered 503', retry_after=datetime.timedelta(seconds=120))
    """
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Delivered()
    if status == HTTPStatus.GONE:
        return Gone()
    return Failed(f"answered {status}", None if retry_after is None else _wish(retry_after, now))


def _wish(retry_after: str, now: datetime) -> timedelta | None:
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), _LONGEST_WISH)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return min(max(at - now, timedelta()), _LONGEST_WISH)
