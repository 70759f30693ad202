"""Files that only their owner can read, replaced at one stroke."""

import os
from collections.abc import Mapping
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Replace a file at one stroke; only its owner can read the new one."""
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def write_changed(directory: Path, files: Mapping[str, str]) -> bool:
    """Replace those files of a directory that read otherwise; whether there were any."""
    changed = False
    for name, text in files.items():
        path = directory / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_private(path, text)
            changed = True
    return changed
