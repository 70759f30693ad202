"""One source's connection to the broker: QoS 1, a bounded window, resent after a broken connection."""

import time
from collections import deque
from threading import Event, Semaphore

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from simulators.broker_address import BrokerAddress
from simulators.encoding import Message
from simulators.totals import Totals

VERSIONS = {"5": MQTTv5, "3.1.1": MQTTv311}
"""Protocol versions by their public names."""

_WINDOW = 100
"""Messages on their way without acknowledgement; fewer where the broker announces a lower Receive Maximum."""

_PATIENCE = 600.0
"""Longest wait for one acknowledgement before giving up, broker restarts included [s]."""

_GREETING = 15.0
"""Longest wait for the broker's answer to a connection [s]."""


class Line:
    """A source's line to the broker.

    paho resends on its own after a reconnection whatever has no PUBACK, with DUP set: nothing is lost, and a broker
    that had it already is told so. Not safe for several publishing threads.
    """

    def __init__(
        self, source: str, address: BrokerAddress, user: str | None, password: str | None, version: str
    ) -> None:
        self.source = source
        self.totals = Totals()
        self._topic = f"telemetry/{source}/"
        self._waiting: dict[int, Message] = {}
        self._answered: deque[tuple[int, bool]] = deque()
        self._greeted, self._refusal = Event(), ""
        self._window, self._free = _WINDOW, Semaphore(_WINDOW)
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=VERSIONS[version])
        self._client.max_inflight_messages_set(_WINDOW)
        self._client.reconnect_delay_set(min_delay=1, max_delay=5)
        if user is not None:
            self._client.username_pw_set(user, password)
        if address.encrypted:
            self._client.tls_set()
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_publish = self._acknowledged
        self._open(address, version)

    def _open(self, address: BrokerAddress, version: str) -> None:
        try:
            self._client.connect(address.host, address.port, keepalive=30)
        except OSError as error:
            raise BrokerUnreachable(address, str(error)) from error
        self._client.loop_start()
        answered = self._greeted.wait(_GREETING)
        if self._refusal or not answered:
            self.close()
            raise BrokerRefused(self.source, self._refusal or f"no answer to a connection by MQTT {version}")

    def publish(self, message: Message) -> None:
        """Send, or wait until the window has room.

        Raises
        ------
        BrokerRefused
            if the broker no longer accepts this source.
        NotAcknowledged
            if it leaves a full window unanswered for ten minutes.
        """
        if not self._free.acquire(blocking=False):
            self._await_room()
        info = self._client.publish(self._topic + message.format, message.payload, qos=1)
        if info.rc not in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN):
            raise BrokerRefused(self.source, f"publishing failed: {info.rc!s}")
        self._waiting[info.mid] = message
        self.totals.published.add(message.readings, message.transactions, message.events)
        self._count()

    def settle(self, seconds: float = _PATIENCE) -> None:
        """Wait until the broker has answered everything.

        Raises
        ------
        BrokerRefused, NotAcknowledged
            as :meth:`publish`.
        """
        end = time.monotonic() + seconds
        while self._count():
            self._check()
            if time.monotonic() > end:
                raise NotAcknowledged(self.source, len(self._waiting))
            time.sleep(0.005)

    def close(self) -> None:
        """Take leave of the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def _await_room(self) -> None:
        end = time.monotonic() + _PATIENCE
        while not self._free.acquire(timeout=0.5):
            self._count()
            self._check()
            if time.monotonic() > end:
                raise NotAcknowledged(self.source, len(self._waiting))

    def _check(self) -> None:
        if self._refusal:
            raise BrokerRefused(self.source, self._refusal)

    def _count(self) -> int:
        """Book the answers that came; return how many are still missing.

        An answer may come before `publish` has learnt its message's number: then it is left for the next time.
        """
        for _ in range(len(self._answered)):
            number, accepted = self._answered.popleft()
            message = self._waiting.pop(number, None)
            if message is None:
                self._answered.append((number, accepted))
                continue
            load = self.totals.acknowledged if accepted else self.totals.refused
            load.add(message.readings, message.transactions, message.events)
        return len(self._waiting)

    def _connected(
        self, client: Client, userdata: object, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        del client, userdata, flags
        if reason.is_failure:
            if not self._greeted.is_set() or str(reason) in _FINAL:
                self._refusal = str(reason)
        elif not self._greeted.is_set():
            self._window = min(_WINDOW, getattr(properties, "ReceiveMaximum", _WINDOW))
            self._free = Semaphore(self._window)
        self._greeted.set()

    def _disconnected(
        self, client: Client, userdata: object, flags: DisconnectFlags, reason: ReasonCode, properties: object
    ) -> None:
        del client, userdata, properties
        if flags.is_disconnect_packet_from_server and str(reason) in _FINAL:
            self._refusal = str(reason)

    def _acknowledged(
        self, client: Client, userdata: object, number: int, reason: ReasonCode, properties: object
    ) -> None:
        del client, userdata, properties
        self._answered.append((number, not reason.is_failure))
        self._free.release()


_FINAL = frozenset({"Not authorized", "Bad user name or password", "Banned", "Packet too large"})
"""Reasons of a broker after which another try would only be answered the same."""


class BrokerUnreachable(OSError):
    """Nothing accepts a connection at the broker's address."""

    def __init__(self, address: BrokerAddress, cause: str) -> None:
        self.address = address
        super().__init__(f"no broker answers at {address.host}:{address.port}: {cause}")


class BrokerRefused(RuntimeError):
    """The broker does not accept this source."""

    def __init__(self, source: str, reason: str) -> None:
        self.source = source
        self.reason = reason
        super().__init__(f"the broker refuses {source}: {reason}")


class NotAcknowledged(RuntimeError):
    """The broker left messages without acknowledgement for too long."""

    def __init__(self, source: str, messages: int) -> None:
        self.source = source
        self.messages = messages
        super().__init__(f"{messages} messages of {source} were never acknowledged")
