"""What was measured is told as it was, and goals are held against it."""

from benchmarks.fleet.measurement import Compared, Findings, Took
from benchmarks.fleet.section import exponent, goals, page


def measured(instruments: int, seconds: float, name: str = "day") -> Compared:
    job = Took(seconds, seconds, seconds, judging=seconds / 5, memory=2**30, rows=1, by_judge={"level_shift": 1.0})
    return Compared(name, instruments, 24 * instruments, (job,), (Took(seconds / 2, seconds, 0.0, 0.0, 2**20, 9),))


def test_cost_that_grows_as_the_fleet_has_the_exponent_one() -> None:
    assert exponent([measured(10_000, 1.0)]) is None
    found = exponent([measured(size, size / 10_000) for size in (10_000, 100_000, 1_000_000)])
    assert found is not None
    assert abs(found - 1) < 1e-9


def test_goals_that_are_met_and_missed() -> None:
    quick = Findings([measured(100_000, 50.0), measured(1_000_000, 500.0)], watches=2)
    assert all(met for _, met in goals(quick))
    slow = Findings([measured(100_000, 50.0), measured(1_000_000, 700.0)])
    assert [words.split(" instruments")[0] for words, met in goals(slow) if not met] == [
        "a day of a million",
        "a day more: summing up, rules, detectors: cost grows as the fleet to the 1.15, at most 1.05",
    ]


def test_the_page_tells_every_measurement() -> None:
    text = page(
        Findings([measured(10_000, 4.0)], {10_000: {"level_shift": 2}}, ["1,000,000: no room"], 2), "make bench-fleet"
    )
    assert "| 10,000 | a day more: summing up, rules, detectors | 240,000 | **4.0** |" in text
    assert "level_shift 2" in text
    assert "left out: 1,000,000: no room" in text
