"""Messages of water meters for fault tests: seeded, growing, a few readings each."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from tests.faults.ledger import Message, Said
from tests.services.enrolled import SOURCE

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
"""Long ago, so that the longest soak ends before the present: what lies ahead of it is refused."""

METERS = 40
TOPIC = f"telemetry/{SOURCE}/native"


def said(meter: int, taken_at: datetime, litres: int, *, register: str = "volume") -> Said:
    """A statement of water meter `W-<meter>`: litres, written in cubic metres."""
    return Said(f"W-{meter}", register, taken_at, f"{litres / 1000:.3f}")


def message(*statements: Said, topic: str = TOPIC, cause: str | None = None, seq: int | None = None) -> Message:
    """A native message of one instrument; the store takes what it says, unless `cause` is given."""
    instants: dict[datetime, dict[str, str]] = {}
    for one in statements:
        instants.setdefault(one.taken_at, {})[one.register] = one.value
    content: dict[str, object] = {"instrument": statements[0].instrument}
    if seq is not None:
        content["seq"] = seq
    content["readings"] = [{"taken_at": at.isoformat(), "registers": registers} for at, registers in instants.items()]
    payload = json.dumps(content).encode()
    return Message(topic, payload, () if cause else statements, cause)


def growing(
    seed: int, count: int | None = None, *, meters: int = METERS, topic: str = TOPIC, begin: datetime = BEGIN
) -> Iterator[Message]:
    """Meters in turn, each a quarter of an hour after its last message, growing by what a seed draws.

    Parameters
    ----------
    count
        How many messages; None for as many as are asked for.
    """
    chance = Random(seed)
    totals = [chance.randrange(10**6) for _ in range(meters)]
    number = 0
    while count is None or number < count:
        turn, meter = divmod(number, meters)
        statements = []
        for part in range(3):
            totals[meter] += chance.randrange(40)
            at = begin + timedelta(minutes=15 * turn + 5 * part, seconds=meter)
            statements.append(said(meter + 1, at, totals[meter]))
        statements.append(said(meter + 1, statements[-1].taken_at, chance.randrange(900), register="flow"))
        yield message(*statements, topic=topic, seq=turn)
        number += 1
