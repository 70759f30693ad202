"""Named SQL: every statement lives in a `.sql` file of this folder, under a name and one line of purpose.

File format::

    -- name --
    -- purpose
    STATEMENT
"""

import re
from functools import cache
from importlib import resources
from typing import LiteralString

_HEADING = re.compile(r"^-- ([a-z0-9_]+) --\n((?:-- .+\n)+)", re.MULTILINE)


@cache
def statements(file: str) -> dict[str, LiteralString]:
    """Statements of one file of this folder by their names.

    Raises
    ------
    ValueError
        if the file holds no named statement, or a name twice.

    Examples
    --------
    >>> "applied" in statements("migrations")
    True
    """
    parts = _HEADING.split(text(f"{file}.sql"))[1:]
    names = parts[0::3]
    if not names or len(set(names)) != len(names):
        raise ValueError(f"{file}.sql: statements need headings of the form '-- name --' and a purpose, each name once")
    return {name: body.strip() for name, body in zip(names, parts[2::3], strict=True)}


def text(path: str) -> LiteralString:
    """Whole text of a file below this folder."""
    # The files are part of this package: they are as literal as code is.
    literal: LiteralString = resources.files(__name__).joinpath(path).read_text(encoding="utf-8")
    return literal


def migrations() -> list[tuple[str, LiteralString]]:
    """Name and text of every migration, in order."""
    folder = resources.files(__name__).joinpath("migrations")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(name, text(f"migrations/{name}")) for name in names]
