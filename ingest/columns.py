"""Readings of a batch as they are gathered: what each says is looked at one by one, what is alike all at once.

A statement, all that registers indicated at one instant, costs two numbers and the text of its indications. Devices
repeat themselves: the names of a statement's registers are looked up once for all that name the same, its *shape*.
"""

from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.conversion import Conversion
from ingest.errors import UnknownRegisterName
from ingest.identity import Identities, Profile
from ingest.instants import Instants
from ingest.message import Message, Number
from ingest.numerals import plain_counts
from metrology.civil import local_days
from store.arrivals import READINGS
from store.columns import DAY_SHIFT, EPOCH_SHIFT

PIECE = 4096
"""Numerals that are counted at once: twice as fast as a hundred thousand, for the processor's cache holds them."""


Place = tuple[int, int, int]
"""How many rows, statements and messages were gathered before something."""


class Columns:
    """Gathers readings.

    Parameters
    ----------
    instants
        Reader of instants, kept across batches for what it remembers.
    """

    def __init__(self, instants: Instants) -> None:
        self._known = instants.known
        self.indications: list[Number] = []
        self.instants: list[int] = []
        self._shapes: list[int] = []
        # For each message that states something: its rows, source, instrument, receipt and profile.
        self._runs: list[tuple[int, int, int, int, int]] = []
        self._shape_of: defaultdict[int, dict[tuple[str, ...], int]] = defaultdict(dict)
        self._named: list[list[tuple[int, int]]] = []

    @property
    def place(self) -> Place:
        """How much is gathered."""
        return len(self.indications), len(self._shapes), len(self._runs)

    def cut(self, place: Place) -> None:
        """Take back what was gathered since."""
        rows, statements, runs = place
        del self.indications[rows:], self.instants[statements:], self._shapes[statements:], self._runs[runs:]

    def take(self, source: int, instrument: int, profile: Profile, message: Message, conversion: Conversion) -> None:
        """Gather the readings of a message; its numbers are not looked at yet."""
        known, latest, indications = self._known, conversion.latest, self.indications
        before, shape_of = len(indications), self._shape_of[profile.number]
        for reading in message.readings:
            registers = reading.registers
            names = tuple(registers)
            shape = shape_of.get(names)
            if shape is None:
                shape = shape_of[names] = self._new_shape(profile, names)
            moment = known.get(reading.taken_at)
            if moment is None or moment > latest:
                moment = conversion.instant(reading.taken_at)
            self._shapes.append(shape)
            self.instants.append(moment)
            indications += registers.values()
        if len(indications) > before:
            self._runs.append((len(indications) - before, source, instrument, conversion.received, profile.number))

    def _new_shape(self, profile: Profile, names: tuple[str, ...]) -> int:
        for name in names:
            if name not in profile.registers:
                raise UnknownRegisterName(profile.kind.name, name, sorted(profile.registers))
        self._named.append([profile.registers[name] for name in names])
        return len(self._named) - 1

    def rows(self, identities: Identities) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.intp]]:
        """Readings as :data:`store.arrivals.READINGS`, in order of arrival, and which of them are left to look at.

        Returns
        -------
        Readings; the decimals of each; and where `value` is 0 because the indication is no plain numeral.
        """
        rows = np.empty(len(self.indications), dtype=READINGS)
        if not len(rows):
            return rows, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.intp)
        widths = np.array([len(named) for named in self._named], dtype=np.int64)
        named = np.array([each for shape in self._named for each in shape], dtype=np.int64)
        shapes = np.array(self._shapes, dtype=np.int64)
        lengths = widths[shapes]
        # In `named` a row is as far behind the beginning of its shape as it is behind that of its statement.
        ahead = (np.cumsum(widths) - widths)[shapes] - (np.cumsum(lengths) - lengths)
        rows["register"], decimals = named[np.repeat(ahead, lengths) + np.arange(len(rows))].T
        rows["taken_at"] = np.repeat(np.array(self.instants, dtype=np.int64), lengths)
        plain = np.empty(len(rows), dtype=np.bool_)
        for begin in range(0, len(rows), PIECE):
            piece = slice(begin, begin + PIECE)
            rows["value"][piece], plain[piece] = plain_counts(self.indications[piece], decimals[piece])
        lengths, sources, instruments, received, profiles = np.array(self._runs, dtype=np.int64).T
        rows["source"] = np.repeat(sources, lengths)
        rows["instrument"] = np.repeat(instruments, lengths)
        rows["received_at"] = np.repeat(received, lengths)
        profile = np.repeat(profiles, lengths)
        for number in np.unique(profiles).tolist():
            chosen = profile == number
            instants = rows["taken_at"][chosen] + EPOCH_SHIFT
            rows["day"][chosen] = local_days(instants, identities.profile(number).time_zone) - DAY_SHIFT
        return rows, decimals, np.flatnonzero(~plain)
