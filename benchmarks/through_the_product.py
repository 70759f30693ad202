"""Replay every recording into the running product, account for every statement, and list what its judges found.

The product is started as a user starts it, each file goes through the broker, and afterwards the ledger of the way in
must say: published = stored + repeated + conflicting + quarantined, file by file. With `--kill N` the ingest, the watch
and the broker are each killed N times while messages are on their way, and everything must come out the same.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from benchmarks.page import write_section
from benchmarks.product import Product, running

ROOT = Path(__file__).resolve().parent.parent
KILLED = ("ingest", "watch", "broker")


@dataclass(frozen=True)
class Part:
    """One recorded file and what its own record does not say: zone of naive times, size of the instruments."""

    file: str
    source: str
    time_zone: str | None = None
    size: str | None = None
    kinds: tuple[str, ...] = ()


PARTS = (
    Part("water_daiad/readings.parquet", "alicante-water", "Europe/Madrid", "DN15"),
    Part("electricity_sgsc/readings.parquet", "australia-homes", "Australia/Brisbane"),
    Part("electricity_london/readings.parquet", "london-half-hours", "UTC"),
    Part("electricity_london/readings_daily.parquet", "london-days", "UTC"),
    Part("electricity_uci_household/readings.parquet", "sceaux-home", "Etc/GMT-1"),
    Part("ev_norway/transactions.parquet", "norway-garages", "Europe/Oslo", "AC7kW", ("ev_charger",)),
    Part("ev_workplace/transactions.parquet", "workplace-chargers", "UTC", "AC7kW", ("ev_charger",)),
    Part("gas_opendsm/readings.parquet", "opendsm-samples", "UTC"),
)

LEDGER = """
    SELECT coalesce(sum(readings + transactions), 0)::bigint,
           coalesce(sum(readings_stored + transactions_stored), 0)::bigint,
           coalesce(sum(readings_repeated + transactions_repeated), 0)::bigint,
           coalesce(sum(readings_conflicting + transactions_conflicting), 0)::bigint,
           coalesce(sum(readings_quarantined + transactions_quarantined), 0)::bigint
      FROM intake WHERE source_code = %(source)s"""

ROWS = """
    SELECT (SELECT count(*) FROM reading WHERE instrument_id IN (SELECT id FROM mine))
         + (SELECT count(*) FROM transaction WHERE instrument_id IN (SELECT id FROM mine))
      FROM (SELECT 1) AS one"""

MINE = "WITH mine AS (SELECT id FROM instrument WHERE source_id = (SELECT id FROM source WHERE code = %(source)s))"

FINDINGS = """
    SELECT source.code, finding.judge_name, count(*), count(DISTINCT finding.instrument_id),
           count(DISTINCT finding.alert_id)
      FROM finding
      JOIN instrument ON instrument.id = finding.instrument_id
      JOIN source ON source.id = instrument.source_id
     WHERE withdrawn_at IS NULL
     GROUP BY 1, 2 ORDER BY 1, 2"""

CAUSES = "SELECT source_code, cause, count(*) FROM quarantine GROUP BY 1, 2 ORDER BY 1, 2"


@dataclass(frozen=True)
class Account:
    """What was sent and what became of it [readings and transactions]."""

    part: Part
    published: int
    unfit: int
    received: int
    stored: int
    repeated: int
    conflicting: int
    quarantined: int
    rows: int

    @property
    def exact(self) -> bool:
        """Whether every statement published is accounted for, and the store holds as many rows as it says."""
        accounted = self.stored + self.repeated + self.conflicting + self.quarantined
        return self.published == self.received == accounted and self.rows == self.stored


def replay(product: Product, part: Part, data: Path, work: Path) -> dict[str, int]:
    """Enrol a file's instruments, publish it, and return what was published."""
    options = [str(data / part.file), "--source", part.source]
    options += ["--time-zone", part.time_zone] if part.time_zone else []
    for kind in part.kinds:
        options += ["--kind", kind]
    enrolment, summary = work / f"{part.source}.ndjson", work / f"{part.source}.json"
    product.hengjian("replay", *options, "--enrolment", str(enrolment))
    if part.size:
        lines = [json.loads(line) | {"size": part.size} for line in enrolment.read_text().splitlines()]
        enrolment.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    product.hengjian("instrument", "enrol", str(enrolment))
    credentials = product.credentials(part.source)
    product.hengjian("replay", *options, "--credentials", str(credentials), "--summary", str(summary))
    published: dict[str, int] = json.loads(summary.read_text())
    return published


