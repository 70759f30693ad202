"""What nats-server may hold of each sort, so that no sort takes another's room.

nats-server makes its streams for MQTT without bounds, and its configuration knows a bound for all of them together
alone. So they are bounded here through its management, which it remembers over restarts:

- messages that wait (`$MQTT_msgs`) up to a number of bytes; what is beyond it is not acknowledged, and nothing that
  was acknowledged is given up for it;
- sessions (`$MQTT_sess`) in number and size, so that those who are known, ingest first, can always come back in and
  make room: together they stay below `HEADROOM`;
- retained messages (`$MQTT_rmsgs`) not at all: nothing here asks for them, a source may invent as many topics for them
  as it likes, and they would stay for ever. A message that is to be retained is delivered once, like any other.
"""

from dataclasses import dataclass
from typing import Any

from ingest.broker.nats_connection import NatsConnection

MESSAGES, SESSIONS, RETAINED = "$MQTT_msgs", "$MQTT_sess", "$MQTT_rmsgs"

MOST_SESSIONS = 50_000
LARGEST_SESSION = 16 * 2**10
"""What nats-server notes of a session, some 400 bytes a subscription [bytes]."""

NOT_FOUND = 404


class Unbounded(Exception):
    """nats-server does not take a bound."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a broker holds.

    Parameters
    ----------
    messages, size, most
        Messages that wait, what they take, and what they may take [bytes].
    sessions
        Sessions that it knows; it takes no more than `MOST_SESSIONS`.
    """

    messages: int
    size: int
    most: int
    sessions: int


def keep(connection: NatsConnection, disk: int) -> Held | None:
    """Set the bounds where they are not set, and return what is held; None where nobody has ever spoken MQTT.

    Parameters
    ----------
    disk
        What messages that wait may take [bytes].

    Raises
    ------
    OSError, ValueError
        Where nats-server does not answer, or not as it should.
    Unbounded
        Where it does not take a bound.
    """
    found = {name: connection.request(f"$JS.API.STREAM.INFO.{name}") for name in (MESSAGES, SESSIONS, RETAINED)}
    if any(info.get("error", {}).get("code") == NOT_FOUND for info in found.values()):
        return None  # it makes them when the first client comes
    # Never `old`, which gives up what was acknowledged.
    _bind(connection, found[MESSAGES], {"max_bytes": disk, "discard": "new"})
    _bind(
        connection,
        found[SESSIONS],
        {"max_msgs": MOST_SESSIONS, "max_msg_size": LARGEST_SESSION, "discard": "new"},
    )
    _bind(connection, found[RETAINED], {"max_msg_size": 1, "discard": "new"})
    if _state(found[RETAINED])["messages"]:
        _said(connection.request(f"$JS.API.STREAM.PURGE.{RETAINED}"))
    waiting = _state(found[MESSAGES])
    return Held(waiting["messages"], waiting["bytes"], disk, _state(found[SESSIONS])["messages"])


def _bind(connection: NatsConnection, info: dict[str, Any], bounds: dict[str, object]) -> None:
    present = _said(info)["config"]
    if any(present.get(name) != bound for name, bound in bounds.items()):
        _said(connection.request(f"$JS.API.STREAM.UPDATE.{present['name']}", present | bounds))


def _state(info: dict[str, Any]) -> dict[str, Any]:
    state: dict[str, Any] = _said(info)["state"]
    return state


def _said(answer: dict[str, Any]) -> dict[str, Any]:
    if "error" in answer:
        raise Unbounded(str(answer["error"].get("description", answer["error"])))
    return answer
