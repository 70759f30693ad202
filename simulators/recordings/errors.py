"""What can be wrong with a recording, as nouns with data."""

from collections.abc import Iterable
from pathlib import Path

READING_COLUMNS = ("instrument", "taken_at", "register", "value")
TRANSACTION_COLUMNS = ("instrument", "seq", "started_at", "ended_at", "quantity")


class RecordingRefused(ValueError):
    """A recording that cannot be replayed."""


class RecordingMissing(RecordingRefused):
    """There is no such file, or it is neither Parquet nor CSV."""

    def __init__(self, path: Path, cause: str) -> None:
        self.path = path
        super().__init__(f"{path} cannot be read: {cause}")


class NoRegisterTable(RecordingRefused):
    """The file lacks columns of both sorts of table."""

    def __init__(self, path: Path, columns: Iterable[str]) -> None:
        self.path = path
        has = tuple(columns)
        wants = (
            f"{' · '.join(wanted)} (missing: {', '.join(name for name in wanted if name not in has)})"
            for wanted in (READING_COLUMNS, TRANSACTION_COLUMNS)
        )
        super().__init__(
            f"{path} is neither a table of registers nor of transactions; wanted: {' or '.join(wants)}; "
            f"it has: {', '.join(has)}"
        )


class RegisterUnknown(RecordingRefused):
    """A register that no kind in question declares."""

    def __init__(self, path: Path, register: str, kinds: Iterable[str]) -> None:
        self.path = path
        self.register = register
        super().__init__(f"{path} holds the register {register!r}, which none of {', '.join(kinds)} has")


class KindUndecided(RecordingRefused):
    """The registers fit several kinds of instrument, or none."""

    def __init__(self, path: Path, registers: Iterable[str], kinds: Iterable[str]) -> None:
        self.path = path
        named = ", ".join(kinds)
        super().__init__(
            f"{path} leaves the kind of instrument open: {', '.join(sorted(registers)) or 'its transactions'} "
            f"fit {named or 'no kind'}; give --kind"
        )


class NaiveTime(RecordingRefused):
    """Times without offset or zone, and no zone was declared."""

    def __init__(self, path: Path, column: str) -> None:
        self.path = path
        self.column = column
        super().__init__(f"{path} holds naive times in {column}: declare their zone with --time-zone")


class ZoneUnknown(RecordingRefused):
    """No IANA time zone of this name."""

    def __init__(self, zone: str) -> None:
        super().__init__(f"{zone!r} is no IANA time zone, such as Europe/Madrid or UTC")


class SourceUnfit(RecordingRefused):
    """A source's code is one level of an MQTT topic."""

    def __init__(self, code: str) -> None:
        super().__init__(f"{code!r} cannot be a source: no blanks, no '/', '+' or '#'; give --source CODE")
