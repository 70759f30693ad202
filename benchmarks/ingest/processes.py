"""Processes of a measurement: told to end with it, waited for so long and no longer."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from benchmarks.load.fleet import Fleet
from benchmarks.servers import Broker

LOOK = 0.02
"""How often it is looked whether all is committed [s]: what a duration may be too long by."""


class TookTooLong(RuntimeError):
    """Something did not happen in time; what was said last."""


@contextmanager
def started(command: list[str], settings: Mapping[str, str], **pipes: Any) -> "Iterator[subprocess.Popen[bytes]]":
    """A process that is told to end with the block, and made to if it does not.

    It does not hear Ctrl-C: the measurement does, and ends its processes in order.
    """
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", **settings}
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True, **pipes)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def load(broker: Broker, fleets: list[Fleet], *options: str) -> "Iterator[subprocess.Popen[bytes]]":
    """A publisher of these fleets, which all are alike."""
    alike = fleets[0]
    command = [
        *(sys.executable, "-m", "benchmarks.load", *(broker.url(fleet.source) for fleet in fleets)),
        *("--version", broker.mqtt_version, "--meters", str(alike.meters), "--start", alike.start.isoformat()),
        *("--registers", str(alike.registers), "--slots", str(alike.slots)),
        *("--slot", str(alike.slot.total_seconds()), *options),
        *(["--scattered"] if alike.scattered else []),
        *(["--spoilt"] if alike.spoilt else []),
    ]
    with started(command, {}, stdout=subprocess.PIPE) as process:
        yield process


def ledger(publisher: "subprocess.Popen[bytes]", *, seconds: float) -> dict[str, Any]:
    """What a publisher sent and the broker acknowledged, once it is through.

    Raises
    ------
    TookTooLong
        if it did not get through in time, or not exactly.
    """
    try:
        said, _ = publisher.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise TookTooLong(f"publishing took more than {seconds:.0f} s") from error
    found: dict[str, Any] = json.loads(said.decode().strip().splitlines()[-1]) if said.strip() else {"exact": False}
    if not found["exact"]:
        raise TookTooLong(f"the publisher was not acknowledged exactly: {found}")
    return found


def await_that(condition: Callable[[], bool], *, seconds: float, what: str, look: float = LOOK) -> None:
    """Wait for a condition that is looked at every `look` seconds.

    Raises
    ------
    TookTooLong
        if it does not come true in time.
    """
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise TookTooLong(f"{what} within {seconds:.0f} s")
        time.sleep(look)