def settle(product: Product, part: Part, published: dict[str, int], patience: timedelta) -> Account:
    """Wait until the ledger has heard of everything published, and state the account."""
    sent = published["readings"] + published["transactions"]
    until = time.monotonic() + patience.total_seconds()
    while True:
        ledger = product.ask(LEDGER, source=part.source)[0]
        if ledger[0] >= sent or time.monotonic() > until:
            break
        time.sleep(0.5)
    received, stored, repeated, conflicting, quarantined = ledger
    ((rows,),) = product.ask(MINE + ROWS, source=part.source)
    return Account(part, sent, published["unfit"], received, stored, repeated, conflicting, quarantined, rows)


@contextmanager
def killing(product: Product, times: int, seed: int) -> Iterator[None]:
    """Kill ingest, watch and broker at random moments while the block runs."""
    stop = threading.Event()
    generator = random.Random(seed)  # noqa: S311 - a fault plan, not a secret

    def kill() -> None:
        plan = [service for service in KILLED for _ in range(times)]
        generator.shuffle(plan)
        for service in plan:
            if stop.wait(generator.uniform(2, 8)):
                return
            product.kill(service)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def report(accounts: list[Account], product: Product, seconds: float) -> str:
    """The section as Markdown."""
    killed = ", ".join(f"{service} {count} times" for service, count in sorted(product.killed.items())) or "nothing"
    lines = [
        "## Recorded data through the running product",
        "",
        "Made by `python -m benchmarks.through_the_product` from the recorded data beside the checkout.",
        "Numbers count readings and transactions; every file must be accounted for exactly:",
        "published = stored + repeated + conflicting + quarantined, and the store holds as many rows as were stored.",
        f"Killed without warning during the run: {killed}.",
        "",
        "| File | Published | Stored | Repeated | Conflicting | Quarantined | Exact |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    lines += [
        f"| {account.part.file} | {account.published:,} | {account.stored:,} | {account.repeated:,} "
        f"| {account.conflicting:,} | {account.quarantined:,} | {'yes' if account.exact else '**no**'} |"
        for account in accounts
    ]
    total = sum(account.published for account in accounts)
    print(f"{total:,} statements, judged {seconds:.0f} s after the first was sent")
    files = {account.part.source: account.part.file for account in accounts}
    lines += ["", "| File | Judge | Findings | Instruments | Alerts |", "|---|---|--:|--:|--:|"]
    lines += [
        f"| {files[source]} | {judge} | {findings} | {instruments} | {alerts} |"
        for source, judge, findings, instruments, alerts in product.ask(FINDINGS)
    ]
    lines += ["", "| File | Cause of quarantine | Messages |", "|---|---|--:|"]
    lines += [f"| {files[source]} | {cause} | {messages} |" for source, cause, messages in product.ask(CAUSES)]
    return "\n".join(lines)


def main() -> int:
    """Run, print the section, write it into the page; 1 where a file is not accounted for exactly."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.through_the_product", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder of the recordings")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "scorecard.md", help="page to write into")
    parser.add_argument("--kill", type=int, default=0, help="how often ingest, watch and broker are each killed")
    parser.add_argument("--seed", type=int, default=1, help="seed of the moments of killing")
    parser.add_argument("--only", help="only sources whose name contains this; the page is left alone")
    given = parser.parse_args()
    if not given.data.is_dir():
        print(f"there is no folder of recordings at {given.data}; name one with --data", file=sys.stderr)
        return 1
    parts = [part for part in PARTS if not given.only or given.only in part.source]
    work = Path(tempfile.mkdtemp(prefix="hengjian-replay-"))
    work.chmod(0o755)  # as root, the database's account passes through here
    try:
        with running(work / "data", "--no-city") as product:
            began = time.monotonic()
            with killing(product, given.kill, given.seed):
                published = [replay(product, part, given.data, work) for part in parts]
            patience = timedelta(minutes=5)
            accounts = [settle(product, part, sent, patience) for part, sent in zip(parts, published, strict=True)]
            product.rest(timedelta(minutes=10))
            text = report(accounts, product, time.monotonic() - began)
    except subprocess.CalledProcessError as error:
        print(f"{error}; the product's log is {work}/data.log", file=sys.stderr)
        return 1
    print(text)
    if not given.only and not given.kill:
        write_section(given.page, "through the product", text)
    if all(account.exact for account in accounts):
        shutil.rmtree(work)
        return 0
    print(f"not every file is accounted for; what there is stays in {work}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
