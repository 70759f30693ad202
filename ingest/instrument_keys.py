"""Keys of instruments as ingest knows them, and whether a message is proven by one of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from time import monotonic

from ingest.message import Message, SignedMessage
from ingest.signature import verifies
from ingest.signature_errors import (
    AlgorithmMismatch,
    BadSignature,
    ForeignKey,
    KeyNotYetValid,
    KeyRevoked,
    SequenceMissing,
    UnknownKey,
    UnsignedRefused,
)
from store import instrument_keys
from store.connection import Connection
from store.instrument_keys import InstrumentKey

LOOK = timedelta(seconds=10)
"""How often the store is asked which keys have changed: how long a new one may be unknown. That one was revoked, the
store knows at once (:func:`store.signed_messages.append`)."""


Ask = Callable[[Callable[[Connection], list[InstrumentKey]]], list[InstrumentKey]]
"""Puts a question to the store and returns its answer."""


@dataclass(frozen=True, slots=True)
class Proven:
    """A message whose signature held."""

    instrument: int
    sequence: int
    key: int
    kid: str
    digest: bytes
    jws: bytes


class InstrumentKeys:
    """Keys by instrument.

    Parameters
    ----------
    ask
        Runs a question on a connection and returns its answer, waiting for the database where it must.
    """

    def __init__(self, ask: Ask, *, clock: Callable[[], float] = monotonic) -> None:
        self.of: dict[int, tuple[InstrumentKey, ...]] = {}
        self._kids: set[str] = set()
        self._ask = ask
        self._clock = clock
        self._revision = 0
        self._look_again: float | None = None

    def refresh(self) -> None:
        """Learn what changed, where the last look was a while ago."""
        if self._look_again is None or self._clock() >= self._look_again:
            self.look()

    def look(self) -> None:
        """Learn what changed since the last look; at the first, everything."""
        self._look_again = self._clock() + LOOK.total_seconds()
        revision = self._revision
        for key in self._ask(lambda connection: instrument_keys.changed_since(connection, revision)):
            others = (known for known in self.of.get(key.instrument, ()) if known.id != key.id)
            self.of[key.instrument] = (*others, key)
            self._kids.add(key.kid)
            self._revision = max(self._revision, key.revision)

    def prove(self, instrument: int, message: Message, received_at: datetime) -> Proven | None:
        """Hold a message against the instrument's keys; None for an unsigned one from before it had any.

        Raises
        ------
        UnsignedRefused, UnknownKey, ForeignKey, AlgorithmMismatch, KeyNotYetValid, KeyRevoked, BadSignature,
        SequenceMissing
        """
        keys = self.of.get(instrument, ())
        if not isinstance(message, SignedMessage):
            if keys and received_at >= min(key.valid_from for key in keys):
                raise UnsignedRefused(message.instrument)
            return None
        proof = message.proof
        key = next((known for known in keys if known.kid == proof.kid), None)
        if key is None:
            raise (ForeignKey if proof.kid in self._kids else UnknownKey)(message.instrument, proof.kid)
        require_valid(key, message, received_at)
        if message.seq is None:
            raise SequenceMissing(message.instrument)
        return Proven(instrument, message.seq, key.id, key.kid, sha256(proof.content).digest(), proof.jws)


def require_valid(key: InstrumentKey, message: SignedMessage, received_at: datetime) -> None:
    """Refuse a message that a key of its instrument does not prove.

    Raises
    ------
    AlgorithmMismatch, KeyNotYetValid, KeyRevoked, BadSignature
    """
    proof, due = message.proof, key.public_key.algorithm.value
    if proof.algorithm != due:
        raise AlgorithmMismatch(key.kid, proof.algorithm, due)
    if received_at < key.valid_from:
        raise KeyNotYetValid(key.kid, key.valid_from.isoformat())
    if key.revoked_at is not None and received_at >= key.revoked_at:
        raise KeyRevoked(key.kid)
    if not verifies(key.public_key, proof.signed, proof.signature):
        raise BadSignature(message.instrument, key.kid)
