"""Does a broker lose what it acknowledged when it is killed? `python -m benchmarks.broker_kill --make nats`.

A source publishes at full speed to a session that is away, the broker is killed with SIGKILL at a random moment and
started again, and the session fetches what was kept: whatever was acknowledged and does not come is lost. The random
moments follow from the seed.
"""

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import numpy as np
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.servers import Mosquitto, mosquitto_is_installed
from ingest.broker.layout import SYNC
from standalone.broker import EmbeddedBroker

SOURCE = "kill"
TOPIC = f"telemetry/{SOURCE}/native"
SIZE = 300
IN_FLIGHT = 1000
PATIENCE = 20.0
QUIET = 3.0


class Killable(Protocol):
    """A broker that can be killed and started again on its data."""

    def url(self, user: str = ...) -> str:
        """Address of a user."""
        ...

    def ensure_source(self, code: str) -> str:
        """Let a source in."""
        ...


@dataclass(frozen=True, slots=True)
class Round:
    """One kill: messages acknowledged, those of them that were lost, and the speed before it [1/s]."""

    acknowledged: int
    lost: int
    rate: float


def main() -> int:
    """Kill, count, print; status 1 where anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", choices=["nats", "mosquitto"], default="nats")
    parser.add_argument("--sync", default=SYNC, help="sync_interval of nats-server")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--seconds", type=float, default=55.0, help="no further kill after so long")
    options = parser.parse_args()
    if options.make == "mosquitto" and not mosquitto_is_installed():
        print("mosquitto is not installed", file=sys.stderr)
        return 2
    chance = np.random.default_rng(options.seed)
    rounds, began = list[Round](), time.monotonic()
    while len(rounds) < options.kills and time.monotonic() - began < options.seconds:
        with tempfile.TemporaryDirectory(prefix="hengjian-kill-") as directory:
            rounds.append(_one(options.make, Path(directory) / "broker", options.sync, 0.3 + 0.7 * chance.random()))
    lost, acknowledged = sum(one.lost for one in rounds), sum(one.acknowledged for one in rounds)
    name = f"nats-server, sync_interval {options.sync}" if options.make == "nats" else "mosquitto, saving on changes"
    print(
        f"{name}: seed {options.seed}, {len(rounds)} kills, {acknowledged:,} acknowledged, {lost:,} lost "
        f"in {sum(one.lost > 0 for one in rounds)} kills, {np.median([one.rate for one in rounds]):,.0f} messages/s"
    )
    return 1 if lost else 0


def _one(make: str, directory: Path, sync: str, seconds: float) -> Round:
    broker = EmbeddedBroker(directory, sync=sync) if make == "nats" else Mosquitto(directory)
    with broker:
        broker.ensure_source(SOURCE)
        _fetch(broker, set())
        acknowledged, rate = _publish_until_killed(broker, seconds)
        broker.stop()
        broker.start()
        missing = _fetch(broker, acknowledged)
    return Round(len(acknowledged), len(missing), rate)


def _publish_until_killed(broker: EmbeddedBroker | Mosquitto, seconds: float) -> tuple[set[int], float]:
    """Publish at full speed, kill the broker after so long; numbers that it acknowledged until then, and its speed."""
    client = _client(broker.url(SOURCE), SOURCE, clean=True)
    numbers: dict[int, int] = {}
    acknowledged: set[int] = set()
    client.on_publish = lambda _c, _d, mid, _r, _p: acknowledged.add(numbers[mid])
    began, sent = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        while sent - len(acknowledged) < IN_FLIGHT:
            numbers[client.publish(TOPIC, sent.to_bytes(4, "big").ljust(SIZE, b"."), qos=1).mid] = sent
            sent += 1
        client.loop(0.01)
    process = broker.process
    if process is None:
        raise RuntimeError("the broker is not running")
    process.kill()
    process.wait()
    rate = len(acknowledged) / (time.monotonic() - began)
    while client.loop(0.01) == mqtt.MQTT_ERR_SUCCESS:
        continue  # what it said before it died counts
    return acknowledged, rate


def _fetch(broker: Killable, wanted: set[int]) -> set[int]:
    """Take everything out of the session; which of the wanted numbers did not come."""
    came: set[int] = set()
    latest = [time.monotonic()]

    def on_message(_c: object, _d: object, message: mqtt.MQTTMessage) -> None:
        came.add(int.from_bytes(message.payload[:4], "big"))
        latest[0] = time.monotonic()

    client = _client(broker.url(), "listener", clean=False)
    client.on_message = on_message
    granted: list[object] = []
    client.on_subscribe = lambda _c, _d, _m, reasons, _p: granted.append(reasons)
    client.subscribe("telemetry/#", qos=1)
    until = time.monotonic() + PATIENCE
    while not granted and time.monotonic() < until:
        client.loop(0.05)
    while not wanted <= came and time.monotonic() - latest[0] < QUIET:
        client.loop(0.05)
    client.disconnect()
    client.loop(0.05)
    return wanted - came


def _client(url: str, name: str, *, clean: bool) -> mqtt.Client:
    parts = urlsplit(url)
    client = mqtt.Client(CallbackAPIVersion.VERSION2, name, clean_session=clean, reconnect_on_failure=False)
    client.username_pw_set(unquote(parts.username or ""), unquote(parts.password or ""))
    client.max_inflight_messages_set(IN_FLIGHT)
    client.max_queued_messages_set(0)
    client.connect(parts.hostname or "", parts.port or 1883)
    until = time.monotonic() + PATIENCE
    while not client.is_connected():
        if time.monotonic() > until or client.loop(0.05) != mqtt.MQTT_ERR_SUCCESS:
            raise RuntimeError(f"the broker does not let {name} in")
    return client


if __name__ == "__main__":
    sys.exit(main())
