"""A batch: payloads go in, arrivals for the store come out; a payload that cannot be taken costs itself alone."""

import logging
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.conversion import Conversion, require_serial, sequence
from ingest.errors import DecodeError, DecoderFailure, UnknownRegisterName
from ingest.formats import format_called
from ingest.identity import Identities, Profile
from ingest.instants import Instants
from ingest.instrument_keys import Proven
from ingest.message import Message, SignedMessage, census
from ingest.signature_errors import KeyRevoked, SequenceConflict
from ingest.topics import parse, source_of
from metrology.civil import local_day, local_days
from metrology.quantity import plain_count
from store.arrivals import READINGS, Arrivals, ArrivedEvent, ArrivedSigned, ArrivedTransaction, Held
from store.columns import DAY_SHIFT, EPOCH_SHIFT
from store.delivered import Delivered

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Columns:
    """Readings as they are gathered: one entry for each reading, one run for each message."""

    registers: list[int] = field(default_factory=list)
    instants: list[int] = field(default_factory=list)
    values: list[int] = field(default_factory=list)
    runs: list[tuple[int, int, int, int, int]] = field(default_factory=list)

    def cut(self, length: int, runs: int) -> None:
        """Take back what a refused payload had added."""
        del self.registers[length:], self.instants[length:], self.values[length:], self.runs[runs:]


