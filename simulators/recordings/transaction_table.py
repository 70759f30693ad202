"""A table of transactions with the contract's names as messages, one transaction each."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pyarrow as pa

from metrology.kind import InstrumentKind
from metrology.transaction import AMOUNT_DECIMALS, UNIT_PRICE_DECIMALS
from simulators.day_book import Mask
from simulators.encoding import Message
from simulators.recordings.decimals import read_decimals
from simulators.recordings.instants import Instants, read_instants
from simulators.recordings.kinds import decide_billing

_JSON_COLUMNS = ("attributes", "signed")

OPTIONAL_COLUMNS = ("start_indication", "end_indication", "unit_price", "amount", *_JSON_COLUMNS)
"""What a transaction table may hold beside the required columns."""


@dataclass(frozen=True)
class TransactionTable:
    """Transactions as JSON fragments, one element each.

    Parameters
    ----------
    members
        JSON object of each transaction.
    order
        Row of the file for each place in the order of publication.
    """

    kinds: dict[str, str]
    instants: tuple[Instants, ...]
    unfit: int
    serials: list[str | None]
    members: list[str]
    due: list[float]
    order: list[int]

    @property
    def messages(self) -> int:
        """How many messages the table makes."""
        return len(self.members)

    def encoded(self, source: str) -> Iterator[Message]:
        """Messages in order of their end (or of their start where the end is missing)."""
        for row in self.order:
            serial = msgspec.json.encode(self.serials[row]).decode()
            text = f'{{"instrument":{serial},"transactions":[{self.members[row]}]}}'
            yield Message(self.due[row], source, text.encode(), transactions=1)


def read(path: Path, table: pa.Table, kinds: tuple[InstrumentKind, ...], zone: ZoneInfo | None) -> TransactionTable:
    """Encode the rows of a table.

    Raises
    ------
    RecordingRefused
        by its subclasses: naive times without zone, an undecided kind.
    """
    kind = decide_billing(path, kinds)
    assert kind.transaction is not None  # noqa: S101 - decide_billing returns no other
    started = read_instants(path, "started_at", table["started_at"], zone)
    ended = read_instants(path, "ended_at", table["ended_at"], zone)
    serials = table["instrument"].cast(pa.string()).to_pylist()
    register = kind.by_name.get(kind.transaction.register or "")
    places = {
        "quantity": kind.transaction.decimals,
        "start_indication": register.decimals if register else 0,
        "end_indication": register.decimals if register else 0,
        "unit_price": UNIT_PRICE_DECIMALS,
        "amount": AMOUNT_DECIMALS,
    }
    carried = started.known & ended.known & np.array([serial is not None for serial in serials], bool)
    fields: list[list[str]] = [
        [f'"started_at":{text}' for text in started.texts],
        [f'"ended_at":{text}' for text in ended.texts],
    ]
    numbers, fit = read_decimals(_whole(table["seq"]), np.zeros(table.num_rows, np.int64))
    fields.insert(
        0, [f'"seq":{text.strip(chr(34)) if good else text}' for text, good in zip(numbers, fit, strict=True)]
    )
    carried &= fit
    for name, decimals in places.items():
        if name in table.column_names:
            texts, fit = read_decimals(table[name], np.full(table.num_rows, decimals, np.int64))
            absent = np.array([text == "null" and name != "quantity" for text in texts], bool)
            carried &= fit | absent
            fields.append([f'"{name}":{text}' for text in texts])
    for name in _JSON_COLUMNS:
        if name in table.column_names:
            texts, fit = _objects(table[name].cast(pa.string()).to_pylist())
            carried &= fit
            fields.append([f'"{name}":{text}' for text in texts])
    latest = np.append(ended.microseconds[ended.known], started.microseconds[started.known]).max(initial=0)
    due = np.where(ended.known, ended.microseconds, np.where(started.known, started.microseconds, latest))
    return TransactionTable(
        kinds={serial: kind.name for serial in serials if serial is not None},
        instants=(started, ended),
        unfit=int((~carried).sum()),
        serials=serials,
        members=["{" + ",".join(parts) + "}" for parts in zip(*fields, strict=True)],
        due=(due / 1e6).tolist(),
        order=np.argsort(due, kind="stable").tolist(),
    )


def _whole(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A counter as text, unless it is of a type whose text would not be a whole number."""
    return column if pa.types.is_floating(column.type) else column.cast(pa.string())


def _objects(texts: list[str | None]) -> tuple[list[str], Mask]:
    """JSON text of each object; text that is no JSON object becomes a JSON string, for ingest to refuse."""
    fit = np.ones(len(texts), bool)
    written: list[str] = []
    for row, text in enumerate(texts):
        if text is None:
            written.append("{}")
            continue
        try:
            fit[row] = isinstance(msgspec.json.decode(text), dict)
        except msgspec.DecodeError:
            fit[row] = False
        written.append(text if fit[row] else msgspec.json.encode(text).decode())
    return written, fit
