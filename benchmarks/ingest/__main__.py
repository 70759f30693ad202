"""How fast the way in is, held against raw COPY and a bare subscriber in the same run; `make bench-ingest`."""

import argparse
import shlex
import shutil
import signal
import sys
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from benchmarks.ingest import tables
from benchmarks.ingest.measurement import FULL, QUICK, STAGES, Measurement, Size
from benchmarks.ingest.section import page
from benchmarks.page import write_section

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Measure, print, write the page; 1 where a goal is missed or a part failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="in three minutes whether all works; writes no page")
    parser.add_argument("--only", choices=STAGES, nargs="+", default=list(STAGES), help="these parts")
    parser.add_argument("--repeats", type=int, help="of each comparison")
    parser.add_argument("--messages", type=int, help="with and without poison")
    parser.add_argument("--minutes", type=float, help="of the million meters")
    parser.add_argument("--limit", type=float, help="minutes after which no further part is begun")
    parser.add_argument("--page", type=Path, help="where to write; docs/benchmarks/ingest.md unless --quick")
    given = parser.parse_args()
    chosen = _sized(QUICK if given.quick else FULL, given)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    directory = Path(tempfile.mkdtemp(prefix="hengjian-bench-"))
    directory.chmod(0o755)  # as root, the database's account passes through here
    try:
        found = Measurement(chosen, given.only, directory).run()
    except KeyboardInterrupt:
        print("stopped; nothing was written", file=sys.stderr)
        return 130
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    options = shlex.join(sys.argv[1:])
    text = page(found, f"make bench-ingest BENCH='{options}'" if options else "make bench-ingest")
    print(text)
    target = given.page or (None if given.quick else ROOT / "docs" / "benchmarks" / "ingest.md")
    if target is not None:
        write_section(target, "ingest", text, title="How fast the way in is")
    missed = not given.quick and not all(met for _, met in tables.goals(found.compared, found.minutes))
    return 1 if found.failed or missed else 0


def _sized(size: Size, given: argparse.Namespace) -> Size:
    return replace(
        size,
        repeats=given.repeats or size.repeats,
        poison=given.messages or size.poison,
        minutes=timedelta(minutes=given.minutes) if given.minutes else size.minutes,
        limit=timedelta(minutes=given.limit) if given.limit else size.limit,
    )


if __name__ == "__main__":
    sys.exit(main())
