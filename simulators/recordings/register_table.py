"""A long table instrument · taken_at · register · value as messages: a day's window, instrument by instrument."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pyarrow as pa

from metrology.kind import InstrumentKind
from simulators.day_book import Counts, Mask
from simulators.encoding import Message
from simulators.recordings.decimals import read_decimals
from simulators.recordings.instants import Instants, read_instants
from simulators.recordings.kinds import decide

_WINDOW = 86_400_000_000
"""Messages of one instrument never span a UTC midnight, so that the fleet goes through time together [µs]."""


@dataclass(frozen=True)
class RegisterTable:
    """Readings in the order in which they are published.

    Parameters
    ----------
    order
        Row of the file for each place in that order.
    edges
        Place at which each message begins, and the end.
    """

    kinds: dict[str, str]
    instants: tuple[Instants, ...]
    unfit: int
    serials: list[str | None]
    registers: list[str | None]
    instrument: Counts
    register: Counts
    values: list[str]
    order: Counts
    edges: Counts

    @property
    def messages(self) -> int:
        """How many messages the table makes."""
        return self.edges.size - 1

    def encoded(self, source: str) -> Iterator[Message]:
        """Messages in order of time; due when their last reading was taken."""
        times = self.instants[0]
        names = [f'"{name}":' if name is not None else '"":' for name in self.registers]
        serials = [msgspec.json.encode(serial).decode() for serial in self.serials]
        order, register = self.order.tolist(), self.register.tolist()
        edges = self.edges.tolist()
        for begin, end in itertools.pairwise(edges):
            rows = order[begin:end]
            readings: list[tuple[str, dict[str, str]]] = []
            for row in rows:
                taken_at, name = times.texts[row], names[register[row]]
                if not readings or readings[-1][0] != taken_at or name in readings[-1][1]:
                    readings.append((taken_at, {}))
                readings[-1][1][name] = self.values[row]
            body = ",".join(_reading(*reading) for reading in readings)
            text = f'{{"instrument":{serials[self.instrument[rows[0]]]},"readings":[{body}]}}'
            due = float(times.microseconds[rows[-1]]) / 1e6
            yield Message(due, source, text.encode(), readings=end - begin)


def _reading(taken_at: str, shown: dict[str, str]) -> str:
    fields = ",".join(name + value for name, value in shown.items())
    return f'{{"taken_at":{taken_at},"registers":{{{fields}}}}}'


def read(
    path: Path, table: pa.Table, kinds: tuple[InstrumentKind, ...], zone: ZoneInfo | None, per_message: int
) -> RegisterTable:
    """Order the rows of a table and find the kind of every instrument.

    Raises
    ------
    RecordingRefused
        by its subclasses: naive times without zone, an unknown register, an undecided kind.
    """
    serials, instrument = _coded(table["instrument"])
    registers, register = _coded(table["register"])
    held: list[set[str]] = [set() for _ in serials]
    for pair in np.unique(instrument * len(registers) + register).tolist():
        name = registers[pair % len(registers)]
        if name is not None:
            held[pair // len(registers)].add(name)
    decided = [decide(path, frozenset(own), kinds) for own in held]
    places = np.array(
        [[kind.by_name[name].decimals if name in kind.by_name else 0 for name in registers] for kind in decided],
        np.int64,
    ).reshape(len(serials), len(registers))
    instants = read_instants(path, "taken_at", table["taken_at"], zone)
    values, fit = read_decimals(table["value"], places[instrument, register])
    named = np.array([name is not None for name in registers], bool)[register]
    carried = fit & instants.known & named & np.array([name is not None for name in serials], bool)[instrument]
    order, edges = _arranged(instants, instrument, carried, per_message)
    return RegisterTable(
        kinds={serial: kind.name for serial, kind in zip(serials, decided, strict=True) if serial is not None},
        instants=(instants,),
        unfit=int((~carried).sum()),
        serials=serials,
        registers=registers,
        instrument=instrument,
        register=register,
        values=values,
        order=order,
        edges=edges,
    )


def _coded(column: pa.ChunkedArray) -> tuple[list[str | None], Counts]:
    """Distinct texts of a column, and for each row which of them it holds; a missing one counts as distinct."""
    encoded = column.cast(pa.string()).combine_chunks().dictionary_encode(null_encoding="encode")
    return encoded.dictionary.to_pylist(), np.asarray(encoded.indices, np.int64)


def _arranged(instants: Instants, instrument: Counts, carried: Mask, per_message: int) -> tuple[Counts, Counts]:
    """Order of publication and the place at which each message begins: (order, edges)."""
    window = instants.microseconds // _WINDOW
    window = np.where(instants.known, window, window[instants.known].max(initial=0) + 1)
    alone = np.where(carried, 0, 1 + np.arange(carried.size))
    order = np.lexsort((instants.microseconds, alone, instrument, window))
    keys = np.stack([window[order], instrument[order], alone[order]])
    new = np.ones(order.size, bool)
    new[1:] = (keys[:, 1:] != keys[:, :-1]).any(axis=0)
    group_start = np.maximum.accumulate(np.where(new, np.arange(order.size), 0))
    new |= (np.arange(order.size) - group_start) % per_message == 0
    return order, np.append(np.flatnonzero(new), order.size)
