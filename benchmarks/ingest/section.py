"""The section of the page: what was measured, in words and tables."""

from benchmarks.ingest import tables
from benchmarks.ingest.measurement import Findings

HOW = """\
Messages are native JSON of electricity meters of two sources, 10,000 meters in all: one register at one instant, ten
registers at one instant, ten registers at ten quarter hours, one register at a hundred. Packets are written before the
clock starts and sent over raw sockets. Ingest is the product's own command with all that it does: validation, identity,
conflicts, due marks, metrics. Raw COPY puts the very same rows, packed beforehand, into an identical empty database
from one connection: in one go, in batches of ingest's size, and in such batches each sorted by key; the fastest counts.
The bare subscriber is paho as it comes, and does nothing but acknowledge the same messages from the same broker; ingest
itself reads plain publications past paho. Ingest learns the meters in its first batch, and its end is seen up to 20 ms
late: both are counted against it, and runs are made long enough that they weigh little.
Ingest and references take turns; shown are median (smallest–largest) of the repeats, ratios within each repeat.
Mosquitto runs as the product configures it, except that it saves every half hour, as it does of itself."""
MILLION = """\
Each meter at its own second of the minute; every acknowledged reading was found in the store, once. Where the broker
took fewer than the 16,667 messages a second that were asked for, it is the limit."""
POISON = "Not JSON, an unknown meter, an unknown register, no such month, no number: a fifth each; all in quarantine."
STORAGE = "Quarter hours of ten registers; table and indexes, for TimescaleDB all chunks."


def page(found: Findings, command: str) -> str:
    """The section as Markdown."""
    parts = [
        "## Speed of the way in",
        f"Made by `{command}` on {tables.machine()}; publisher, broker, ingest and database shared them.",
        HOW,
    ]
    if found.compared:
        parts += ["### A backlog that waits in the broker", tables.backlog(found.compared)]
        parts += ["### Live, publisher at full speed", tables.live(found.compared)]
        if found.saving:
            parts.append(tables.saving(found.saving))
        parts += ["### Who held the others up", tables.costs(found.compared)]
    if found.minutes:
        parts += ["### A million meters, once a minute each", MILLION, tables.minutes(found.minutes)]
    if found.several:
        parts += ["### Several ingest processes on one shared subscription", tables.several(found.several)]
    if found.poison:
        parts += ["### One message in twenty that cannot be taken", POISON, tables.poison(found.poison)]
    if found.storage:
        parts += ["### Bytes a reading takes", STORAGE, tables.storage(found.storage)]
    if found.telegraf:
        parts += ["### Beside Telegraf", tables.telegraf(found.telegraf)]
    goals = [f"- {'met' if met else '**missed**'}: {said}" for said, met in tables.goals(found.compared, found.minutes)]
    if goals:
        parts += ["### Goals", "\n".join(goals)]
    if found.absent or found.failed:
        parts += ["### Not measured", "\n".join(f"- {said}" for said in dict.fromkeys([*found.failed, *found.absent]))]
    return "\n\n".join(parts)
