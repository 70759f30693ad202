"""From (source, serial) to the instrument as the store numbers it, without asking the store each time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Protocol, TypeVar

from ingest.errors import ForeignInstrument, UnknownInstrument, UnknownSource
from ingest.instrument_keys import InstrumentKeys
from metrology.kind import InstrumentKind
from metrology.kinds import kind_called
from store import audit, instruments, registers
from store.connection import Connection

RETRY = timedelta(seconds=2)
"""How soon the store is asked again for a source's missing serials: a flood of unknown ones must not hammer it."""

MOST_SOURCES = 10_000
"""How many sources are remembered: names made up by the thousand are not worth keeping."""

MOST_FOREIGN = 1000
"""How many instruments of others are remembered that a source spoke for; more of them only repeat what is known."""

MOST_ELSEWHERE = 20
"""How often between two looks at a source it is looked whether a serial is another's."""

_BITS = 16
_Answer = TypeVar("_Answer")


class Ask(Protocol):
    """Puts a question to the store and returns its answer, waiting for the database where it must."""

    def __call__(self, question: Callable[[Connection], _Answer], /) -> _Answer:
        """Answer of a question."""
        ...


@dataclass(frozen=True)
class Profile:
    """What instruments of one kind in one time zone have in common.

    Parameters
    ----------
    registers
        Name on the wire → (number in the store, decimals).
    """

    number: int
    kind: InstrumentKind
    time_zone: str
    registers: dict[str, tuple[int, int]]


@dataclass
class _Source:
    # Serial → (instrument id << 16 | profile number): one int each, because a source may have a million.
    serials: dict[str, int]
    enrolled: bool
    newest: int
    look_again: float
    # Serials that another source has, and how often it was looked for such since the store was last asked.
    foreign: set[str] = field(default_factory=set)
    elsewhere: int = 0


class Identities:
    """Instruments by source and serial.

    Parameters
    ----------
    ask
        Runs a question on a connection and returns its answer, waiting for the database where it must.
    """

    def __init__(self, ask: Ask, *, clock: Callable[[], float] = monotonic) -> None:
        self.keys = InstrumentKeys(ask, clock=clock)
        self._ask = ask
        self._clock = clock
        self._sources: dict[str, _Source] = {}
        self._profiles: list[Profile] = []
        self._profile_numbers: dict[tuple[str, str], int] = {}
        self._registers: dict[str, dict[str, tuple[int, int]]] = {}

    def find(self, source: str, serial: str) -> tuple[int, Profile]:
        """Id and profile of an instrument.

        Raises
        ------
        UnknownSource
            if nobody enrolled the source.
        UnknownInstrument
            if the source has no such serial.
        ForeignInstrument
            if another source has it; the audit says so too.
        """
        known = self._sources.get(source)
        packed = known.serials.get(serial) if known else None
        if packed is None:
            packed = self._look_up(source, serial)
        return packed >> _BITS, self._profiles[packed & (1 << _BITS) - 1]

    def enrolled(self, source: str) -> bool:
        """Whether a source is known here to be enrolled."""
        known = self._sources.get(source)
        return known is not None and known.enrolled

    def profile(self, number: int) -> Profile:
        """Profile by its number."""
        return self._profiles[number]

    def _look_up(self, source: str, serial: str) -> int:
        known = self._sources.get(source)
        if known is None or self._clock() >= known.look_again:
            known = self._learn(source, serial, known)
        packed = known.serials.get(serial)
        if packed is not None:
            return packed
        if not known.enrolled:
            raise UnknownSource(source)
        self._look_elsewhere(source, serial, known)
        if serial in known.foreign:
            raise ForeignInstrument(source, serial)
        raise UnknownInstrument(source, serial)

    def _learn(self, source: str, serial: str, known: _Source | None) -> _Source:
        """Learn what was enrolled since the last look; at the first, everything."""
        if not self._registers:
            self._registers = self._ask(_registers)
        if known is None:
            known = _Source({}, enrolled=False, newest=0, look_again=0.0)
            if len(self._sources) >= MOST_SOURCES:
                self._sources.clear()
            self._sources[source] = known
        newest = known.newest
        found = self._ask(lambda connection: instruments.resolve_since(connection, source, newest, serial))
        known.enrolled = found is not None
        if found:
            self.keys.look()  # after the instruments: none is ever known without the keys it was enrolled with
        for name, item in (found or {}).items():
            known.serials[name] = item.id << _BITS | self._profile(item.kind, item.time_zone)
            known.newest = max(known.newest, item.id)
        known.look_again = self._clock() + RETRY.total_seconds()
        known.elsewhere = 0
        return known

    def _look_elsewhere(self, source: str, serial: str, known: _Source) -> None:
        """Find out whether an instrument that a source does not have is another source's, but not too often."""
        if serial in known.foreign or known.elsewhere >= MOST_ELSEWHERE or len(known.foreign) >= MOST_FOREIGN:
            return
        known.elsewhere += 1
        if self._ask(lambda connection: instruments.exists(connection, serial)):
            known.foreign.add(serial)
            self._ask(lambda connection: _record_foreign(connection, source, serial))

    def _profile(self, kind: str, time_zone: str) -> int:
        number = self._profile_numbers.get((kind, time_zone))
        if number is None:
            number = len(self._profiles)
            named = self._registers.get(kind, {})
            self._profiles.append(Profile(number, kind_called(kind), time_zone, named))
            self._profile_numbers[kind, time_zone] = number
        return number


def _record_foreign(connection: Connection, source: str, serial: str) -> None:
    detail = {"what": "foreign_instrument", "instrument": serial}
    subject = f"source:{source}"
    audit.record(connection, actor="ingest", action="source.refused", subject=subject, detail=detail, once=True)


def _registers(connection: Connection) -> dict[str, dict[str, tuple[int, int]]]:
    numbered: dict[str, dict[str, tuple[int, int]]] = {}
    for entry in registers.all_registers(connection):
        numbered.setdefault(entry.kind, {})[entry.register.name] = (entry.id, entry.register.decimals)
    return numbered
