import numpy as np

from anomaly import specimen
from anomaly.rules.silent_instrument import SilentInstrument


def homes(silent: slice) -> np.ndarray:
    consumption = specimen.household(seed=4, day_count=60, instruments=3)
    consumption[silent, 1] = np.nan
    return consumption


def test_a_silence_is_told_from_the_day_beyond_the_limit_on_and_lasts() -> None:
    days = specimen.days("water_meter", homes(slice(50, None)), judged=40)
    [finding] = SilentInstrument(limit_days=3).judge(days).findings
    assert (finding.instrument, finding.until, finding.magnitude.value) == (2, None, 10.0)
    assert (finding.noticed_at - finding.onset).days == 3


def test_a_silence_ends_on_the_day_it_speaks_again() -> None:
    [finding] = SilentInstrument().judge(specimen.days("water_meter", homes(slice(42, 50)), judged=40)).findings
    assert finding.until is not None
    assert (finding.until - finding.onset).days == 8


def test_as_many_days_as_are_allowed_are_passed_over() -> None:
    for silent in (slice(50, 53), slice(57, None)):
        assert SilentInstrument().judge(specimen.days("water_meter", homes(silent), judged=40)).findings == ()


def test_what_was_over_before_the_judged_period_is_not_told_again() -> None:
    assert SilentInstrument().judge(specimen.days("water_meter", homes(slice(20, 30)), judged=40)).findings == ()


def test_who_never_spoke_is_counted() -> None:
    days = specimen.days("water_meter", homes(slice(0, None)), judged=40)
    judgement = SilentInstrument().judge(days)
    assert (judgement.findings, judgement.not_judged) == ((), {"no_readings": 1})
