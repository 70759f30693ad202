"""A subscriber that does nothing but acknowledge: `python -m benchmarks.ingest.bare`, with paho as it comes.

It says `ready` once it is subscribed, and in the end how many messages came, from when to when, and its processor
time.
"""

import argparse
import json
import sys
import time
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ingest.settings import IngestSettings
from ingest.subscriber import NEVER


class Bare:
    """Counts and acknowledges.

    Parameters
    ----------
    expected
        Messages after which it leaves; zero: as soon as it is subscribed.
    """

    def __init__(self, url: str, version: str, name: str, expected: int) -> None:
        self.received = 0
        self.began = self.ended = self.used = 0.0
        self._expected = expected
        self._newer = version == "5"
        self._address = urlsplit(url)
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=name,
            clean_session=None if self._newer else False,
            protocol=mqtt.MQTTv5 if self._newer else mqtt.MQTTv311,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        self._client.username_pw_set(unquote(self._address.username or ""), unquote(self._address.password or ""))
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def run(self) -> None:
        """Until all came."""
        host, port = self._address.hostname or "", self._address.port or 1883
        if self._newer:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho does not type it
            properties.SessionExpiryInterval = NEVER
            properties.ReceiveMaximum = IngestSettings.model_fields["receive_maximum"].default
            self._client.connect(host, port, clean_start=False, properties=properties)
        else:
            self._client.connect(host, port)
        self._client.loop_forever()

    def _on_connect(self, client: mqtt.Client, *_: object) -> None:
        client.subscribe("telemetry/#", qos=1)

    def _on_subscribe(self, client: mqtt.Client, *_: object) -> None:
        print("ready", flush=True)
        if not self._expected:
            client.disconnect()

    def _on_message(self, client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        if not self.received:
            self.began, self.used = time.time(), time.process_time()
        self.received += not message.dup
        client.ack(message.mid, message.qos)
        if self.received == self._expected:
            self.ended, self.used = time.time(), time.process_time() - self.used
            client.disconnect()


def main() -> int:
    """Receive; 1 where not all came."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest.bare", description=__doc__)
    parser.add_argument("url", help="mqtt://user:password@host:port")
    parser.add_argument("--version", default="3.1.1", help="of MQTT")
    parser.add_argument("--name", default="bench-bare", help="MQTT client id")
    parser.add_argument("--messages", type=int, default=0, help="messages after which it leaves")
    given = parser.parse_args()
    bare = Bare(given.url, given.version, given.name, given.messages)
    bare.run()
    said = {"received": bare.received, "began": bare.began, "ended": bare.ended, "processor": bare.used}
    print(json.dumps(said), flush=True)
    return 0 if bare.received == given.messages else 1


if __name__ == "__main__":
    sys.exit(main())
