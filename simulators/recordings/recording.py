"""One file of recorded registers or transactions, ready to be published."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from simulators.encoding import Message
from simulators.instrument import Instrument, Site
from simulators.recordings import register_table, transaction_table
from simulators.recordings.errors import (
    READING_COLUMNS,
    TRANSACTION_COLUMNS,
    NoRegisterTable,
    RecordingMissing,
    SourceUnfit,
)
from simulators.recordings.kinds import kinds_in_question

_LEVEL = re.compile(r"[^/+#\s]+")
"""What may stand between two slashes of an MQTT topic, and as a user name."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What a file holds and how it was read.

    Parameters
    ----------
    rows
        Of the table.
    messages
        How many the rows make.
    unfit
        Rows that the contract cannot carry; each travels alone, so that nothing else is quarantined with it.
    ambiguous, nonexistent
        Naive times that the zone's clock showed twice or never; both were read with fold 0.
    """

    path: Path
    source: str
    instruments: tuple[Instrument, ...]
    rows: int
    messages: int
    unfit: int
    ambiguous: int
    nonexistent: int
    table: "register_table.RegisterTable | transaction_table.TransactionTable"

    def encoded(self) -> Iterator[Message]:
        """Messages in order of time."""
        return self.table.encoded(self.source)


def open_recording(
    path: Path, source: str | None, kinds: tuple[str, ...], zone: ZoneInfo | None, per_message: int
) -> Recording:
    """Read a file whole.

    Parameters
    ----------
    source
        Who is said to send it; the folder's name if None.
    zone
        Of naive times; also the civil time of the site.
    per_message
        Most readings in one message.

    Raises
    ------
    RecordingRefused
        by its subclasses, if the file is missing or not what it should be.
    """
    table, names = _table(path)
    code = source or path.absolute().parent.name
    if not _LEVEL.fullmatch(code):
        raise SourceUnfit(code)
    site = Site(code=code, name_zh=code, name_en=code, time_zone=zone.key if zone else "UTC")
    questioned = kinds_in_question(kinds)
    columns = set(names)
    read: register_table.RegisterTable | transaction_table.TransactionTable
    if columns.issuperset(READING_COLUMNS):
        read = register_table.read(path, table, questioned, zone, per_message)
    elif columns.issuperset(TRANSACTION_COLUMNS):
        read = transaction_table.read(path, table, questioned, zone)
    else:
        raise NoRegisterTable(path, names)
    return Recording(
        path=path,
        source=code,
        instruments=tuple(
            Instrument(source=code, serial=serial, kind=kind, site=site) for serial, kind in read.kinds.items()
        ),
        rows=table.num_rows,
        messages=read.messages,
        unfit=read.unfit,
        ambiguous=sum(column.ambiguous for column in read.instants),
        nonexistent=sum(column.nonexistent for column in read.instants),
        table=read,
    )


def _table(path: Path) -> tuple[pa.Table, list[str]]:
    """Wanted columns of a Parquet or CSV file, and the names of all it has; a CSV's times and numbers stay texts."""
    wanted = {*READING_COLUMNS, *TRANSACTION_COLUMNS, *transaction_table.OPTIONAL_COLUMNS}
    try:
        if path.suffix == ".csv":
            texts = pa.csv.ConvertOptions(
                column_types=dict.fromkeys(wanted, pa.string()), strings_can_be_null=True, null_values=[""]
            )
            table = pa.csv.read_csv(path, convert_options=texts)
            return table, table.column_names
        if path.suffix != ".parquet":
            raise RecordingMissing(path, "neither .parquet nor .csv")
        names = pa.parquet.read_schema(path).names
        return pa.parquet.read_table(path, columns=[name for name in names if name in wanted]), names
    except (OSError, pa.ArrowException) as error:
        raise RecordingMissing(path, str(error)) from error
