"""The oracle of every fault test: what a publisher saw acknowledged, held against everything that the store says.

A publisher enters each message before it sends it and marks it when the broker acknowledges it. In the end the store
must account for every acknowledged message: taken or quarantined, no reading missing, none twice, the first value
standing, every other value kept as a conflict. What was sent more than once, because a connection was lost before
the broker's answer came, may count as a repeat; how often that was is known, and the allowance is no larger.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from time import monotonic, sleep
from typing import NamedTuple

from store import intake
from store.connection import Connection
from store.intake import Tally
from tests.services.enrolled import connect_to

FEW = 5
"""How many offenders a complaint names."""


class Said(NamedTuple):
    """One register at one instant, as published; `value` is the text of the number."""

    instrument: str
    register: str
    taken_at: datetime
    value: str


Key = tuple[str, str, datetime]


class Message(NamedTuple):
    """A message about to be published.

    Parameters
    ----------
    said
        Readings in it that the store must take; empty where `cause` is given.
    cause
        Code under which it must be quarantined; None where it must be taken.
    """

    topic: str
    payload: bytes
    said: tuple[Said, ...] = ()
    cause: str | None = None


@dataclass(slots=True)
class Entry:
    """One publication.

    Parameters
    ----------
    digest
        SHA-256 of topic, a zero byte, and payload: its identity, also in quarantine.
    sent
        How often it was handed to a connection.
    """

    source: str
    digest: bytes
    said: tuple[Said, ...]
    cause: str | None
    sent: int = 0
    acknowledged: bool = False


class Ledger:
    """Publications in order, of one publisher or of several that share it; not safe for several threads at once."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def enter(self, message: Message) -> Entry:
        """Enter a message that is about to be sent for the first time."""
        digest = sha256(message.topic.encode() + b"\0" + message.payload).digest()
        entry = Entry(source_in(message.topic), digest, message.said, message.cause)
        self.entries.append(entry)
        return entry

    @property
    def acknowledged(self) -> int:
        """Messages that the broker acknowledged."""
        return sum(entry.acknowledged for entry in self.entries)

    @property
    def sent_again(self) -> int:
        """Sendings beyond the first of each message."""
        return sum(max(entry.sent - 1, 0) for entry in self.entries)

    def by_source(self) -> dict[str, list[Entry]]:
        """Entries of each source in order."""
        sorted_out: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            sorted_out[entry.source].append(entry)
        return dict(sorted_out)

    def drained(self, database: str, *, seconds: float = 60, quiet: float = 0.5) -> float:
        """Wait until the store has counted every acknowledged message, and then counts no more; say how long it took.

        Parameters
        ----------
        seconds
            Longest wait for a further message to be counted [s]: progress is what is asked for, not speed.
        quiet
            How long the count must stand still in the end [s].
        """
        wanted = Counter(entry.source for entry in self.entries if entry.acknowledged)
        began = moved = monotonic()
        seen: dict[str, Tally] = {}
        reached = 0.0
        with connect_to(database) as connection:
            while True:
                now = intake.totals(connection)
                if now != seen:
                    seen, moved = now, monotonic()
                if all(source in now and now[source].messages >= count for source, count in wanted.items()):
                    reached = reached or monotonic()
                    if monotonic() - moved >= quiet:
                        return reached - began
                missing = {source: count - seen.get(source, Tally()).messages for source, count in wanted.items()}
                assert monotonic() - moved < seconds, f"nothing moves any more; still to come {missing}"
                sleep(0.1)

    def account(
        self, database: str, *, surplus: int = 0, in_order_of_publication: bool = False, one_ingest: bool = True
    ) -> "Account":
        """Hold the store against the ledger; fail with everything that does not agree.

        Parameters
        ----------
        surplus
            Messages that a broker may have delivered anew without saying so, beside those that were sent again: they
            count as repeats.
        in_order_of_publication
            Whether the first value published must be the one that stands. True only where nothing was delivered or
            sent again: otherwise which value arrives first is open.
        one_ingest
            Whether one ingest received everything, so that what stands was received before what differs from it.
        """
        account = Account(self.acknowledged, self.sent_again)
        never = len(self.entries) - account.acknowledged
        account.blame(never > 0, f"{never} messages were never acknowledged by the broker")
        with connect_to(database) as connection:
            totals = intake.totals(connection)
            for source, entries in self.by_source().items():
                tally = totals.get(source, Tally())
                account.tallies[source] = tally
                _Examination(connection, account, source, entries, surplus).examine(
                    tally, in_order=in_order_of_publication, one_ingest=one_ingest
                )
            strangers = totals.keys() - self.by_source().keys()
            account.blame(bool(strangers), f"the store counts sources that published nothing: {sorted(strangers)}")
        assert not account.complaints, "\n".join(account.complaints)
        return account


