"""A session of our own that goes away, and is asked what was kept for it when it comes back."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.broker_tls import tls_context
from ingest.settings import IngestSettings

log = logging.getLogger(__name__)

MESSAGES = 1100
"""How many are published; Mosquitto keeps 1,000 for a session that is away unless told otherwise."""

PATIENCE = 2.0
"""Longest time that the question may take [s]."""

QUIET = 0.4
"""The broker has brought all that it kept when it brings nothing more for so long [s]."""

VERSION = "$SYS/broker/version"
DROPPED = "$SYS/broker/publish/messages/dropped"

Hearer = Callable[[object, object, mqtt.MQTTMessage], None]


@dataclass(slots=True)
class Answer:
    """What the probe saw.

    Parameters
    ----------
    published
        Messages that the broker acknowledged while the session was away.
    kept
        Different ones of them that it brought when the session came back.
    version
        What it calls itself; empty where it does not say.
    dropped
        Messages that it says it dropped since it started.
    undecided
        Why the question has no answer; empty where it has.
    """

    published: int = 0
    kept: int = 0
    version: str = ""
    dropped: int = 0
    undecided: str = ""

    def faults(self) -> list[str]:
        """What is wrong with the broker, each with what to do."""
        found = []
        if not self.undecided and self.kept < self.published:
            found.append(
                f"the broker acknowledged {self.published} messages for a session that was away and kept {self.kept}: "
                f"whenever ingest is away or slow, the rest is lost. At Mosquitto set max_queued_messages 0"
            )
        if self.dropped:
            found.append(
                f"the broker says that it dropped {self.dropped} messages since it started; look at its queue limits"
            )
        return found


class Probe:
    """One question, in three connections: a session begins, messages come while it is away, it returns."""

    def __init__(self, settings: IngestSettings) -> None:
        self._settings = settings
        self._address = urlsplit(settings.broker_url.get_secret_value())
        self._name = f"{settings.ingest_name}-probe"
        self._topic = f"probe/{settings.ingest_name}"
        self._until = time.monotonic() + PATIENCE
        self._answer = Answer()

    def ask(self) -> Answer:
        """Ask; `OSError` or `ValueError` where the broker cannot be spoken to."""
        self._close(self._connect(self._name, clean=True))
        try:
            return self._asked()
        finally:
            self._end_session()

    def _asked(self) -> Answer:
        listener = self._connect(self._name)
        granted = self._subscribe(listener, self._topic)
        self._hear_of_itself(listener)
        self._close(listener)
        if not granted:
            self._answer.undecided = f"it lets our user subscribe to {self._topic} no more than a stranger"
            return self._answer
        self._publish()
        self._collect()
        return self._answer

    def _end_session(self) -> None:
        self._until = time.monotonic() + QUIET
        try:
            self._close(self._connect(self._name, clean=True))
        except OSError as error:
            log.info("the session of the question stays with the broker until it is asked again: %s", error)

    def _publish(self) -> None:
        acknowledged: set[int] = set()
        refused: list[str] = []

        def on_publish(_c: object, _d: object, number: int, reason: ReasonCode, _p: object) -> None:
            if reason.is_failure:
                refused.append(str(reason))
            else:
                acknowledged.add(number)

        publisher = self._connect(f"{self._name}-2", clean=True)
        publisher.on_publish = on_publish
        for number in range(MESSAGES):
            publisher.publish(self._topic, number.to_bytes(2, "big"), qos=1)
        self._work(publisher, lambda: len(acknowledged) + len(refused) == MESSAGES)
        self._close(publisher)
        self._answer.published = len(acknowledged)
        if refused:
            self._answer.undecided = f"it does not let our user publish to {self._topic}: {refused[0]}"
        elif len(acknowledged) < MESSAGES:
            self._answer.undecided = f"it acknowledged {len(acknowledged)} of {MESSAGES} messages in the time given"

    def _collect(self) -> None:
        kept: set[bytes] = set()
        latest = [time.monotonic()]

        def on_message(_c: object, _d: object, message: mqtt.MQTTMessage) -> None:
            kept.add(bytes(message.payload))
            latest[0] = time.monotonic()

        listener = self._connect(self._name, on_message=on_message)
        self._until = max(self._until, time.monotonic() + QUIET * 2)
        self._work(listener, lambda: len(kept) == MESSAGES or time.monotonic() - latest[0] > QUIET)
        self._answer.kept = len(kept)
        if time.monotonic() >= self._until and len(kept) < MESSAGES and not self._answer.undecided:
            self._answer.undecided = f"it brought {len(kept)} of {MESSAGES} messages in the time given, and went on"
        if not kept and not self._answer.undecided:
            self._answer.undecided = "it brought none of what we published: does our user's right cover probe/#?"
        self._close(listener)

    def _hear_of_itself(self, listener: mqtt.Client) -> None:
        said: dict[str, bytes] = {}

        def on_message(_c: object, _d: object, message: mqtt.MQTTMessage) -> None:
            said[message.topic] = bytes(message.payload)

        listener.on_message = on_message
        if not self._subscribe(listener, VERSION, qos=0) or not self._subscribe(listener, DROPPED, qos=0):
            return
        self._work(listener, lambda: len(said) == 2, longest=0.1)  # noqa: PLR2004 - the two that we asked for
        self._answer.version = said.get(VERSION, b"").decode(errors="replace")
        self._answer.dropped = int(said[DROPPED]) if said.get(DROPPED, b"").isdigit() else 0
        for topic in (VERSION, DROPPED):
            listener.unsubscribe(topic)
        self._work(listener, lambda: not listener.want_write(), longest=0.1)

    def _connect(
        self,
        name: str,
        *,
        clean: bool = False,
        on_message: Hearer | None = None,
    ) -> mqtt.Client:
        newer = self._settings.mqtt_version == "5"
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=name,
            clean_session=None if newer else clean,
            protocol=mqtt.MQTTv5 if newer else mqtt.MQTTv311,
            reconnect_on_failure=False,
        )
        client.max_inflight_messages_set(MESSAGES + 1)
        user = self._address.username
        if user:
            client.username_pw_set(unquote(user), unquote(self._address.password or ""))
        if self._address.scheme == "mqtts":
            client.tls_set_context(tls_context(self._settings))
        reached: list[str] = []
        client.on_connect = lambda _c, _d, _f, reason, _p: reached.append(str(reason) if reason.is_failure else "")
        if on_message is not None:
            client.on_message = on_message
        client.connect_timeout = PATIENCE
        port = self._address.port or (8883 if self._address.scheme == "mqtts" else 1883)
        host = self._address.hostname or "127.0.0.1"
        if newer:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho does not type it
            properties.SessionExpiryInterval = 0 if clean else 60
            client.connect(host, port, clean_start=clean, properties=properties)
        else:
            client.connect(host, port)
        if not self._work(client, lambda: bool(reached)) or reached[0]:
            raise OSError(f"it refuses us: {reached[0]}" if reached else "it does not answer")
        return client

    def _subscribe(self, client: mqtt.Client, topic: str, *, qos: int = 1) -> bool:
        granted: list[bool] = []
        client.on_subscribe = lambda _c, _d, _m, reasons, _p: granted.append(not reasons[0].is_failure)
        client.subscribe(topic, qos=qos)
        return self._work(client, lambda: bool(granted)) and granted[0]

    def _work(self, client: mqtt.Client, done: Callable[[], bool], *, longest: float | None = None) -> bool:
        """Drive a client until something has come about; False where it did not in time."""
        until = self._until if longest is None else min(self._until, time.monotonic() + longest)
        while not done():
            if time.monotonic() >= until or client.loop(0.05) != mqtt.MQTT_ERR_SUCCESS:
                return done()
        return True

    def _close(self, client: mqtt.Client) -> None:
        client.disconnect()
        while client.want_write() and client.loop_write() == mqtt.MQTT_ERR_SUCCESS:
            continue
        client.loop(0.01)
