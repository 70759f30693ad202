"""How long it takes from a reading to the alert that it raises, while a simulated city runs beside it.

The product is started as a user starts it. Once it has caught up with the city's history, water meters of a source of
our own report a register that runs backwards, one at a time, at random moments. Measured for each, by one clock, from
the receipt of the reading, and from its commit (start of the transaction that stored it: table intake), until its
alert arrives on the live feed.
"""

import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.page import write_section
from benchmarks.product import HENGJIAN, NotReady, Product, running
from simulators import state

ROOT = Path(__file__).resolve().parent.parent
SOURCE = "latency-probe"
GOAL = timedelta(seconds=5)
SETTLED = timedelta(seconds=20)
"""How long the watch must have had no more than live readings to do before measuring begins."""

STAGES = ("summarise", "detect")
"""What the watch calls its passes by rules and by detectors."""

RECEIVED = """
    SELECT serial, reading.received_at,
           (SELECT min(committed_at) FROM intake
             WHERE source_code = %(source)s AND committed_at >= reading.received_at)
      FROM reading JOIN instrument ON instrument.id = reading.instrument_id
      JOIN source ON source.id = instrument.source_id
     WHERE source.code = %(source)s AND taken_at = %(at)s"""


@dataclass(frozen=True)
class Times:
    """Latencies of every probe [s], and the duration of the watch's passes by rules and by detectors meanwhile [s]."""

    from_receipt: list[float]
    from_commit: list[float]
    by_rules: list[float]
    by_detectors: list[float]


class Listener:
    """Remembers when each probe's alert arrived on the live feed."""

    def __init__(self, address: str, key: str) -> None:
        self.arrived: dict[str, datetime] = {}
        self.ready = threading.Event()
        self._address, self._key = address, key
        threading.Thread(target=self._listen, name="feed", daemon=True).start()

    def _listen(self) -> None:
        headers = {"Authorization": f"Bearer {self._key}"}
        patience = httpx.Timeout(10, read=None)
        with httpx.stream("GET", f"{self._address}/v1/alerts/stream", headers=headers, timeout=patience) as stream:
            stream.raise_for_status()
            topic = ""
            for line in stream.iter_lines():
                now = datetime.now(UTC)
                name, _, text = line.partition(": ")
                self.ready.set()
                topic = text if name == "event" else topic
                if name == "data" and topic == "alert.opened":
                    instrument = json.loads(text)["instrument"]
                    if instrument["source"] == SOURCE:
                        self.arrived[instrument["serial"]] = now


def enrol(product: Product, work: Path, probes: int) -> list[str]:
    """Enrol water meters that only this measurement speaks for."""
    serials = [f"P-{number:04}" for number in range(probes)]
    site = {"code": SOURCE, "name_zh": "延迟测量", "name_en": "Latency measurement"}
    listed = work / "probes.ndjson"
    rows = ({"source": SOURCE, "serial": serial, "kind": "water_meter", "site": site} for serial in serials)
    listed.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    product.hengjian("instrument", "enrol", str(listed))
    return serials


def connect(product: Product) -> mqtt.Client:
    """A client of the source's own, connected."""
    passwords = json.loads(product.credentials(SOURCE).read_text(encoding="utf-8"))
    host, port = product.environment["HENGJIAN_BROKER_URL"].rpartition("/")[2].split(":")
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=SOURCE, protocol=mqtt.MQTTv311)
    client.username_pw_set(SOURCE, passwords[SOURCE])
    client.connect(host, int(port))
    client.loop_start()
    return client


def publish(client: mqtt.Client, serial: str, at: datetime, value: str) -> None:
    """Publish one reading and wait for its acknowledgement."""
    reading = {"taken_at": at.isoformat(), "registers": {"volume": value}}
    body = json.dumps({"instrument": serial, "readings": [reading]})
    client.publish(f"telemetry/{SOURCE}/native", body, qos=1).wait_for_publish(30)


def catch_up(product: Product, patience: timedelta) -> None:
    """Wait until the city's history is published and judged.

    Raises
    ------
    NotReady
        if that takes longer than `patience`.
    """
    until, quiet_since = time.monotonic() + patience.total_seconds(), None
    while time.monotonic() < until:
        ((behind,),) = product.ask(
            "SELECT count(*) FROM due WHERE marked_at < now() - interval '20 seconds' "
            "AND (stage = 'summarise' OR day < current_date - 1)"
        )
        city = state.load(product.data / "city" / "state.json")
        published = city.published_until if city else None
        if behind or published is None or published < datetime.now(UTC) - timedelta(hours=1):
            quiet_since = None
        elif quiet_since is None:
            quiet_since = time.monotonic()
        elif time.monotonic() - quiet_since > SETTLED.total_seconds():
            return
        time.sleep(1)
    raise NotReady("the product did not catch up with the city's history")