@dataclass
class Account:
    """What the examination found: figures to print, and complaints."""

    acknowledged: int
    sent_again: int
    tallies: dict[str, Tally] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def blame(self, guilty: object, words: str) -> None:
        """Complain if something is wrong."""
        if guilty:
            self.complaints.append(words)

    def __str__(self) -> str:
        """One line of counts over all sources."""
        sums = {
            name: sum(getattr(tally, name) for tally in self.tallies.values())
            for name in (
                "messages",
                "messages_redelivered",
                "messages_quarantined",
                "readings_stored",
                "readings_repeated",
                "readings_conflicting",
            )
        }
        told = " ".join(f"{name}={count}" for name, count in sums.items())
        return f"acknowledged={self.acknowledged} sent_again={self.sent_again} {told}"


class _Examination:
    """One source's entries against the store."""

    def __init__(
        self, connection: Connection, account: Account, source: str, entries: list[Entry], surplus: int
    ) -> None:
        self._connection = connection
        self._account = account
        self._source = source
        self._entries = entries
        self._surplus = surplus

    def examine(self, tally: Tally, *, in_order: bool, one_ingest: bool) -> None:
        self._messages(tally)
        values = self._values()
        self._readings(tally, values)
        self._rows(values, in_order=in_order, one_ingest=one_ingest)
        self._quarantine(tally)

    def _blame(self, guilty: object, words: str) -> None:
        self._account.blame(guilty, f"source {self._source or '(none)'}: {words}")

    def _within(self, what: str, found: int, least: int, allowance: int) -> None:
        self._blame(
            not least <= found <= least + allowance,
            f"{what} {found}, must be {least}" + (f" to {least + allowance}" if allowance else ""),
        )

    def _again(self, *, poisoned: bool) -> int:
        return sum(entry.sent - 1 for entry in self._entries if (entry.cause is not None) is poisoned and entry.sent)

    def _messages(self, tally: Tally) -> None:
        """Acknowledged = taken + quarantined."""
        poisoned = sum(entry.cause is not None for entry in self._entries)
        taken = tally.messages - tally.messages_quarantined
        self._within(
            "messages taken:", taken, len(self._entries) - poisoned, self._again(poisoned=False) + self._surplus
        )
        self._within(
            "messages quarantined:", tally.messages_quarantined, poisoned, self._again(poisoned=True) + self._surplus
        )

    def _values(self) -> dict[Key, dict[int, int]]:
        """How often each count was published for each key, in order of publication."""
        decimals = dict[tuple[str, str], int](
            ((serial, name), places)
            for serial, name, places in self._connection.execute(
                """SELECT serial, register.name, decimals FROM instrument JOIN source ON source.id = source_id
                     JOIN register USING (kind) WHERE code = %s""",
                (self._source,),
            )
        )
        values: dict[Key, dict[int, int]] = defaultdict(dict)
        for entry in self._entries:
            for said in entry.said if entry.cause is None else ():
                count = int(Decimal(said.value).scaleb(decimals[said.instrument, said.register]))
                counts = values[said[:3]]
                counts[count] = counts.get(count, 0) + 1
        return values

    def _readings(self, tally: Tally, values: dict[Key, dict[int, int]]) -> None:
        """Stored + repeated + conflicting = said; which is which does not depend on the order of arrival."""
        said = sum(sum(counts.values()) for counts in values.values())
        differing = sum(len(counts) - 1 for counts in values.values())
        longest = max((len(entry.said) for entry in self._entries), default=0)
        again = sum((entry.sent - 1) * len(entry.said) for entry in self._entries if entry.sent)
        self._within("readings stored:", tally.readings_stored, len(values), 0)
        self._within("readings conflicting:", tally.readings_conflicting, differing, 0)
        self._within(
            "readings repeated:",
            tally.readings_repeated,
            said - len(values) - differing,
            again + self._surplus * longest,
        )

    def _rows(self, values: dict[Key, dict[int, int]], *, in_order: bool, one_ingest: bool) -> None:
        """Each key stands once, with a value that was published; the other values are its conflicts."""
        standing: dict[Key, tuple[int, datetime]] = {}
        twice = []
        for key, count, received_at in self._stored("reading"):
            if key in standing:
                twice.append(key)
            standing[key] = count, received_at
        conflicts: dict[Key, dict[int, datetime]] = defaultdict(dict)
        for key, count, received_at in self._stored("reading_conflict"):
            conflicts[key][count] = received_at
        self._name("readings stand twice", twice)
        self._name("readings are missing", values.keys() - standing.keys())
        self._name("readings stand that nobody published", standing.keys() - values.keys())
        self._name("conflicts about readings that do not stand", conflicts.keys() - standing.keys())
        both = values.keys() & standing.keys()
        self._name("readings stand with a value nobody published", (k for k in both if standing[k][0] not in values[k]))
        self._name(
            "readings whose other values are not exactly their conflicts",
            (k for k in both if {standing[k][0]} | conflicts.get(k, {}).keys() != values[k].keys()),
        )
        if in_order:
            self._name(
                "readings whose first value did not stay", (k for k in both if standing[k][0] != next(iter(values[k])))
            )
        if one_ingest:
            self._name(
                "readings received after a value that differs from them",
                (k for k in both if any(at < standing[k][1] for at in conflicts.get(k, {}).values())),
            )

    def _stored(self, table: str) -> Iterable[tuple[Key, int, datetime]]:
        question = {
            "reading": """
                SELECT serial, register.name, taken_at, value, received_at FROM reading
                  JOIN instrument ON instrument.id = instrument_id JOIN source ON source.id = source_id
                  JOIN register ON register.id = register_id WHERE code = %s""",
            "reading_conflict": """
                SELECT serial, register.name, taken_at, value, received_at FROM reading_conflict
                  JOIN instrument ON instrument.id = instrument_id JOIN source ON source.id = source_id
                  JOIN register ON register.id = register_id WHERE code = %s""",
        }[table]
        for serial, name, taken_at, count, received_at in self._connection.execute(question, (self._source,)):
            yield (serial, name, taken_at), count, received_at

    def _quarantine(self, tally: Tally) -> None:
        """Each poisoned message is held whole, under its cause, as often as it was acknowledged; nothing else is."""
        published = Counter(entry.digest for entry in self._entries if entry.cause is not None)
        causes = {entry.digest: entry.cause for entry in self._entries if entry.cause is not None}
        again = Counter[bytes]()
        for entry in self._entries:
            if entry.cause is not None:
                again[entry.digest] += entry.sent - 1
        held: dict[bytes, tuple[str, str, int]] = {}
        readings = 0
        for topic, payload, cause, detail, times, counted in self._connection.execute(
            "SELECT topic, payload, cause, detail, times_received, readings FROM quarantine WHERE source_code = %s",
            (self._source,),
        ):
            held[sha256(topic.encode() + b"\0" + payload).digest()] = cause, detail, times
            readings += counted
        self._name(
            "messages are in quarantine that must have been taken",
            (f"{cause}: {detail}" for digest, (cause, detail, _) in held.items() if digest not in published),
        )
        self._name("poisoned messages are not held", (causes[digest] for digest in published.keys() - held.keys()))
        both = published.keys() & held.keys()
        self._name(
            "poisoned messages are held under another cause",
            (f"{held[d][0]} instead of {causes[d]}: {held[d][1]}" for d in both if held[d][0] != causes[d]),
        )
        self._name(
            "poisoned messages are held with a wrong count of receipts",
            (
                f"{causes[d]}: {held[d][2]} instead of {published[d]}"
                for d in both
                if not published[d] <= held[d][2] <= published[d] + again[d] + self._surplus
            ),
        )
        self._within("readings quarantined, by the ledger of the store:", tally.readings_quarantined, readings, 0)

    def _name(self, words: str, offenders: Iterable[object]) -> None:
        found = sorted(map(str, offenders))
        self._blame(found, f"{len(found)} {words}, among them {found[:FEW]}")


def source_in(topic: str) -> str:
    """Source that a topic names; empty where it names none."""
    levels = topic.split("/")
    return levels[1] if len(levels) > 1 and levels[0] == "telemetry" else ""
