"""The MQTT subscriber: one persistent session, acknowledgement only after COMMIT, never more in hand than is bounded.

What bounds it: with MQTT 5 the receive maximum that we announce; with 3.1.1 the broker's own limit
(`max_inflight_messages` of Mosquitto, `max_ack_pending` of nats-server); in any case the payload in hand, beyond which
nothing more is read from the socket. What is not acknowledged stays with the broker, and comes again.

paho's client is driven from one thread, so that receiving, acknowledging and reconnecting never race.
"""

import logging
import select
import socket
from collections import deque
from datetime import UTC, datetime
from threading import Event, Thread
from time import monotonic
from urllib.parse import unquote, urlsplit

from paho.mqtt import client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.backlog import Backlog, Delivery
from ingest.broker_check import SessionMemory
from ingest.broker_tls import tls_context
from ingest.client import Client
from ingest.publications import Publication
from ingest.pulse import Pulse
from ingest.redelivery import digest_of
from ingest.settings import IngestSettings
from ingest.wire import Wire

log = logging.getLogger(__name__)

NEVER = 0xFFFFFFFF
"""The session, and with it what the broker keeps for us, never expires (MQTT 5, 3.1.2.11.2)."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
"""Pause after a connection was lost, and longest pause between two attempts to connect [s]."""

PATIENCE = 10.0
"""How long an attempt to connect may take, and then the broker's answer [s]."""

DOUBT = 15.0
"""How long a resumed session may bring what was committed before without a mark; longer than nats-server's `ack_wait`,
after which it delivers again [s]."""

PUBACK = b"\x40\x02"
"""Head of an acknowledgement, before the packet number; success needs no more in MQTT 5 either (3.4.2.1)."""


