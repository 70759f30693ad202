"""What Mosquitto refused: its log names clients, and says who stands behind a client when it connects.

Mosquitto grants every subscription and delivers only what may be read (2.0), so a subscription beyond a source's own
commands is recognised here, by what was asked for. A client id is whatever the client chose: lines are read so that a
longer id never passes for a shorter one.
"""

import re
from collections.abc import Iterable, Iterator

from ingest.broker.layout import INGEST
from ingest.broker.refusal import Refusal, Refused

_TIME = re.compile(r"\S+: ")
_CONNECTED = re.compile(r"New client connected from \S+ as (.*) \(p\d, c\d, k\d+, u'([^']*)'\)\.")
_DENIED = re.compile(r"Denied PUBLISH from (.*) \(d\d, q\d, r\d, m\d+, '(.*)', \.\.\. \(\d+ bytes\)\)")
_SUBSCRIBED = re.compile(r"(.*) [012] (\S.*)")
_STRANGER = re.compile(r"Client \S+ disconnected, not authorised\.")

MOST_CLIENTS = 100_000
"""Most clients that are kept in mind; those that connected first are forgotten first."""


class MosquittoRefusals:
    """Reads refusals out of the log of Mosquitto."""

    def __init__(self) -> None:
        self._users: dict[str, str] = {}

    def read(self, lines: Iterable[str]) -> Iterator[Refusal]:
        """Refusals that lines of the log tell of."""
        for line in lines:
            # The line of a subscription begins with a tab where it repeats the packet; that one names no client.
            said = _TIME.sub("", line, count=1)
            if (connected := _CONNECTED.fullmatch(said)) is not None:
                self._remember(*connected.groups())
            elif (denied := _DENIED.fullmatch(said)) is not None:
                yield Refusal(self._users.get(denied[1]), Refused.PUBLICATION, denied[2])
            elif _STRANGER.fullmatch(said) is not None:
                yield Refusal(None, Refused.CONNECTION)
            elif (asked := _SUBSCRIBED.fullmatch(said)) is not None:
                user = self._users.get(asked[1])
                if user is not None and not _may_hear(user, asked[2]):
                    yield Refusal(user, Refused.SUBSCRIPTION, asked[2])

    def _remember(self, client: str, user: str) -> None:
        self._users.pop(client, None)
        self._users[client] = user
        if len(self._users) > MOST_CLIENTS:
            del self._users[next(iter(self._users))]


def _may_hear(user: str, asked: str) -> bool:
    """Whether a filter stays within a source's own commands.

    Examples
    --------
    >>> _may_hear("city", "command/city/#"), _may_hear("city", "$share/x/command/city/W-1")
    (True, True)
    >>> _may_hear("city", "command/city2/#"), _may_hear("city", "#"), _may_hear("city", "command/+/W-1")
    (False, False, False)
    """
    if user == INGEST:
        return True
    if asked.startswith("$share/"):
        asked = asked.split("/", 2)[-1]
    return asked == f"command/{user}" or asked.startswith(f"command/{user}/")
