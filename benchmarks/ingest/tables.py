"""The measurements as Markdown: ratios first, each with the part that held the others up."""

import os
from collections.abc import Callable

from benchmarks.ingest.million import GOAL as MEMORY_GOAL
from benchmarks.ingest.million import RATE, Minutes
from benchmarks.ingest.poison import Poisoned
from benchmarks.ingest.runs import Compared, Run, median_and_spread, ratios
from benchmarks.ingest.storage import Kept

MIB = 2**20
COPY_GOAL, COPY_READINGS = 0.70, 100
BARE_GOAL, BARE_READINGS = 0.85, 1
POISON_GOAL = 0.20


def spread(numbers: list[float], form: str = ",.0f") -> str:
    """Median, with smallest and largest where there are several.

    Examples
    --------
    >>> spread([3.0, 1.0, 2.0])
    '2 (1–3)'
    """
    median, smallest, largest = median_and_spread(numbers)
    whole = format(median, form)
    return whole if len(numbers) == 1 else f"{whole} ({format(smallest, form)}–{format(largest, form)})"


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A table whose first column is words and whose others are numbers or short words."""
    ruled = ["---", *["--:"] * (len(heads) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [heads, ruled, *rows])


def backlog(compared: list[tuple[str, Compared]]) -> str:
    """Draining what waits in the broker."""
    rows = [
        [
            name,
            str(one.shape.readings),
            spread([run.readings_per_second for run in one.ingest]),
            spread([run.readings_per_second for run in one.copy]),
            spread(ratios(one.ingest, one.copy), ".2f"),
            spread([run.messages_per_second for run in one.bare]),
            spread(ratios(one.ingest, one.bare), ".2f"),
        ]
        for name, one in compared
    ]
    heads = ["Servers", "readings a message", "ingest [readings/s]", "raw COPY [rows/s]", "**ingest / COPY**"]
    return table([*heads, "bare subscriber [messages/s]", "**ingest / bare**"], rows)


def live(compared: list[tuple[str, Compared]]) -> str:
    """Keeping up with a publisher at full speed."""
    rows = [
        [
            name,
            str(one.shape.readings),
            spread([run.messages_per_second for run in one.live_ingest]),
            spread([run.messages_per_second for run in one.live_bare]),
            spread(ratios(one.live_ingest, one.live_bare), ".2f"),
            spread([run.messages_per_second for run in one.published]),
        ]
        for name, one in compared
        if one.live_ingest
    ]
    heads = ["Servers", "readings a message", "ingest [messages/s]", "bare subscriber [messages/s]"]
    return table([*heads, "**ingest / bare**", "broker, nobody listening [messages/s]"], rows)


def saving(run: Run) -> str:
    """Mosquitto with a backlog, as the product configures it."""
    return (
        f"Mosquitto as the product configures it saves all that it holds after every change: with nobody listening it "
        f"took the first {run.messages:,} messages at {run.messages_per_second:,.0f} a second, and fewer the more wait "
        f"(limited by {run.limit})."
    )


def costs(compared: list[tuple[str, Compared]]) -> str:
    """Processor time and the limiting part of each kind of run, by its last repeat."""
    rows = []
    for name, one in compared:
        kinds: list[tuple[str, list[Run]]] = [
            ("publishing", one.published),
            ("ingest, backlog", one.ingest),
            ("bare, backlog", one.bare),
            ("raw COPY", one.copy),
            ("ingest, live", one.live_ingest),
            ("bare, live", one.live_bare),
        ]
        rows += [[f"{name}, {one.shape.readings} a message: {kind}", *_cost(runs[-1])] for kind, runs in kinds if runs]
    return table(["Run", "duration [s]", "processor time [s]", "limited by"], rows)


def minutes(runs: list[Minutes]) -> str:
    """A million meters."""
    rows = [
        [
            one.bed,
            f"{one.meters:,}",
            f"{one.enrolling:.0f}",
            f"{one.sent.messages:,}",
            f"{one.sent.messages_per_second:,.0f}",
            f"{one.committed / one.sent.seconds:,.0f}",
            f"{one.backlog:,}",
            f"{one.drained:.1f}",
            f"{one.memory / MIB:.0f}",
            one.sent.limit if one.sent.messages_per_second < 0.99 * RATE or one.backlog else "nothing: all kept up",
        ]
        for one in runs
    ]
    heads = ["Servers", "meters", "enrolled in [s]", "acknowledged", "broker took [1/s]", "ingest took [1/s]"]
    return table([*heads, "backlog in the end", "drained in [s]", "ingest's peak memory [MiB]", "limited by"], rows)


def several(runs: dict[int, Run]) -> str:
    """Several ingest processes."""
    first = next(iter(runs.values()))
    rows = [
        [
            str(count),
            f"{run.messages_per_second:,.0f}",
            f"{run.readings_per_second:,.0f}",
            f"{run.messages_per_second / first.messages_per_second:.2f}",
            *_cost(run)[1:],
        ]
        for count, run in runs.items()
    ]
    heads = ["Processes", "messages/s", "readings/s", "times one process", "processor time [s]", "limited by"]
    return table(heads, rows)


def poison(found: Poisoned) -> str:
    """With and without poison."""
    rows = [
        [kind, f"{run.messages:,}", f"{held:,}", f"{run.messages_per_second:,.0f}", run.limit]
        for kind, run, held in (("clean", found.clean, 0), ("5 % poison", found.poisoned, found.spoilt))
    ]
    said = table(["Messages", "acknowledged", "in quarantine", "messages/s", "limited by"], rows)
    return f"{said}\n\nPoison costs {found.loss:.1%} of the throughput (goal: below {POISON_GOAL:.0%})."


def storage(kept: list[Kept]) -> str:
    """Bytes of a reading."""
    rows = [
        [one.way, f"{one.readings:,}" if one.readings else "–", f"{one.bytes_each:.1f}" if one.bytes_each else one.word]
        for one in kept
    ]
    return table(["Kept by", "readings", "bytes a reading"], rows)


def telegraf(runs: list[tuple[str, int, Run, Run]]) -> str:
    """Ingest and Telegraf, live: servers, readings of a message, ingest, Telegraf."""
    rows = [
        [
            name,
            str(readings),
            f"{mine.readings_per_second:,.0f}",
            f"{other.readings_per_second:,.0f}",
            f"{mine.readings_per_second / other.readings_per_second:.1f}",
            other.limit,
        ]
        for name, readings, mine, other in runs
    ]
    heads = ["Servers", "readings a message", "ingest [readings/s]", "Telegraf [readings/s]", "ingest / Telegraf"]
    return table([*heads, "Telegraf limited by"], rows)


def goals(compared: list[tuple[str, Compared]], runs: list[Minutes]) -> list[tuple[str, bool]]:
    """Each goal in words with what was measured, and whether it is met."""
    asked: list[tuple[int, str, float, Callable[[Compared], list[Run]]]] = [
        (COPY_READINGS, "raw COPY", COPY_GOAL, lambda one: one.copy),
        (BARE_READINGS, "the bare subscriber", BARE_GOAL, lambda one: one.bare),
    ]
    found = []
    for readings, reference, goal, runs_of in asked:
        for name, one in compared:
            if one.shape.readings == readings:
                ratio = median_and_spread(ratios(one.ingest, runs_of(one)))[0]
                said = f"{name}, {readings} readings a message: {ratio:.2f} of {reference} (goal {goal:.2f})"
                found.append((said, ratio >= goal))
    for run in runs:
        said = f"{run.bed}, {run.meters:,} meters: {run.memory / MIB:.0f} MiB (goal {MEMORY_GOAL // MIB} MiB)"
        found.append((said, run.memory <= MEMORY_GOAL))
    return found


def machine() -> str:
    """What it was measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores and {memory:.0f} GiB of memory"


def _cost(run: Run) -> list[str]:
    parts = ", ".join(
        f"{part} {used:.2f}" for part, used in sorted(run.cost.processor.items(), key=lambda part: -part[1])
    )
    words = f"{parts} ({run.way})" if run.way else parts
    return [f"{run.seconds:.2f}", words, run.limit]
