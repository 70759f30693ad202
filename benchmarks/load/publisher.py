"""Publishes over several links at once, as fast as the broker takes it or at a pace, and says how long it took."""

import selectors
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic, process_time, time
from typing import Any

from benchmarks.load.link import Link

AHEAD = 256 << 20
"""Packets written before the clock starts, all links together [bytes]; the rest follows as it is sent."""


PAUSE = 0.005
"""How long is waited for an answer before the pace is looked at again [s]."""


class Stalled(Exception):
    """The broker acknowledges nothing any more."""


@dataclass(frozen=True, slots=True)
class Took:
    """What publishing took.

    Parameters
    ----------
    began
        When the first message was sent [s since 1970].
    seconds
        Until everything was acknowledged [s].
    processor
        Processor time of this process meanwhile [s].
    """

    began: float
    seconds: float
    processor: float


def publish(
    links: list[Link],
    *,
    rate: float | None = None,
    longest: timedelta | None = None,
    patience: timedelta = timedelta(seconds=60),
    watch: Callable[[], Any] = lambda: None,
) -> Took:
    """Publish everything and wait until all is acknowledged.

    Parameters
    ----------
    rate
        Messages a second, all sources together; None: as fast as the broker takes them.
    longest
        No message is begun after that.
    patience
        How long nothing may be acknowledged.
    watch
        Called often, to show progress.

    Raises
    ------
    Stalled
        if nothing is acknowledged for so long.
    packets.Refused
        if the broker refuses something.
    """
    for link in links:
        link.write_ahead(AHEAD // len(links))
    total = sum(link.messages for link in links)
    with selectors.DefaultSelector() as selector:
        for link in links:
            selector.register(link.socket, selectors.EVENT_READ, link)
        moment, used = time(), process_time()
        began = heard = monotonic()
        unfinished = [link for link in links if not link.finished]
        while unfinished:
            passed = monotonic() - began
            if longest is not None and passed > longest.total_seconds():
                for link in unfinished:
                    link.cut_short()
            share = 1.0 if rate is None else min(1.0, rate * passed / total)
            if _exchange(selector, unfinished, share):
                heard = monotonic()
            elif monotonic() - heard > patience.total_seconds():
                raise Stalled(f"nothing was acknowledged for {patience.total_seconds():.0f} s")
            unfinished = [link for link in links if not link.finished]
            watch()
        return Took(moment, monotonic() - began, process_time() - used)


def _exchange(selector: selectors.BaseSelector, links: list[Link], share: float) -> bool:
    """Send up to a share of all messages, as far as the links let us; whether anything was heard."""
    for link in links:
        sending = link.may_send(int(share * link.messages))
        selector.modify(link.socket, selectors.EVENT_READ | (selectors.EVENT_WRITE if sending else 0), link)
    heard = False
    for key, event in selector.select(PAUSE):
        link = key.data
        if event & selectors.EVENT_READ:
            link.receive()
            heard = True
        if event & selectors.EVENT_WRITE:
            link.send(int(share * link.messages))
    return heard
