"""What a broker's configuration file says would be lost, before the broker is ever started."""

import re
from dataclasses import dataclass
from enum import StrEnum

from ingest.broker.duration import seconds
from ingest.broker.layout import SYNC
from ingest.broker.nats_text import NotUnderstood, Value, parse

__all__ = ["Fault", "NotUnderstood", "Weight", "faults"]

_SHORT_SYNC = 5.0
"""Up to which interval of bringing messages to disk a power cut is the only thing to know about it [s]."""
_SHORT_DOUBT = 15.0
"""How long ingest looks for what is delivered again after it came back [s]."""


class Weight(StrEnum):
    """How grave a fault is."""

    LOSES = "loses messages"
    OPENS = "lets somebody speak for another"
    RISKS = "may lose messages"
    NOTES = "to know"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: the setting as it should be, and what it means as it is."""

    weight: Weight
    setting: str
    meaning: str


def faults(text: str) -> list[Fault]:
    r"""Faults of a `mosquitto.conf`, or of a configuration of nats-server: the latter has blocks in braces.

    Raises
    ------
    NotUnderstood
        when the text is neither.

    Examples
    --------
    >>> [fault.setting for fault in faults("listener 1883\nallow_anonymous false\nacl_file a\npersistence true")]
    ['max_queued_messages 0', 'autosave_on_changes true']
    """
    if re.search(r"^\s*[\w]+\s*[:=]?\s*\{", text, re.MULTILINE):
        return _of_nats(parse(text))
    return _of_mosquitto(_lines(text))


def _lines(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, _, value = line.strip().partition(" ")
        if name and not name.startswith("#"):
            if not re.fullmatch(r"[a-z_0-9]+", name):
                raise NotUnderstood(f"line {line[:80]!r} is neither Mosquitto's nor nats-server's")
            found[name] = value.strip()
    return found


def _of_mosquitto(said: dict[str, str]) -> list[Fault]:
    found = []
    if said.get("persistence") != "true":
        found.append(_loses("persistence true", "what it acknowledged and ingest has not fetched is gone when it ends"))
    if said.get("max_queued_messages") != "0":
        most = said.get("max_queued_messages", "1000, its default")
        found.append(
            _loses("max_queued_messages 0", f"keeps {most} messages while ingest is away and drops the others unseen")
        )
    if said.get("max_queued_bytes", "0") != "0":
        found.append(_loses("max_queued_bytes 0", "drops what exceeds it while ingest is away"))
    if "persistent_client_expiration" in said:
        found.append(
            Fault(Weight.RISKS, "no persistent_client_expiration", "forgets ingest's session when it is away too long")
        )
    if said.get("autosave_on_changes") != "true":
        every = said.get("autosave_interval", "1800")
        found.append(_loses("autosave_on_changes true", f"saves every {every} s: a kill loses all that came since"))
    if said.get("max_qos") == "0":
        found.append(_loses("max_qos 1", "QoS 0 is never repeated"))
    if said.get("allow_anonymous") == "true":
        found.append(Fault(Weight.OPENS, "allow_anonymous false", "whoever connects may speak"))
    if "acl_file" not in said and not any(name.startswith(("plugin", "auth_plugin")) for name in said):
        found.append(Fault(Weight.OPENS, "acl_file", "whoever is let in may speak for every source and hear it"))
    return found


def _of_nats(said: dict[str, Value]) -> list[Fault]:
    found = []
    if "mqtt" not in said:
        raise NotUnderstood("it has no block mqtt")
    mqtt, store = _block(said["mqtt"]), said.get("jetstream")
    if store is None or (isinstance(store, str) and store in {"false", "disabled"}):
        found.append(_loses("jetstream", "MQTT sessions need it"))
        return found
    sync = str(_block(store).get("sync_interval", _block(store).get("sync", "2m")))
    if sync != "always":
        short = seconds(sync) <= _SHORT_SYNC
        found.append(
            Fault(
                Weight.NOTES if short else Weight.RISKS,
                f"sync_interval: {sync}" if short else f"sync_interval: {SYNC}",
                f"brings to disk within {sync} what it acknowledged: a kill loses nothing, a power cut may lose that",
            )
        )
    if "consumer_inactive_threshold" in mqtt:
        found.append(
            _loses("no consumer_inactive_threshold", "forgets what waits for ingest when it is away for longer")
        )
    if seconds(str(mqtt.get("ack_wait", "30s"))) > _SHORT_DOUBT:
        found.append(
            Fault(
                Weight.RISKS,
                "ack_wait: 10s",
                "after a restart ingest takes what comes again so late for new: repeats are still recognised by value",
            )
        )
    users = _block(said.get("authorization", {})).get("users")
    if not users and "accounts" not in said:
        found.append(Fault(Weight.OPENS, "authorization { users }", "whoever connects may speak for every source"))
    if "no_auth_user" in said or "no_auth_user" in mqtt:
        found.append(Fault(Weight.OPENS, "no no_auth_user", "whoever connects without a password may speak"))
    return found


def _block(value: Value) -> dict[str, Value]:
    return value if isinstance(value, dict) else {}


def _loses(setting: str, meaning: str) -> Fault:
    return Fault(Weight.LOSES, setting, meaning)
