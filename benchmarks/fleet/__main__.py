"""What judging a fleet costs, from ten thousand instruments to a million; `make bench-fleet`."""

import argparse
import shlex
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from benchmarks.fleet.measurement import Fleet, Measurement, default_watches
from benchmarks.fleet.section import goals, page
from benchmarks.page import write_section

ROOT = Path(__file__).resolve().parents[2]
SIZES = (10_000, 100_000, 1_000_000)
RAW_AT_MOST = 100_000
"""Instruments up to which readings of the whole history are stored; beyond, of its last day."""


def main() -> int:
    """Measure, print, write the page; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="instruments")
    parser.add_argument("--days", type=int, default=30, help="of history")
    parser.add_argument("--full", action="store_true", help="judge the whole history of the largest fleets, too")
    parser.add_argument("--watches", type=int, default=default_watches(), help="processes side by side")
    parser.add_argument("--limit", type=float, default=15.0, help="minutes after which nothing more is begun")
    parser.add_argument("--directory", type=Path, help="where the data lies meanwhile")
    parser.add_argument("--page", type=Path, help="where to write; docs/benchmarks/fleet.md unless sizes are named")
    given = parser.parse_args()
    fleets = [
        Fleet(size, given.days, given.days if size <= RAW_AT_MOST else 1, given.full or size <= RAW_AT_MOST)
        for size in given.sizes
    ]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    directory = Path(tempfile.mkdtemp(prefix="hengjian-bench-", dir=given.directory))
    directory.chmod(0o755)  # as root, the database's account passes through here
    try:
        found = Measurement(fleets, directory, watches=given.watches, minutes=given.limit).run()
    except KeyboardInterrupt:
        print("stopped; nothing was written", file=sys.stderr)
        return 130
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    options = shlex.join(sys.argv[1:])
    text = page(found, f"make bench-fleet BENCH='{options}'" if options else "make bench-fleet")
    print(text)
    target = given.page or (ROOT / "docs" / "benchmarks" / "fleet.md" if given.sizes == list(SIZES) else None)
    if target is not None:
        write_section(target, "fleet", text, title="What judging a fleet costs")
    return 0 if all(met for _, met in goals(found)) else 1


if __name__ == "__main__":
    sys.exit(main())
