"""A batch: payloads go in, arrivals for the store come out; a payload that cannot be taken costs itself alone."""

import logging
from bisect import bisect_right
from dataclasses import replace
from datetime import date, datetime
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.columns import Columns
from ingest.compression import inflated_size
from ingest.conversion import Conversion, count, require_serial, sequence
from ingest.errors import DecodeError, DecoderFailure
from ingest.formats import format_called
from ingest.formats.native import LARGEST
from ingest.identity import Identities, Profile
from ingest.instants import Instants
from ingest.instrument_keys import Proven
from ingest.message import Message, SignedMessage, census
from ingest.signature_errors import KeyRevoked, SequenceConflict
from ingest.topics import parse, source_of
from metrology.civil import local_day
from store.arrivals import Arrivals, ArrivedEvent, ArrivedSigned, ArrivedTransaction, Held
from store.delivered import Delivered

log = logging.getLogger(__name__)


_Gathered = tuple[int, int, str, bytes, datetime]
"""A payload whose numbers are looked at when the batch is complete: where its rows begin and end, its topic, the bytes,
and when they were received."""


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
        self._of_topic: dict[str, int] = {}
        self._size = 0
        self._messages: list[int] = []
        self._redelivered: list[int] = []
        self._columns = Columns(instants)
        self._gathered: list[_Gathered] = []
        self._latest: tuple[datetime, Conversion] | None = None
        self._transactions: list[ArrivedTransaction] = []
        self._events: list[ArrivedEvent] = []
        self._held: list[Held] = []
        self._signed: list[ArrivedSigned] = []
        identities.keys.refresh()

    @property
    def rows(self) -> int:
        """Readings gathered so far."""
        return len(self._columns.indications)

    def full(self, *, rows: int, size: int) -> bool:
        """Whether nothing more should be gathered: few bytes on the wire may hold many rows, compressed, or long text.

        Parameters
        ----------
        rows
            Readings, transactions and events that are enough.
        size
            Payload that is enough, inflated [bytes].
        """
        return self.rows + len(self._transactions) + len(self._events) >= rows or self._size >= size

    def count(self, topic: str) -> int:
        """Count a message and return the index of its source."""
        source = self._of_topic.get(topic)
        if source is None:
            source = self._of_topic[topic] = self._source(source_of(topic))
        self._messages[source] += 1
        return source

    def count_redelivered(self, topic: str) -> None:
        """Count a delivery of a message that was committed before."""
        self._redelivered[self._source(source_of(topic))] += 1

    def add(self, topic: str, payload: bytes, received_at: datetime) -> DecodeError | None:
        """Take a payload whole, or hold it whole and return why."""
        return self._take_or_hold(topic, payload, received_at, at_once=True)

    def gather(self, topic: str, payload: bytes, received_at: datetime) -> None:
        """The same, but nearly all numbers are looked at only with those of the whole batch, which costs far less."""
        self._take_or_hold(topic, payload, received_at, at_once=False)

    def _take_or_hold(self, topic: str, payload: bytes, received_at: datetime, *, at_once: bool) -> DecodeError | None:
        source = self.count(topic)
        self._size += min(inflated_size(payload), LARGEST)
        place, transactions, events = self._columns.place, len(self._transactions), len(self._events)
        messages: list[Message] = []
        proven: Proven | None = None
        try:
            address = parse(topic)
            messages = format_called(address.format).decode(payload)
            conversion = self._conversion(received_at)
            for message in messages:
                proven = self._take(source, address.source, message, conversion, received_at)
            if at_once or proven is not None or len(self._transactions) > transactions or len(self._events) > events:
                self._look_at_numbers(address.source, messages)
            else:
                self._gathered.append((place[0], self.rows, topic, payload, received_at))
        except DecodeError as error:
            refusal = _bare(error)
        except Exception as error:
            log.exception("the decoder failed on a payload of %s", topic[:200])
            refusal = DecoderFailure(error)
        else:
            if proven is not None:
                counted = census(messages)
                conflict = SequenceConflict(messages[0].instrument, proven.sequence).counted(counted)
                revoked = KeyRevoked(proven.kid).counted(counted)
                holdings = [_holding(source, topic, payload, received_at, each) for each in (conflict, revoked)]
                self._signed.append(self._signed_message(proven, holdings, place[0], transactions, events))
            return None
        self._columns.cut(place)
        del self._transactions[transactions:], self._events[events:]
        self.hold(topic, payload, received_at, refusal.counted(census(messages)) if messages else refusal)
        return refusal

    def hold(self, topic: str, payload: bytes, received_at: datetime, refusal: DecodeError) -> None:
        """Hold a payload that has been counted."""
        log.debug("quarantined topic=%.200s cause=%s detail=%s", topic, refusal.code, refusal)
        self._held.append(_holding(self._source(source_of(topic)), topic, payload, received_at, refusal))

    def arrivals(self, delivered: Delivered | None = None) -> Arrivals:
        """Everything gathered, for :func:`store.intake.append`."""
        readings = self._readings()  # first: what it refuses is held
        return Arrivals(
            sources=list(self._sources),
            messages=self._messages,
            redelivered=self._redelivered,
            readings=readings,
            transactions=self._transactions,
            events=self._events,
            held=self._held,
            signed=self._signed,
            delivered=delivered,
        )

    def _signed_message(
        self, proven: Proven, holdings: list[Held], rows: int, transactions: int, events: int
    ) -> ArrivedSigned:
        conflict, revoked = holdings
        return ArrivedSigned(
            proven.instrument,
            proven.sequence,
            proven.key,
            proven.digest,
            proven.jws,
            conflict.received_at,
            readings=range(rows, self.rows),
            transactions=range(transactions, len(self._transactions)),
            events=range(events, len(self._events)),
            otherwise=conflict,
            revoked=revoked,
        )

    def _conversion(self, received_at: datetime) -> Conversion:
        """Conversion for an instant of receipt; many messages that come together share it."""
        if self._latest is None or self._latest[0] != received_at:
            self._latest = received_at, Conversion(self._instants, received_at)
        return self._latest[1]

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
        if isinstance(message, SignedMessage):
            self._size += min(inflated_size(message.proof.content), LARGEST)
        self._columns.take(source, instrument, profile, message, conversion)
        for stated in message.transactions:
            transaction = conversion.transaction(serial, profile, stated)
            days = _days(profile, transaction.started_at, transaction.ended_at)
            self._transactions.append(ArrivedTransaction(source, instrument, received_at, days, transaction))
        for told in message.events:
            event = conversion.event(told)
            [day] = _days(profile, event.at)
            self._events.append(ArrivedEvent(source, instrument, received_at, day, event))
        return proven

    def _look_at_numbers(self, source: str, messages: list[Message]) -> None:
        """Refuse messages of which a reading is no exact count."""
        for message in messages:
            _, profile = self._identities.find(source, message.instrument)
            for reading in message.readings:
                for name, indication in reading.registers.items():
                    count(message.instrument, name, indication, profile.registers[name][1])

    def _readings(self) -> NDArray[Any]:
        """Readings whose numbers are exact counts; a payload with one that is not is held whole."""
        rows, decimals, left = self._columns.rows(self._identities)
        stays, done = np.ones(len(rows), dtype=np.bool_), 0
        for row in left.tolist():
            if row < done:
                continue
            try:
                rows["value"][row] = count("", "", self._columns.indications[row], int(decimals[row]))
            except DecodeError as error:
                # Whatever was looked at as it came is sound: so this one was gathered.
                gathered = self._gathered[bisect_right(self._gathered, row, key=itemgetter(0)) - 1]
                self._hold_gathered(gathered, error)
                begin, done = gathered[:2]
                stays[begin:done] = False
        if done:
            places = np.append(0, np.cumsum(stays)).tolist()
            self._signed = [
                replace(item, readings=range(places[item.readings.start], places[item.readings.stop]))
                for item in self._signed
            ]
        return rows[stays] if done else rows

    def _hold_gathered(self, gathered: _Gathered, error: DecodeError) -> None:
        """Hold a payload of which a number is none; so few are, that it is decoded again to say whose it was."""
        _, _, topic, payload, received_at = gathered
        address = parse(topic)
        messages = format_called(address.format).decode(payload)
        try:
            self._look_at_numbers(address.source, messages)
        except DecodeError as named:
            error = _bare(named)
        self.hold(topic, payload, received_at, error.counted(census(messages)))


def _bare(refusal: DecodeError) -> DecodeError:
    """A refusal without what it was raised from: with it, the decoded payload would stay until garbage is collected."""
    refusal.__traceback__ = refusal.__cause__ = refusal.__context__ = None
    return refusal


def _holding(source: int, topic: str, payload: bytes, received_at: datetime, refusal: DecodeError) -> Held:
    of = refusal.census
    return Held(
        source, topic, payload, refusal.code, str(refusal), received_at, of.readings, of.transactions, of.events
    )


def _days(profile: Profile, *instants: datetime) -> tuple[date, ...]:
    return tuple(sorted({local_day(instant, profile.time_zone) for instant in instants}))