def measure(product: Product, work: Path, probes: int, seed: int) -> Times:
    """Publish the probes at random moments, about two a second, and see when their alerts come."""
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    command = [HENGJIAN, "key", "create", "--name", SOURCE, "--role", "viewer"]
    key = subprocess.run(
        command, env={**os.environ, **product.environment}, check=True, capture_output=True, text=True
    ).stdout.split()[-1]
    serials = enrol(product, work, probes)
    client = connect(product)
    before, at = (datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=minutes) for minutes in (10, 5))
    for serial in serials:
        publish(client, serial, before, "100.000")
    catch_up(product, timedelta(minutes=15))
    listener = Listener(f"http://127.0.0.1:{product.port}", key)
    if not listener.ready.wait(30):
        raise NotReady("the live feed says nothing")
    rules, detectors = (len(pass_seconds(product, stage)) for stage in STAGES)
    for serial in chance.sample(serials, len(serials)):
        time.sleep(chance.expovariate(2.0))
        publish(client, serial, at, "99.000")
    until = time.monotonic() + 60
    while len(listener.arrived) < probes and time.monotonic() < until:
        time.sleep(0.2)
    client.disconnect()
    client.loop_stop()
    if len(listener.arrived) < probes:
        raise NotReady(f"{probes - len(listener.arrived)} of {probes} alerts never came")
    rows = product.ask(RECEIVED, source=SOURCE, at=at)
    return Times(
        sorted((listener.arrived[serial] - received).total_seconds() for serial, received, _ in rows),
        sorted((listener.arrived[serial] - committed).total_seconds() for serial, _, committed in rows),
        pass_seconds(product, STAGES[0])[rules:],
        pass_seconds(product, STAGES[1])[detectors:],
    )


def pass_seconds(product: Product, stage: str) -> list[float]:
    """Duration of each pass of a stage so far [s], by the watch's own log."""
    said = (product.data / "logs" / "watch.log").read_text(encoding="utf-8")
    return [float(seconds) for seconds in re.findall(rf"{stage} block .*, (\d+\.\d+) s$", said, re.MULTILINE)]


def quantile(ordered: list[float], share: float) -> float:
    """The smallest value that this share of the values does not exceed."""
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def report(times: Times, city: tuple[int, int], seed: int) -> str:
    """The section as Markdown."""
    lines = [
        "## From reading to alert",
        "",
        (
            f"Made by `python -m benchmarks.alert_latency --seed {seed}` on {os.cpu_count()} cores, broker, database "
            f"and city included, load average {os.getloadavg()[1]:.1f} over the five minutes before the end."
        ),
        (
            f"A simulated city of {city[0]:,} instruments, {city[1]:,} readings kept, ran beside it at real pace. "
            f"{len(times.from_commit)} water meters reported a register that runs backwards, at random moments, about "
            "two a second."
        ),
        "",
        "| Until the alert is on the live feed [s] | p50 | p90 | p99 | longest |",
        "|---|--:|--:|--:|--:|",
    ]
    for said, ordered in (("from the reading's receipt", times.from_receipt), ("from its commit", times.from_commit)):
        shown = " | ".join(f"{quantile(ordered, share):.2f}" for share in (0.5, 0.9, 0.99, 1))
        lines.append(f"| {said} | {shown} |")
    typical = statistics.median(times.by_rules)
    ratio = quantile(times.from_commit, 0.99) / typical
    lines += [
        "",
        (
            f"The rules took {typical:.2f} s over the block in the median of {len(times.by_rules)} passes, "
            f"{max(times.by_rules):.2f} s at the longest; p99 from commit is {ratio:.1f} times the median. A block "
            "rests after each pass for as long as it took (0.5 s at least), so that marks gather: a reading waits for "
            "the end of the pass under way, the rest, and its own pass."
        ),
        (
            f"The same watch made {len(times.by_detectors)} passes of the detectors meanwhile, "
            f"{max(times.by_detectors, default=0):.2f} s at the longest: a reading that comes meanwhile waits."
        ),
        "",
        f"Goal: p99 below {GOAL.total_seconds():.0f} s.",
    ]
    return "\n".join(lines)


def main() -> int:
    """Measure, print the section, write it into the page; 1 where the goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alert_latency", description=__doc__)
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "benchmarks" / "alert-latency.md")
    parser.add_argument("--instruments", type=int, default=2000, help="size of the city")
    parser.add_argument("--backfill", type=int, default=3, help="days of the city's history")
    parser.add_argument("--probes", type=int, default=240, help="alerts to measure")
    parser.add_argument("--seed", type=int, default=1, help="seed of the moments")
    given = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="hengjian-latency-"))
    work.chmod(0o755)  # as root, the database's account passes through here
    options = ("--instruments", str(given.instruments), "--backfill", str(given.backfill))
    with running(work / "data", *options) as product:
        times = measure(product, work, given.probes, given.seed)
        ((instruments, readings),) = product.ask(
            "SELECT (SELECT count(*) FROM instrument JOIN source ON source.id = source_id WHERE code <> %(source)s), "
            "(SELECT count(*) FROM reading)",
            source=SOURCE,
        )
    text = report(times, (instruments, readings), given.seed)
    print(text)
    write_section(given.page, "alert latency", text, title="How soon an alert comes")
    shutil.rmtree(work)
    return 0 if quantile(times.from_receipt, 0.99) < GOAL.total_seconds() else 1


if __name__ == "__main__":
    sys.exit(main())