class Subscriber:
    """Receives telemetry in a thread of its own.

    Parameters
    ----------
    backlog
        Where messages go.
    """

    def __init__(self, settings: IngestSettings, backlog: Backlog) -> None:
        self._settings = settings
        self._backlog = backlog
        self._address = urlsplit(settings.broker_url.get_secret_value())
        group = settings.shared_subscription
        self._filter = f"$share/{group}/telemetry/#" if group else "telemetry/#"
        self._client = self._make_client()
        self._keepalive = settings.broker_keepalive.total_seconds()
        self._pulse = Pulse(self._keepalive, self._client._send_pingreq)  # noqa: SLF001 - paho has no public way to ask
        self._thread = Thread(target=self._run, name="mqtt", daemon=True)
        self._leaving = Event()
        self._committed: deque[list[Delivery]] = deque()
        self._woken, self._waking = socket.socketpair()
        self._woken.setblocking(False)
        self._waking.setblocking(False)
        # Numbers connections; packet numbers in hand belong to the present one.
        self._connection = 0
        self._in_hand: set[int] = set()
        self._refusal = ""
        self._doubt_until = 0.0
        self.session = SessionMemory()
        self.failure: Exception | None = None
        self.received = 0
        self.connected = False

    def hears(self) -> bool:
        """Whether what was published since this was last asked has been received: connected, and no more waits behind.

        While messages wait at the broker it fills the whole window at once: the most in hand tells it, not one moment.
        """
        calm = self._backlog.calm(self._settings.receive_maximum // 2)
        return self.connected and calm

    def start(self) -> None:
        """Begin to receive."""
        self._thread.start()

    def leave(self, *, patience: float = 5.0) -> None:
        """Send what is to be acknowledged and disconnect; the broker keeps the session."""
        self._leaving.set()
        self._wake()
        if self._thread.is_alive():
            self._thread.join(patience)
        if not self._thread.is_alive():
            self._woken.close()
            self._waking.close()

    def acknowledge(self, deliveries: list[Delivery]) -> None:
        """Acknowledge committed messages in order; those of a lost connection will come again instead.

        Not to be called after :meth:`leave`.
        """
        self._committed.append(deliveries)
        self._wake()

    def _wake(self) -> None:
        try:
            self._waking.send(b"\0")
        except BlockingIOError:
            return  # enough wake-ups wait already

    def _make_client(self) -> Client:
        newer = self._settings.mqtt_version == "5"
        client = Client(self._settings.ingest_name, newer=newer, receive=self._receive)
        if self._address.username:
            client.username_pw_set(unquote(self._address.username), unquote(self._address.password or ""))
        if self._address.scheme == "mqtts":
            client.tls_set_context(tls_context(self._settings))
        client.connect_timeout = PATIENCE
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        return client

    def _run(self) -> None:
        try:
            self._keep_connected()
        except Exception as error:
            log.exception("the subscriber failed")
            self.failure = error

    def _keep_connected(self) -> None:
        pause = FIRST_PAUSE
        while not self._leaving.is_set():
            began = monotonic()
            try:
                self._connect()
            except (OSError, ValueError) as error:
                self._refusal = str(error)
            else:
                self._serve()
            if self.connected and monotonic() - began > PATIENCE:
                pause = FIRST_PAUSE  # not after a short one: two under one name throw each other out
            self._forget()
            if self._leaving.is_set():
                return
            log.warning(
                "no connection to the broker at %s:%d (%s); trying again in %.1f s",
                self._address.hostname,
                self._port(),
                self._refusal or "the connection was lost",
                pause,
            )
            self._leaving.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _port(self) -> int:
        return self._address.port or (8883 if self._address.scheme == "mqtts" else 1883)

    def _connect(self) -> None:
        self._refusal = ""
        host, keepalive = self._address.hostname or "127.0.0.1", int(self._keepalive)
        if self._settings.mqtt_version == "5":
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho does not type it
            properties.SessionExpiryInterval = NEVER
            properties.ReceiveMaximum = self._settings.receive_maximum
            self._client.connect(host, self._port(), keepalive, clean_start=False, properties=properties)
        else:
            self._client.connect(host, self._port(), keepalive)

    def _forget(self) -> None:
        """The connection is gone: nothing received on it can be acknowledged any more."""
        self.connected = False
        self._connection += 1
        self._in_hand.clear()
        self._backlog.forget()

    def _serve(self) -> None:
        """Until the connection is lost or we leave it."""
        client, must_answer = self._client, monotonic() + PATIENCE
        self._pulse.begin()
        while isinstance(connection := client.socket(), Wire):
            reading = not (self._enough and self.connected)
            buffered = reading and connection.pending() > 0
            heard: list[Wire | socket.socket] = [connection, self._woken] if reading else [self._woken]
            ready, _, _ = select.select(
                heard,
                [connection] if connection.unsent else [],
                [],
                0 if buffered else min(0.5, self._keepalive / 4),
            )
            if self._woken in ready:
                self._woken.recv(4096)
            self._send_acknowledgements(connection)
            if buffered or connection in ready or not reading:
                self._pulse.hear()
            if buffered or connection in ready:
                client.read(connection)
            if client.want_write():
                client.loop_write()
            try:
                connection.flush()
            except OSError as error:
                self._refusal = str(error)
                client.disconnect()
                return
            if not self._alive(must_answer):
                client.disconnect()
                return
            if self._leaving.is_set() and not self._committed and not connection.unsent:
                client.disconnect()
                return

    @property
    def _enough(self) -> bool:
        """Whether nothing more is to be read now.

        Mosquitto 2.0 sends ahead all that waits, whatever was agreed on; beyond 65,535 messages its packet numbers
        come again, while we would still hold what came under them before.
        """
        return self._backlog.full or len(self._in_hand) >= self._settings.receive_maximum

    def _alive(self, must_answer: float) -> bool:
        """Whether the connection deserves more patience."""
        if not self.connected:
            if monotonic() > must_answer:
                self._refusal = self._refusal or "it does not answer"
            return monotonic() <= must_answer
        silence = self._pulse.silence()
        if silence is not None:
            self._refusal = f"not a word from it for {silence:.0f} s"
        return silence is None

    def _send_acknowledgements(self, connection: Wire) -> None:
        """All that are due in one piece: paho would make each a packet of its own, and send it by a call of its own."""
        while self._committed:
            due = [
                delivery.packet
                for delivery in self._committed.popleft()
                if delivery.connection == self._connection and delivery.packet in self._in_hand
            ]
            connection.send(b"".join(PUBACK + packet.to_bytes(2, "big") for packet in due))
            self._in_hand.difference_update(due)

    def _on_connect(
        self,
        client: mqtt.Client,
        _data: object,
        flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._refusal = f"the broker refuses us: {reason}"
            return
        log.info(
            "connected to the broker at %s:%d, session %s",
            self._address.hostname,
            self._port(),
            "resumed" if flags.session_present else "new: what was published before it was not kept for us",
        )
        self.session.connected(session_present=flags.session_present)
        self._doubt_until = monotonic() + DOUBT if flags.session_present else 0.0
        client.subscribe(self._filter, qos=1)

    def _on_subscribe(
        self, client: mqtt.Client, _data: object, _mid: int, reasons: list[ReasonCode], _p: Properties | None
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self._refusal = f"the broker refuses the subscription to {self._filter}: {reasons[0]}"
            client.disconnect()
            return
        log.info("subscribed to %s", self._filter)
        self.connected = True

    def _receive(self, publications: list[Publication]) -> bool:
        """Put publications into the backlog; whether it takes more."""
        now, connection, in_hand = datetime.now(UTC), self._connection, self._in_hand
        resumed = self._doubt_until > 0.0 and monotonic() < self._doubt_until
        deliveries = []
        for topic, payload, packet, redelivered in publications:
            if packet in in_hand:
                continue  # delivered again for our slowness, while it is still in hand
            if packet:
                in_hand.add(packet)
            digest = digest_of(topic, payload)  # here, because this thread has time when messages are large
            deliveries.append(Delivery(topic, payload, now, redelivered, connection, packet, digest, resumed))
        self.received += len(deliveries)
        self._backlog.put(deliveries)
        return not self._enough
