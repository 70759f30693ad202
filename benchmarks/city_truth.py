"""Start the product with its simulated city as a visitor does, time it, and hold its alerts against the city's truth.

The city depends on today's date, for its history ends now: another day is another season and other homes away.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from anomaly.policy import Policy
from benchmarks.page import write_section
from benchmarks.product import NotReady, Product, running
from benchmarks.verdicts import JUDGES_OF, Comparison, Said, compare, facts

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = timedelta(minutes=15)
COMPLETE = "its history is complete"

FINDINGS = """
    SELECT judge_name, serial, kind, onset, noticed_at, finding.id
      FROM finding
      JOIN instrument ON instrument.id = finding.instrument_id
     WHERE withdrawn_at IS NULL
     ORDER BY finding.id"""

ALERTS = "SELECT judge_name, count(*) FROM alert GROUP BY 1 ORDER BY 1"

DUE = "SELECT count(*) FROM due WHERE stage = 'summarise' OR day < current_date - 1"


@dataclass(frozen=True)
class Times:
    """When things were there, from the start of the product [s]."""

    console: float
    complete: float
    judged: float
    first: dict[str, float]


def watched(product: Product, began: float) -> Times:
    """When what was there, until the city's past is judged.

    Raises
    ------
    NotReady
        if that takes longer than :data:`PATIENCE`.
    """
    console, complete = time.monotonic() - began, 0.0
    first: dict[str, float] = {}
    log = product.data.parent / f"{product.data.name}.log"
    while time.monotonic() - began < PATIENCE.total_seconds():
        if not complete and COMPLETE in log.read_text(encoding="utf-8"):
            complete = time.monotonic() - began
        over = bool(complete) and product.ask(DUE) == [(0,)]
        for judge, _ in product.ask(ALERTS):
            first.setdefault(judge, time.monotonic() - began)
        if over:
            return Times(console, complete, time.monotonic() - began, first)
        time.sleep(0.5)
    raise NotReady("the city's past was not judged in time")


def report(product: Product, times: Times, result: Comparison) -> str:
    """The section as Markdown."""
    size = product.ask("SELECT count(*) FROM instrument")[0][0]
    readings, transactions = product.ask(
        "SELECT sum(readings_stored)::bigint, sum(transactions_stored)::bigint FROM intake"
    )[0]
    alerts = dict(product.ask(ALERTS))
    lines = [
        "## The simulated city: alerts against truth",
        "",
        "Made by `python -m benchmarks.city_truth`, which starts `hengjian up` as a visitor does. The city's history",
        f"ends now, so its season and its absences are those of the day of the run: {datetime.now(UTC):%Y-%m-%d}.",
        f"{size:,} instruments, {readings:,} readings and {transactions:,} transactions stored.",
        f"From the start on a machine with {os.cpu_count()} cores: console {times.console:.0f} s,",
        f"first alert {min(times.first.values()):.0f} s, history published {times.complete:.0f} s,",
        f"all of it judged {times.judged:.0f} s.",
        "",
        "| Tampering | Kind | Judge | Played | Found | Missed | Not asked |",
        "|---|---|---|--:|--:|--:|--:|",
    ]
    for mode, kind in sorted(result.found | result.missed | result.not_asked):
        counts = [counter[mode, kind] for counter in (result.found, result.missed, result.not_asked)]
        lines.append(f"| {mode} | {kind} | {_asked(mode, kind)} | {sum(counts)} | {' | '.join(map(str, counts))} |")
    lines += [
        "",
        "Found: a finding of one of the judges sets in during the tampering, give or take a day (stopped_register two,",
        "level_shift 21: its onset is an estimate). Not asked: the policy does not put this judge to the kind.",
        "A finding is unexplained where no tampering and no empty home is near: it counts as false, as does",
        "one on a home that honestly stood empty.",
        "",
        "| Judge | First alert [s] | Alerts | Findings | Hits | On other tampering | On empty homes | Unexplained |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for judge, count in sorted(alerts.items()):
        verdicts = [result.verdicts[judge, name] for name in ("hit", "other tampering", "empty home", "unexplained")]
        first = f"{times.first[judge]:.0f}" if judge in times.first else "–"
        lines.append(f"| {judge} | {first} | {count} | {sum(verdicts)} | {' | '.join(map(str, verdicts))} |")
    if result.unexplained:
        lines += ["", "Unexplained:", ""]
        lines += [
            f"- {item.judge}, {item.kind}, {item.instrument}, from {item.onset:%Y-%m-%d}" for item in result.unexplained
        ]
    return "\n".join(lines)


def _asked(mode: str, kind: str) -> str:
    """Judges that the policy puts to a kind and that are asked about a mode."""
    names = [judge.name for judge in Policy.load().judges(kind)]
    return ", ".join(name for name in JUDGES_OF[mode] if name in names) or "–"


def main() -> int:
    """Run, print the section, write it into the page; 1 where a judge that is asked raised no alert."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.city_truth", description=__doc__)
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "scorecard.md", help="page to write into")
    parser.add_argument("--look", action="store_true", help="leave the page alone")
    given = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="hengjian-city-"))
    work.chmod(0o755)  # as root, the database's account passes through here
    began = time.monotonic()
    with running(work / "data") as product:
        times = watched(product, began)
        truth = list(facts(work / "data" / "city" / "truth.ndjson"))
        said = [Said(*row[:5]) for row in product.ask(FINDINGS)]
        text = report(product, times, compare(truth, said, Policy.load()))
    print(text)
    if not given.look:
        write_section(given.page, "city truth", text)
    silent = sorted(mode for mode, judges in JUDGES_OF.items() if not times.first.keys() & set(judges))
    if silent:
        print(f"no alert on {', '.join(silent)}; what there is stays in {work}", file=sys.stderr)
        return 1
    shutil.rmtree(work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
