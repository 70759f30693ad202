"""A register that rolls over, and a meter that is exchanged: through the product, without invented consumption."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from tests.faults.conftest import Tell
from tests.faults.ledger import Message
from tests.faults.outcome import due, outcome
from tests.faults.recount import Days, stored, verify_days
from tests.faults.scene import Scene
from tests.faults.traffic import message, said
from tests.services.enrolled import SOURCE
from tests.services.fixtures import Pair
from tests.services.processes import wait_for
from tests.services.product import product

pytestmark = pytest.mark.fault

SEED = 20_261_128
BEGIN = datetime(2026, 10, 31, 16, tzinfo=UTC)  # midnight in Shanghai
HOUR = timedelta(hours=1)
HOURS = 6 * 24
FALL = 3 * 24 + 11
"""Hour at which a register falls, or a meter is exchanged."""

CAPACITY = 100_000_000
"""Where a register of five digits before and three after the point begins again [count]."""

SITE = {"code": "S-1", "name_zh": "一号站", "name_en": "Station one"}
ROLLS_UNDECLARED, ROLLS_DECLARED, SET_UP_ANEW, OLD, NEW = 1, 2, 3, 4, 5


def enrolment() -> Iterator[dict[str, object]]:
    for number in (ROLLS_UNDECLARED, ROLLS_DECLARED, SET_UP_ANEW, OLD, NEW):
        declared = {"capacity": {"volume": "100000"}} if number == ROLLS_DECLARED else {}
        common = {"source": SOURCE, "serial": f"W-{number}", "kind": "water_meter", "size": "DN15", "site": SITE}
        yield common | declared


def drawn(meter: int) -> list[int]:
    """What flows in each hour [count]."""
    chance = Random(f"{SEED} {meter}")
    return [chance.randrange(5, 60) for _ in range(HOURS)]


def messages() -> Iterator[Message]:
    """Hour by hour: two registers that roll over, one meter exchanged under its old serial, one under a new serial."""
    flows = {number: drawn(number) for number in range(1, 6)}
    total = {number: CAPACITY - sum(flows[number][:FALL]) + 7 for number in (ROLLS_UNDECLARED, ROLLS_DECLARED)}
    total |= {SET_UP_ANEW: 8_000_000, OLD: 9_000_000, NEW: 12}
    for hour in range(HOURS + 1):
        for number in total:
            if number == SET_UP_ANEW and hour == FALL:
                total[number] = 12
            if hour <= FALL if number == OLD else hour >= FALL if number == NEW else True:
                yield message(said(number, BEGIN + hour * HOUR, total[number] % CAPACITY))
                total[number] += flows[number][min(hour, HOURS - 1)]


def by_day(days: Days, meter: int) -> list[tuple[int | None, int]]:
    """Consumption of each day of a meter as the product has it, and what flowed [count]."""
    flow = drawn(meter)
    keys = [(f"W-{meter}", "volume", (BEGIN + timedelta(days=day, hours=8)).date()) for day in range(6)]
    return [(days[key][7], sum(flow[24 * day :][:24])) for day, key in enumerate(keys) if key in days]


def test_no_consumption_is_invented_where_a_register_falls(pair: Pair, tmp_path: Path, tell: Tell) -> None:
    with product(pair, tmp_path, "ingest", "watch", watch_quiet="PT0.5S") as made:
        made.broker.ensure_source(SOURCE)
        made.enrol(*enrolment())
        played = Scene(made)
        with played.publisher() as publisher:
            publisher.run(messages())
        played.ledger.drained(made.database)
        account = played.ledger.account(made.database, in_order_of_publication=True)
        wait_for(lambda: due(made.database) == 0, why=lambda: made.services["watch"].words()[-3000:])
        verify_days(made.database)
        days, findings = stored(made.database), outcome(made.database)["findings"]
    told = {number: by_day(days, number) for number in range(1, 6)}
    tell(account, seed=SEED, findings=sorted((str(finding[1]), str(finding[0])) for finding in findings))
    fell = FALL // 24
    for number, figures in told.items():
        for day, (used, flowed) in enumerate(figures, start=fell if number == NEW else 0):
            whole = number == ROLLS_DECLARED or day != fell
            assert used == (flowed if whole else None), (number, day)
    assert {(finding[1], finding[0]) for finding in findings} == {
        (f"W-{ROLLS_UNDECLARED}", "backward_register"),
        (f"W-{SET_UP_ANEW}", "backward_register"),
    }