class Batch:
    """Gathers payloads.

    Parameters
    ----------
    identities
        Who may speak, and what their registers are.
    instants
        Reader of instants, kept across batches for what it remembers.
    """

    def __init__(self, identities: Identities, instants: Instants) -> None:
        self._identities = identities
        self._instants = instants
        self._sources: dict[str, int] = {}
        self._messages: list[int] = []
        self._redelivered: list[int] = []
        self._columns = Columns()
        self._transactions: list[ArrivedTransaction] = []
        self._events: list[ArrivedEvent] = []
        self._held: list[Held] = []
        self._signed: list[ArrivedSigned] = []
        identities.keys.refresh()

    @property
    def rows(self) -> int:
        """Readings gathered so far."""
        return len(self._columns.values)

    @property
    def statements(self) -> int:
        """Readings, transactions and events gathered so far."""
        return self.rows + len(self._transactions) + len(self._events)

    def count(self, topic: str) -> int:
        """Count a message and return the index of its source."""
        source = self._source(source_of(topic))
        self._messages[source] += 1
        return source

    def count_redelivered(self, topic: str) -> None:
        """Count a delivery of a message that was committed before."""
        self._redelivered[self._source(source_of(topic))] += 1

    def add(self, topic: str, payload: bytes, received_at: datetime) -> DecodeError | None:
        """Take a payload whole, or hold it whole and return why."""
        source = self.count(topic)
        marks = (self.rows, len(self._columns.runs), len(self._transactions), len(self._events))
        messages: list[Message] = []
        proven: Proven | None = None
        try:
            address = parse(topic)
            messages = format_called(address.format).decode(payload)
            conversion = Conversion(self._instants, received_at)
            for message in messages:
                proven = self._take(source, address.source, message, conversion, received_at)
        except DecodeError as error:
            refusal = error
        except Exception as error:
            log.exception("the decoder failed on a payload of %s", topic[:200])
            refusal = DecoderFailure(error)
        else:
            if proven is not None:
                counted = census(messages)
                conflict = SequenceConflict(messages[0].instrument, proven.sequence).counted(counted)
                revoked = KeyRevoked(proven.kid).counted(counted)
                holdings = [_holding(source, topic, payload, received_at, each) for each in (conflict, revoked)]
                self._signed.append(self._signed_message(proven, holdings, marks))
            return None
        self._columns.cut(marks[0], marks[1])
        del self._transactions[marks[2] :], self._events[marks[3] :]
        self.hold(topic, payload, received_at, refusal.counted(census(messages)) if messages else refusal)
        return refusal

    def hold(self, topic: str, payload: bytes, received_at: datetime, refusal: DecodeError) -> None:
        """Hold a payload that has been counted."""
        self._held.append(_holding(self._source(source_of(topic)), topic, payload, received_at, refusal))

    def arrivals(self, delivered: Delivered | None = None) -> Arrivals:
        """Everything gathered, for :func:`store.intake.append`."""
        return Arrivals(
            sources=list(self._sources),
            messages=self._messages,
            redelivered=self._redelivered,
            readings=self._readings(),
            transactions=self._transactions,
            events=self._events,
            held=self._held,
            signed=self._signed,
            delivered=delivered,
        )

    def _signed_message(self, proven: Proven, holdings: list[Held], marks: tuple[int, int, int, int]) -> ArrivedSigned:
        conflict, revoked = holdings
        return ArrivedSigned(
            proven.instrument,
            proven.sequence,
            proven.key,
            proven.digest,
            proven.jws,
            conflict.received_at,
            readings=range(marks[0], self.rows),
            transactions=range(marks[2], len(self._transactions)),
            events=range(marks[3], len(self._events)),
            otherwise=conflict,
            revoked=revoked,
        )

    def _source(self, code: str) -> int:
        number = self._sources.setdefault(code, len(self._sources))
        if number == len(self._messages):
            self._messages.append(0)
            self._redelivered.append(0)
        return number

    def _take(
        self, source: int, code: str, message: Message, conversion: Conversion, received_at: datetime
    ) -> Proven | None:
        """Take a message; return what proves it, where its instrument signs."""
        proven = None
        serial = message.instrument
        require_serial(serial)
        if message.seq is not None:
            sequence(message.seq)
        instrument, profile = self._identities.find(code, serial)
        if instrument in self._identities.keys.of or isinstance(message, SignedMessage):
            proven = self._identities.keys.prove(instrument, message, received_at)
        self._take_readings(source, instrument, profile, message, conversion)
        for stated in message.transactions:
            transaction = conversion.transaction(serial, profile, stated)
            days = _days(profile, transaction.started_at, transaction.ended_at)
            self._transactions.append(ArrivedTransaction(source, instrument, received_at, days, transaction))
        for told in message.events:
            event = conversion.event(told)
            [day] = _days(profile, event.at)
            self._events.append(ArrivedEvent(source, instrument, received_at, day, event))
        return proven

    def _take_readings(
        self, source: int, instrument: int, profile: Profile, message: Message, conversion: Conversion
    ) -> None:
        columns, named, before = self._columns, profile.registers, self.rows
        for reading in message.readings:
            instant = conversion.instant(reading.taken_at)
            for name, indication in reading.registers.items():
                register = named.get(name)
                if register is None:
                    raise UnknownRegisterName(profile.kind.name, name, sorted(named))
                number, decimals = register
                value = plain_count(indication, decimals)  # what nearly all are; the rest is looked at closely
                if value is None:
                    value = conversion.count(message.instrument, name, indication, decimals)
                columns.values.append(value)
                columns.registers.append(number)
                columns.instants.append(instant)
        if self.rows > before:
            columns.runs.append((self.rows - before, source, instrument, conversion.received, profile.number))

    def _readings(self) -> NDArray[Any]:
        columns = self._columns
        rows = np.empty(self.rows, dtype=READINGS)
        if not len(rows):
            return rows
        lengths, sources, instruments, received, profiles = np.array(columns.runs, dtype=np.int64).T
        rows["register"], rows["taken_at"], rows["value"] = columns.registers, columns.instants, columns.values
        rows["source"] = np.repeat(sources, lengths)
        rows["instrument"] = np.repeat(instruments, lengths)
        rows["received_at"] = np.repeat(received, lengths)
        profile = np.repeat(profiles, lengths)
        for number in np.unique(profiles).tolist():
            chosen = profile == number
            instants = rows["taken_at"][chosen] + EPOCH_SHIFT
            rows["day"][chosen] = local_days(instants, self._identities.profile(number).time_zone) - DAY_SHIFT
        return rows


def _holding(source: int, topic: str, payload: bytes, received_at: datetime, refusal: DecodeError) -> Held:
    of = refusal.census
    return Held(
        source, topic, payload, refusal.code, str(refusal), received_at, of.readings, of.transactions, of.events
    )


def _days(profile: Profile, *instants: datetime) -> tuple[date, ...]:
    return tuple(sorted({local_day(instant, profile.time_zone) for instant in instants}))
