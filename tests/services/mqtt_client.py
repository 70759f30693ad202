"""A plain MQTT client for tests: it remembers what it received and acknowledges only when told."""

import threading
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt


class Listener:
    """A client with a persistent session and manual acknowledgement.

    Parameters
    ----------
    url
        Broker URL with user and password.
    name
        Client id, which names the session.
    subscribe
        Topic filter, or None to only publish.
    acknowledge
        Whether to acknowledge what arrives.
    version
        `5` or `3.1.1`.
    """

    def __init__(
        self, url: str, name: str, *, subscribe: str | None = None, acknowledge: bool = True, version: str = "3.1.1"
    ) -> None:
        self.received: list[tuple[str, bytes, bool]] = []
        self.granted: list[str] = []
        self.refused: str | None = None
        self._parts = urlsplit(url)
        self._subscribe = subscribe
        self._acknowledge = acknowledge
        self._changed = threading.Condition()
        self._connected = 0
        self._version5 = version == "5"
        options: dict[str, object] = {} if self._version5 else {"clean_session": False}
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=name,
            protocol=mqtt.MQTTv5 if self._version5 else mqtt.MQTTv311,
            manual_ack=True,
            reconnect_on_failure=True,
            **options,  # type: ignore[arg-type]  # one option whose absence MQTT 5 demands
        )
        self.client.username_pw_set(unquote(self._parts.username or ""), unquote(self._parts.password or ""))
        self.client.reconnect_delay_set(min_delay=1, max_delay=1)
        self.client.max_queued_messages_set(0)
        self.client.on_connect = self._on_connect
        self.client.on_subscribe = self._on_subscribe
        self.client.on_message = self._on_message

    def __enter__(self) -> Self:
        options: dict[str, object] = {}
        if self._version5:
            properties = mqtt.Properties(mqtt.PacketTypes.CONNECT)
            properties.SessionExpiryInterval = 3600
            options = {"properties": properties, "clean_start": False}
        self.client.connect(self._parts.hostname or "", self._parts.port or 1883, **options)
        self.client.loop_start()
        expected = (lambda: self.granted) if self._subscribe else (lambda: self._connected)
        self.wait(lambda: bool(expected()) or self.refused is not None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def wait(self, condition: object, seconds: float = 30) -> bool:
        """Wait until a condition over this client holds; False when it never did."""
        assert callable(condition)
        with self._changed:
            return bool(self._changed.wait_for(condition, seconds))

    def bodies(self) -> list[bytes]:
        """What arrived, in order, repeats included."""
        return [body for _, body, _ in self.received]

    @property
    def connections(self) -> int:
        """How often this client has been connected."""
        return self._connected

    def publish(self, topic: str, body: bytes) -> mqtt.MQTTMessageInfo:
        """Publish at QoS 1 without waiting."""
        return self.client.publish(topic, body, qos=1)

    def _on_connect(self, _client: object, _data: object, _flags: object, reason: mqtt.ReasonCode, _p: object) -> None:
        with self._changed:
            if reason.is_failure:
                self.refused = str(reason)
            else:
                self._connected += 1
                if self._subscribe:
                    self.client.subscribe(self._subscribe, qos=1)
            self._changed.notify_all()

    def _on_subscribe(self, _client: object, _data: object, _mid: int, reasons: list[object], _p: object) -> None:
        with self._changed:
            self.granted.append(str(reasons[0]))
            self._changed.notify_all()

    def _on_message(self, client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        with self._changed:
            self.received.append((message.topic, message.payload, message.dup))
            if self._acknowledge:
                client.ack(message.mid, message.qos)
            self._changed.notify_all()
