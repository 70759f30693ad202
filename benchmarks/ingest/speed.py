"""Speed of ingest beside its references, in one run: interleaved, each time from the same messages."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.ingest import raw_copy
from benchmarks.ingest.bed import BATCHES, COMMITTED, Bed
from benchmarks.ingest.processes import TookTooLong, ledger, load, started
from benchmarks.ingest.runs import Compared, Run, Shape
from benchmarks.load.enrolment import numbers
from benchmarks.load.fleet import Fleet
from benchmarks.processor import Spending
from benchmarks.servers import Broker

SOURCES = ("meters-east", "meters-west")
METERS = 5_000
"""Meters of each source."""

FAMILIAR = timedelta(days=400)
"""How far before today the meters' days lie: each run has days of its own, so that no two say the same."""


class Speed:
    """Measures shapes on one bed.

    Parameters
    ----------
    say
        Told what is being done.
    """

    def __init__(self, bed: Bed, say: Callable[[str], None]) -> None:
        self._bed, self._say = bed, say
        self._days = 0
        bed.enrol(self.fleets(Shape(1, 1, 0)))

    def compare(self, shape: Shape, repeats: int) -> Compared:
        """Ingest, the bare subscriber and the raw copy in turn, so many times."""
        compared = Compared(shape)
        for repeat in range(repeats):
            of = f"{shape.readings} readings a message, repeat {repeat + 1} of {repeats}"
            self._say(f"{self._bed.name}: backlog, {of}")
            self._backlog(compared, first_ingest=repeat % 2 == 0)
            if shape.live:
                self._say(f"{self._bed.name}: live, {of}")
                self._live(compared)
        return compared

    def fleets(self, shape: Shape, **more: Any) -> list[Fleet]:
        """The meters of both sources, on days of their own."""
        self._days += 1
        start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - FAMILIAR
        # A week for each run: chunks of a hypertable are weeks, and every run begins with new ones.
        start += self._days * timedelta(weeks=1) % timedelta(weeks=50)
        return [Fleet(source, METERS, start, shape.registers, shape.slots, **more) for source in SOURCES]

    def _backlog(self, compared: Compared, *, first_ingest: bool) -> None:
        bed, shape = self._bed, compared.shape
        fleets = self.fleets(shape)
        bed.empty()
        with bed.broker(*SOURCES) as broker:
            bed.leave_session(broker)
            with bare(broker, 0) as leaving:
                _said(leaving, 60)
            compared.published.append(self._publish(broker, fleets, shape))
            for turn in (True, False) if first_ingest else (False, True):
                if turn:
                    compared.ingest.append(self._drain(broker, shape.backlog, shape.readings))
                else:
                    compared.bare.append(self._drain_bare(broker, shape))
        self._copy(compared, fleets)

    def leave_waiting(self, shape: Shape, new_broker: Callable[[Path], Any]) -> Run:
        """Publish a backlog to a broker of another make while ingest is away, and leave it there."""
        self._bed.empty()
        with self._bed.broker(*SOURCES, new_broker=new_broker) as broker:
            self._bed.leave_session(broker)
            return self._publish(broker, self.fleets(shape), shape)

    def _publish(self, broker: Broker, fleets: list[Fleet], shape: Shape) -> Run:
        spending = Spending(self._bed.servers(broker))
        with load(broker, fleets, "--messages", str(shape.backlog)) as publisher:
            found = ledger(publisher, seconds=600)
        used = spending.so_far(publisher=found["processor"])
        return Run(shape.backlog, shape.backlog * shape.readings, found["seconds"], used)

    def _drain(self, broker: Broker, messages: int, readings: int) -> Run:
        """Let ingest take what waits in the broker.

        Parameters
        ----------
        readings
            Of a message.
        """
        bed = self._bed
        with bed.ingest(broker, subscribed=False) as ingest:
            bed.await_asking()
            spending = Spending({"ingest": ingest.process.pid, **bed.servers(broker)})
            ended = bed.await_committed(messages, seconds=600)
            used = spending.so_far()
            return Run(messages, messages * readings, ended - bed.first_received(), used, ingest.peak_memory())

    def _drain_bare(self, broker: Broker, shape: Shape) -> Run:
        spending = Spending(self._bed.servers(broker))
        with bare(broker, shape.backlog) as subscriber:
            said = _said(subscriber, 600)
        used = spending.so_far(**{"bare subscriber": said["processor"]})
        readings = shape.backlog * shape.readings
        return Run(shape.backlog, readings, said["ended"] - said["began"], used)

    def _copy(self, compared: Compared, fleets: list[Fleet]) -> None:
        bed, shape = self._bed, compared.shape
        rows = []
        with bed.connection() as connection:
            for fleet in fleets:
                meters, registers = numbers(connection, fleet)
                sent = np.arange(shape.backlog // len(fleets), dtype=np.int64)
                rows.append(fleet.rows(sent, meters, registers, datetime.now(UTC)).reshape(len(sent), -1))
        # Both sources publish at once: their messages come in turn.
        together = np.stack(rows, axis=1).reshape(-1)
        ((batches,),) = bed.ask(BATCHES)
        seconds, used, way = raw_copy.fastest(bed, together, max(1, len(together) // max(1, batches)))
        compared.copy.append(Run(shape.backlog, len(together), seconds, used, way=way))

    def _live(self, compared: Compared) -> None:
        bed, shape = self._bed, compared.shape
        readings = shape.live * shape.readings
        fleets = self.fleets(shape)
        bed.empty()
        with bed.broker(*SOURCES) as broker, bed.ingest(broker) as ingest:
            spending = Spending({"ingest": ingest.process.pid, **bed.servers(broker)})
            with load(broker, fleets, "--messages", str(shape.live)) as publisher:
                found = ledger(publisher, seconds=600)
            ended = bed.await_committed(shape.live, seconds=600)
            used = spending.so_far(publisher=found["processor"])
            compared.live_ingest.append(Run(shape.live, readings, ended - found["began"], used, ingest.peak_memory()))
        with bed.broker(*SOURCES) as broker, bare(broker, shape.live) as subscriber:
            spending = Spending(bed.servers(broker))
            with load(broker, fleets, "--messages", str(shape.live)) as publisher:
                found = ledger(publisher, seconds=600)
            said = _said(subscriber, 600)
            used = spending.so_far(**{"publisher": found["processor"], "bare subscriber": said["processor"]})
            compared.live_bare.append(Run(shape.live, readings, said["ended"] - found["began"], used))


@contextmanager
def bare(broker: Broker, messages: int) -> "Iterator[subprocess.Popen[bytes]]":
    """A bare subscriber that is subscribed, and leaves after so many messages."""
    command = [sys.executable, "-m", "benchmarks.ingest.bare", broker.url("ingest"), "--version", broker.mqtt_version]
    with started([*command, "--messages", str(messages)], {}, stdout=subprocess.PIPE, bufsize=0) as process:
        if process.stdout is None or process.stdout.readline() != b"ready\n":
            raise TookTooLong("the bare subscriber was not let in")
        yield process


def _said(subscriber: "subprocess.Popen[bytes]", seconds: float) -> dict[str, Any]:
    try:
        said, _ = subscriber.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise TookTooLong("messages never came to the bare subscriber") from error
    if subscriber.returncode:
        raise TookTooLong("not all messages came to the bare subscriber")
    found: dict[str, Any] = json.loads(said)
    return found


def verify(bed: Bed, messages: int, quarantined: int = 0) -> None:
    """Require that the store's ledger holds what was acknowledged.

    Raises
    ------
    TookTooLong
        if it does not.
    """
    ((found, held),) = bed.ask(COMMITTED)
    if (found, held) != (messages, quarantined):
        raise TookTooLong(f"{messages} messages, {quarantined} spoilt, were acknowledged; {found}, {held} are booked")
