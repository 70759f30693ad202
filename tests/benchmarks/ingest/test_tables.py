from benchmarks.ingest import tables
from benchmarks.ingest.poison import Poisoned
from benchmarks.ingest.runs import Compared, Run, Shape, ratios
from benchmarks.ingest.storage import NOT_LICENSED, Kept
from benchmarks.processor import Spent


def run(messages: int, seconds: float, readings: int = 1) -> Run:
    return Run(messages, messages * readings, seconds, Spent({"ingest": 0.9 * seconds}))


def compared(readings: int, mine: float, copy: float, bare: float) -> Compared:
    """Three repeats; every part is half as fast again in the second, and twice as fast in the third."""
    found = Compared(Shape(1, readings, 100))
    for pace in (1.0, 1.5, 2.0):
        found.ingest.append(run(100, mine / pace, readings))
        found.copy.append(run(100, copy / pace, readings))
        found.bare.append(run(100, bare / pace, readings))
    return found


def test_ratios_are_taken_within_a_repeat():
    found = compared(100, mine=2.0, copy=1.0, bare=4.0)
    assert ratios(found.ingest, found.copy) == [0.5, 0.5, 0.5]
    assert ratios(found.ingest, found.bare) == [2.0, 2.0, 2.0]


def test_the_table_shows_median_and_spread():
    line = tables.backlog([("servers", compared(100, mine=2.0, copy=1.0, bare=4.0))]).splitlines()[-1]
    assert line == (
        "| servers | 100 | 7,500 (5,000–10,000) | 15,000 (10,000–20,000) | 0.50 (0.50–0.50) | 38 (25–50) "
        "| 2.00 (2.00–2.00) |"
    )


def test_goals_are_held_against_their_own_reference():
    slow = compared(100, mine=2.0, copy=1.0, bare=4.0)
    fast = compared(1, mine=1.0, copy=0.1, bare=0.9)
    found = tables.goals([("servers", slow), ("servers", fast)], [])
    assert [met for _, met in found] == [False, True]
    assert "0.50 of raw COPY (goal 0.70)" in found[0][0]
    assert "0.90 of the bare subscriber (goal 0.85)" in found[1][0]


def test_the_loss_by_poison_is_a_share_of_the_clean_rate():
    found = Poisoned(run(1000, 10.0), run(1000, 12.5), 50)
    assert tables.poison(found).endswith("Poison costs 20.0% of the throughput (goal: below 20%).")


def test_what_cannot_be_kept_is_said():
    shown = tables.storage([Kept("plain", 1000, 107.5), Kept("columns", 0, None, NOT_LICENSED)])
    assert "| plain | 1,000 | 107.5 |" in shown
    assert "| columns | – | not available under the apache licence |" in shown
