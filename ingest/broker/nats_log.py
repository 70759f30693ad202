"""What nats-server refused: its log names the connection, its monitor who stands behind it.

The client id in a line is whatever the client chose, quoted, so a line is read from both ends: the connection's number
comes before it.
"""

import json
import logging
import re
from collections.abc import Iterable, Iterator
from http.client import HTTPException
from urllib.error import URLError
from urllib.request import urlopen

from ingest.broker.refusal import Refusal, Refused

log = logging.getLogger(__name__)

_LINE = re.compile(r"\[\d+\] \S+ \S+ \[ERR\] \S+ - mid:(\d+) - (.*)")
_VIOLATION = re.compile(r'.* - (Publish|Subscription) Violation - Subject "(.*?)"(?:, SID .*|, Queue: .*)?')
_NOT_RETAINED = re.compile(r'.* - unable to store retained message for account ".*?", subject "(.*)": .*')
_STRANGER = re.compile(r'(?:.* - )?authentication error - User "(.*)"')
_WHAT = {"Publish": Refused.PUBLICATION, "Subscription": Refused.SUBSCRIPTION}

_CERTIFICATE = "CN="
"""What nats-server puts before the common name by which a client certificate is known."""


MOST_ASKED = 200
"""Connections that are asked about at one look at the log; who stands behind further ones is not said."""


class NatsRefusals:
    """Reads refusals out of the log of nats-server.

    Parameters
    ----------
    monitor
        Address of its monitor, `http://host:port`.
    """

    def __init__(self, monitor: str) -> None:
        self._monitor = monitor

    def read(self, lines: Iterable[str]) -> Iterator[Refusal]:
        """Refusals that lines of the log tell of."""
        users: dict[str, str | None] = {}
        for line in lines:
            if (found := _LINE.fullmatch(line)) is None:
                continue
            connection, said = found.groups()
            if (stranger := _STRANGER.fullmatch(said)) is not None:
                yield Refusal(_name(stranger[1]), Refused.CONNECTION)
            elif (violation := _VIOLATION.fullmatch(said)) is not None:
                yield Refusal(self._known(users, connection), _WHAT[violation[1]], violation[2])
            elif (kept := _NOT_RETAINED.fullmatch(said)) is not None:
                yield Refusal(self._known(users, connection), Refused.RETENTION, kept[1])

    def _known(self, users: dict[str, str | None], connection: str) -> str | None:
        if connection not in users and len(users) < MOST_ASKED:
            users[connection] = self._user_of(connection)
        return users.get(connection)

    def _user_of(self, connection: str) -> str | None:
        """User of a connection, open or closed lately."""
        try:
            with urlopen(f"{self._monitor}/connz?auth=true&state=all&cid={connection}", timeout=5) as answer:  # noqa: S310 - our own broker's address
                known = json.load(answer)["connections"]
        except (URLError, OSError, HTTPException, ValueError, KeyError) as error:
            log.warning("the broker's monitor does not say whose connection %s is: %s", connection, error)
            return None
        return _name(known[0].get("authorized_user", "")) if known else None


def _name(user: str) -> str | None:
    return user.removeprefix(_CERTIFICATE) or None
