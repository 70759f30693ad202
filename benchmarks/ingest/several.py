"""Several ingest processes on one shared subscription: does throughput grow, and what holds it up."""

from collections.abc import Callable
from contextlib import ExitStack

from benchmarks.ingest.bed import Bed
from benchmarks.ingest.processes import ledger, load
from benchmarks.ingest.runs import Run, Shape
from benchmarks.ingest.speed import SOURCES, Speed, verify
from benchmarks.processor import Spending

COUNTS = (1, 2, 4)


def compare(bed: Bed, speed: Speed, shape: Shape, say: Callable[[str], None]) -> dict[int, Run]:
    """Throughput by number of processes, from the first message sent until the last is committed."""
    runs = {}
    for count in COUNTS:
        say(f"{bed.name}: {count} ingest on one shared subscription")
        bed.empty()
        with bed.broker(*SOURCES) as broker, ExitStack() as running:
            started = [
                running.enter_context(bed.ingest(broker, name=f"bench-{number}", shared=True))
                for number in range(count)
            ]
            processes = {f"ingest {number + 1}": one.process.pid for number, one in enumerate(started)}
            spending = Spending({**processes, **bed.servers(broker)})
            with load(broker, speed.fleets(shape), "--messages", str(shape.live)) as publisher:
                found = ledger(publisher, seconds=600)
            ended = bed.await_committed(shape.live, seconds=600)
            used = spending.so_far(publisher=found["processor"])
            memory = max(one.peak_memory() for one in started)
        verify(bed, shape.live)
        runs[count] = Run(shape.live, shape.live * shape.readings, ended - found["began"], used, memory)
    return runs
