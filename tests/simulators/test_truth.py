"""The truth file says what was tampered with and which homes honestly stood empty."""

from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from metrology.kinds import kind_called
from simulators.city import City, CityPlan
from simulators.civil_day import midnight
from simulators.truth import Truth, truths, write_truth
from tests.simulators.world import DAYS, EPOCH, Walk

LAST = EPOCH + timedelta(days=DAYS - 1)


def test_is_one_json_object_a_line(tampered: Walk, tmp_path: Path) -> None:
    count = write_truth(tmp_path / "truth.ndjson", truths(tampered.city, LAST))
    lines = (tmp_path / "truth.ndjson").read_bytes().splitlines()
    assert len(lines) == count
    assert {"instrument", "source", "mode", "onset", "until", "size", "unit"} <= set(msgspec.json.decode(lines[0]))


def test_an_empty_home_uses_nothing_but_what_runs_on_its_own(honest: Walk) -> None:
    empty = [line for line in truths(honest.city, LAST) if not line.tampering]
    assert empty
    assert {line.mode for line in empty} == {"vacancy"}
    for line in empty:
        hours = _hours(line)
        flow = honest.true_flow(line.instrument)
        inside, outside = flow[hours], flow[: max(hours.start, 0)]
        assert inside.size
        if kind_called(line.kind).name == "gas_meter":
            assert inside.sum() == 0
        elif outside.size > 72:
            assert inside.mean() < 0.75 * outside.mean()
            assert inside.std() < outside.std()


def test_an_honest_city_has_no_tampering(honest: Walk) -> None:
    assert not [line for line in truths(honest.city, LAST) if line.tampering]


def test_over_charging_that_no_published_transaction_could_show_is_left_out() -> None:
    daily = City(CityPlan(seed=3, instruments=700, epoch=EPOCH, daily_history=150))
    hourly = City(CityPlan(seed=3, instruments=700, epoch=EPOCH))
    last = EPOCH + timedelta(days=180)
    kept = list(truths(daily, last))
    gone = [line for line in truths(hourly, last) if line not in kept]
    assert gone
    assert {line.mode for line in gone} == {"amount_over_charged"}
    seam = midnight(daily.plan.hourly_from)
    assert all(line.until is not None and datetime.fromisoformat(line.until) <= seam for line in gone)
    assert {line.mode for line in kept if datetime.fromisoformat(line.onset) < seam} >= {
        "level_shift",
        "stopped_register",
        "register_set_back",
        "silence",
    }


def _hours(line: Truth) -> slice:
    assert line.until is not None
    first, last = (
        int((datetime.fromisoformat(text) - midnight(EPOCH)).total_seconds()) // 3600
        for text in (line.onset, line.until)
    )
    return slice(max(first, 0), min(last, DAYS * 24))
