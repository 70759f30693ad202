"""Generated pages: each command owns one marked section and leaves the others as they are."""

import re
from pathlib import Path


def write_section(path: Path, name: str, text: str, *, title: str = "Scorecard") -> None:
    """Put a section between its marks; a page or section that does not exist yet is begun.

    Parameters
    ----------
    name
        Name of the section's marks.
    text
        Markdown of the section.
    title
        Title of a page that is begun.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    page = path.read_text(encoding="utf-8") if path.exists() else f"# {title}\n"
    if begin not in page:
        page += f"\n{begin}\n{end}\n"
    section = f"{begin}\n{text.strip()}\n{end}"
    page = re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: section, page, flags=re.DOTALL)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
