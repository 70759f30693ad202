from anomaly import specimen
from anomaly.rules.overlapping_transactions import OverlappingTransactions


def judged(*spans: tuple[str, str], tolerance_seconds: float = 0.0):
    rows = [
        (0, number, f"2026-03-02T{start}+08:00", f"2026-03-02T{end}+08:00", "1.0000", None, None)
        for number, (start, end) in enumerate(spans, start=1)
    ]
    judge = OverlappingTransactions(tolerance_seconds=tolerance_seconds)
    return judge.judge(specimen.transactions("ev_charger", rows)).findings


def test_touching_transactions_do_not_overlap():
    assert judged(("08:00:00", "09:00:00"), ("09:00:00", "10:00:00")) == ()


def test_an_overlap_is_told_from_the_start_of_the_later():
    (finding,) = judged(("08:00:00", "09:00:05"), ("09:00:00", "10:00:00"))
    assert finding.magnitude.value == 5.0
    assert finding.onset == specimen.instant("2026-03-02T09:00:00+08:00")
    assert finding.until == specimen.instant("2026-03-02T09:00:05+08:00")
    assert finding.noticed_at == specimen.instant("2026-03-02T10:00:00+08:00")


def test_an_enclosed_transaction_is_noticed_when_the_outer_one_has_ended():
    (finding,) = judged(("08:00:00", "12:00:00"), ("09:00:00", "10:00:00"))
    assert finding.noticed_at == specimen.instant("2026-03-02T12:00:00+08:00")
    assert finding.until == specimen.instant("2026-03-02T10:00:00+08:00")


def test_a_tolerance_passes_rounded_stamps():
    assert judged(("08:00:00", "09:01:00"), ("09:00:00", "10:00:00"), tolerance_seconds=60.0) == ()


def test_another_instrument_may_serve_at_the_same_time():
    rows = [(owner, 1, "2026-03-02T08:00+08:00", "2026-03-02T09:00+08:00", "1.0000", None, None) for owner in range(3)]
    assert OverlappingTransactions().judge(specimen.transactions("ev_charger", rows)).findings == ()
