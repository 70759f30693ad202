"""The command of a section that is made from the recorded data beside the checkout."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.page import write_section

_ROOT = Path(__file__).resolve().parent.parent


def run(module: str, description: str | None, section: Callable[[Path], str], *, mark: str | None = None) -> int:
    """Print a section, and write it into the page where it has marks there; 1 where there are no recordings.

    Parameters
    ----------
    module
        Name by which Python runs the command.
    section
        The section as Markdown, of a folder of recordings.
    mark
        Name of its marks in the page; None for one that is only printed.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    parser.add_argument("--data", type=Path, default=_ROOT.parent / "shared" / "data", help="folder of the recordings")
    if mark:
        page = _ROOT / "docs" / "scorecard.md"
        parser.add_argument("--page", type=Path, default=page, help="page to write into")
    given = parser.parse_args()
    if not given.data.is_dir():
        print(f"there is no folder of recordings at {given.data}; name one with --data", file=sys.stderr)
        return 1
    text = section(given.data)
    print(text)
    if mark:
        write_section(given.page, mark, text)
    return 0
