from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from anomaly import specimen
from anomaly.day_flags import MEMORY_DAYS, flags, of_receipt
from anomaly.evidence import Evidence
from metrology.quality import MEANINGS, Flag, Quality

DAYS = 50
SPOILT = 45


def homes(kind: str = "water_meter") -> Evidence:
    """Three homes known by the hour."""
    return specimen.hours(specimen.days(kind, specimen.household(3, DAYS, 3), judged=MEMORY_DAYS), seed=3)


def hourly(evidence: Evidence) -> NDArray[np.float32]:
    panel = next(iter(evidence.days.values())).hourly
    assert panel is not None
    return panel


def told(evidence: Evidence) -> dict[Quality, set[tuple[int, int]]]:
    """Days of each code as (row, instrument), those of honest water at rest at no hour left out."""
    return {
        each.code: set(zip(each.row.tolist(), each.owner.tolist(), strict=True))
        for each in flags(evidence)
        if each.code is not Quality.NEVER_AT_REST
    }


def readings(evidence: Evidence, count: int) -> Evidence:
    """The same with so many readings on the spoilt day of the second home."""
    panel = next(iter(evidence.days.values()))
    number = panel.readings.copy()
    number[SPOILT, 1] = count
    return replace(evidence, days={panel.register.name: replace(panel, readings=number)})


def test_honest_days_bear_no_flag() -> None:
    assert told(homes()) == {}


def test_fewer_more_and_no_readings_are_told_against_what_is_usual() -> None:
    for count, code in ((20, "fewer_readings"), (48, "more_readings"), (0, "no_readings")):
        assert told(readings(homes(), count)) == {Quality(code): {(SPOILT, 1)}}
    assert told(readings(homes(), 23)) == {}


def test_a_register_that_is_missing_alone_is_told_from_an_instrument_that_is_silent() -> None:
    evidence = readings(homes(), 0)
    panel = evidence.days["volume"]
    reverse = replace(panel, readings=np.full_like(panel.readings, 24), consumption=panel.consumption * 0, hourly=None)
    found = told(replace(evidence, days={"volume": panel, "volume_reverse": reverse}))
    assert found == {Quality.REGISTER_ABSENT: {(SPOILT, 1)}}


def test_an_unknown_hour_is_told_where_hours_are_usually_known() -> None:
    evidence = homes()
    hourly(evidence)[SPOILT, 3:9, 1] = np.nan
    [flag] = [each for each in flags(evidence) if each.code is Quality.HOURS_MISSING]
    assert (flag.row.tolist(), flag.owner.tolist(), flag.found.tolist()) == ([SPOILT], [1], [6.0])


def test_a_high_day_a_low_day_and_a_spike_are_told_by_own_history() -> None:
    evidence = homes()
    panel = evidence.days["volume"]
    panel.consumption[SPOILT, 1] *= 10
    panel.consumption[SPOILT, 2] /= 50
    hourly(evidence)[SPOILT, 8, 0] = 10 * hourly(evidence)[: SPOILT - 1, :, 0].max()
    assert told(evidence) == {
        Quality.HIGH_DAY: {(SPOILT, 1)},
        Quality.LOW_DAY: {(SPOILT, 2)},
        Quality.HOURLY_SPIKE: {(SPOILT, 0)},
    }


def test_a_day_spread_evenly_is_told_and_an_empty_one_is_not() -> None:
    evidence = homes()
    hourly(evidence)[SPOILT, :, 1] = hourly(evidence)[SPOILT, :, 1].mean()
    hourly(evidence)[SPOILT, :, 2] = 0
    assert told(evidence) == {Quality.EVEN_HOURS: {(SPOILT, 1)}}


def test_a_day_sent_again_is_told_with_its_distance() -> None:
    evidence = homes()
    hourly(evidence)[SPOILT, :, 1] = hourly(evidence)[SPOILT - 3, :, 1]
    [flag] = [each for each in flags(evidence) if each.code is Quality.REPEATED_DAY]
    assert (flag.row.tolist(), flag.found.tolist()) == ([SPOILT], [3.0])


def test_a_register_at_one_value_is_told_from_the_third_day_on() -> None:
    panel = specimen.days("gas_meter", specimen.household(3, DAYS, 3), judged=MEMORY_DAYS)
    consumption = next(iter(panel.days.values())).consumption.copy()
    consumption[SPOILT : SPOILT + 4, 1] = 0
    [flag] = flags(specimen.days("gas_meter", consumption, judged=MEMORY_DAYS))
    assert (flag.code, flag.row.tolist(), flag.found.tolist()) == (
        Quality.ZERO_CONSUMPTION,
        [SPOILT + 2, SPOILT + 3],
        [3.0, 4.0],
    )


def test_water_that_never_rests_is_told_and_electricity_is_not() -> None:
    assert {each.code for each in flags(homes())} == {Quality.NEVER_AT_REST}
    assert flags(homes("electricity_meter")) == []


def test_a_later_day_changes_no_flag() -> None:
    evidence = homes()
    hourly(evidence)[SPOILT, 3:9, 1] = np.nan
    panel = evidence.days["volume"]
    cut = replace(
        panel,
        starts=panel.starts[: SPOILT + 2],
        consumption=panel.consumption[: SPOILT + 1],
        readings=panel.readings[: SPOILT + 1],
        still=panel.still[: SPOILT + 1],
        hourly=hourly(evidence)[: SPOILT + 1],
    )
    assert told(replace(evidence, days={"volume": cut})) == told(evidence)


def test_receipt_tells_a_clock_ahead_a_day_received_late_and_stamps_set_on_the_way() -> None:
    shortest = np.array([[-400.0, 90_000.0, 2.0, 1.0]])
    longest = np.array([[5.0, 99_000.0, 2.0, 9.0]])
    found = of_receipt({"volume": (shortest, longest, np.full((1, 4), 24))})
    assert [(each.code, each.owner.tolist(), each.found.tolist()) for each in found] == [
        (Quality.CLOCK_AHEAD, [0], [400.0]),
        (Quality.RECEIVED_LATE, [1], [25.0]),
        (Quality.STAMPED_ON_RECEIPT, [2], [0.0]),
    ]


def test_every_code_says_its_reason_in_both_languages() -> None:
    assert MEANINGS.keys() == set(Quality)
    for code in Quality:
        reason = Flag(code, 3.0, 2.0).reason("m³")
        assert reason.zh
        assert reason.en.endswith(".")
        assert "{" not in reason.zh + reason.en
