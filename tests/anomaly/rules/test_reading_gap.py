from anomaly import specimen
from anomaly.rules.reading_gap import ReadingGap

START = "2026-03-02T08:00:00+08:00"


def judged(until: str, **parameters: float):
    rows = [(0, START, "1.000"), (0, until, "1.000")]
    return ReadingGap(**parameters).judge(specimen.readings("water_meter", rows)).findings


def test_a_gap_of_exactly_the_limit_is_allowed():
    assert judged("2026-03-03T08:00:00+08:00") == ()


def test_a_second_beyond_the_limit_is_a_gap():
    (finding,) = judged("2026-03-03T08:00:01+08:00")
    assert finding.onset == specimen.instant(START)
    assert finding.until == finding.noticed_at == specimen.instant("2026-03-03T08:00:01+08:00")
    assert finding.loss is None


def test_the_limit_is_the_policys():
    assert judged("2026-03-03T08:00:01+08:00", limit_hours=48.0) == ()
    assert len(judged("2026-03-02T10:00:00+08:00", limit_hours=1.0)) == 1


def test_an_instrument_is_judged_by_its_principal_register_alone():
    principal = specimen.readings("water_meter", [(0, START, "1.000"), (0, "2026-03-02T20:00+08:00", "1.000")])
    reverse = specimen.readings(
        "water_meter", [(0, START, "0.000"), (0, "2026-03-09T20:00+08:00", "0.000")], register="volume_reverse"
    )
    principal.readings.update(reverse.readings)
    assert ReadingGap().judge(principal).findings == ()


def test_where_the_principal_register_is_not_sent_another_one_speaks():
    rows = [(0, START, "1.000"), (0, "2026-03-09T08:00+08:00", "2.000")]
    (finding,) = ReadingGap().judge(specimen.readings("gas_meter", rows, register="volume_converted")).findings
    assert finding.register == "volume_converted"
