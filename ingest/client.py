"""paho's MQTT client as ingest uses it: plain publications go past it, everything else through it."""

from collections.abc import Callable
from typing import Any

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from ingest.publications import UNREADABLE_TOPIC, Publication
from ingest.wire import Wire

READS = 200
"""Steps of reading before acknowledgements are looked at again."""


class Client(mqtt.Client):
    """Keeps a session, and acknowledges nothing of itself.

    Parameters
    ----------
    name
        MQTT client id.
    newer
        Whether it speaks MQTT 5 instead of 3.1.1.
    receive
        Takes publications, and says whether more are wanted now.
    """

    def __init__(self, name: str, *, newer: bool, receive: Callable[[list[Publication]], bool]) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=name,
            clean_session=None if newer else False,
            protocol=mqtt.MQTTv5 if newer else mqtt.MQTTv311,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        self._newer = newer
        self._receive = receive
        self._more = False

    def read(self, connection: Wire) -> None:
        """Take what has come, until nothing more is wanted."""
        for _ in range(READS):
            amid_packet = self._in_packet["command"]
            plain = [] if amid_packet else connection.publications(newer=self._newer)
            if plain:
                self._more = self._receive(plain) and connection.pending() > 0
            else:
                self._more = False
                self.loop_read()
            if not self._more or self._sock is not connection:  # paho closes what is malformed
                return

    def _create_socket(self) -> Any:  # paho's own type is a socket; it needs no more of one than this has
        return Wire(super()._create_socket())

    def _handle_on_message(self, message: mqtt.MQTTMessage) -> None:
        """Hand a message on; paho would first look for callbacks by topic."""
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = UNREADABLE_TOPIC
        self._more = self._receive([Publication(topic, bytes(message.payload), message.mid, message.dup)])
