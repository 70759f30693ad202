"""Reading the documentation as a test needs it: fences, links, tables."""

import re
from dataclasses import dataclass
from pathlib import Path

HOUSE = Path(__file__).parents[2]

_FENCE = re.compile(r"^```(?P<language>\w*)[ ]?(?P<path>\S*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Fence:
    """A fenced block: its language, the file it stands for (empty for none), its text."""

    language: str
    path: str
    text: str


def text(path: str) -> str:
    """Text of a document, by its path in the checkout."""
    return (HOUSE / path).read_text(encoding="utf-8")


def fences(document: str) -> list[Fence]:
    """Every fenced block of a document."""
    return [Fence(found["language"], found["path"], found["text"]) for found in _FENCE.finditer(text(document))]


def prose(document: str) -> str:
    """A document without its fenced blocks."""
    return _FENCE.sub("", text(document))


def documents() -> list[str]:
    """Every document of the house, by its path in the checkout."""
    found = [*HOUSE.glob("*.md"), *(HOUSE / "docs").rglob("*.md")]
    return sorted(path.relative_to(HOUSE).as_posix() for path in found)


def table(document: str, first_heading: str) -> list[list[str]]:
    """Rows of the table whose first column is headed so, cells without backticks."""
    lines = text(document).splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith(f"| {first_heading} |"))
    rows = []
    for line in lines[head + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().replace("`", "") for cell in line.strip("|").split("|")])
    return rows
