"""Why a signed message, or one that should have been signed, cannot be taken."""

from ingest.errors import DecodeError


class BadJws(DecodeError):
    """The payload is no JWS as format native+jws has it."""

    code = "bad_jws"

    def __init__(self, reason: str) -> None:
        super().__init__(f"payload is no signed message: {reason[:300]}")


class UnsupportedAlgorithm(DecodeError):
    """The signature's algorithm is none of the contract's: `none`, RSA and shared secrets prove nothing here."""

    code = "unsupported_algorithm"

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"algorithm {name[:40]!r} proves nothing here; sign with {', '.join(known)}")


class NotOneMessage(DecodeError):
    """The signed content is not one message of one instrument."""

    code = "not_one_message"

    def __init__(self, messages: int) -> None:
        super().__init__(f"signed content holds {messages} messages; sign the message of each instrument by itself")


class UnsignedRefused(DecodeError):
    """An instrument that signs sent something unsigned, or somebody sent it in its name."""

    code = "unsigned_required"

    def __init__(self, serial: str) -> None:
        super().__init__(
            f"instrument {serial[:80]} is enrolled with a key: its messages are taken in format native+jws alone"
        )


class UnknownKey(DecodeError):
    """No instrument has a key of this name."""

    code = "unknown_key"

    def __init__(self, serial: str, kid: str) -> None:
        super().__init__(f"instrument {serial[:80]} has no key {kid[:80]!r}; enrol it, then replay this message")


class ForeignKey(DecodeError):
    """The key is another instrument's."""

    code = "foreign_key"

    def __init__(self, serial: str, kid: str) -> None:
        super().__init__(f"key {kid[:80]!r} is enrolled, but not with instrument {serial[:80]}")


class AlgorithmMismatch(DecodeError):
    """The message names another algorithm than its key is for."""

    code = "algorithm_mismatch"

    def __init__(self, kid: str, said: str, due: str) -> None:
        super().__init__(f"key {kid[:80]!r} is for {due}, not for {said}")


class KeyNotYetValid(DecodeError):
    """The message was received before its key became valid."""

    code = "key_not_yet_valid"

    def __init__(self, kid: str, since: str) -> None:
        super().__init__(f"key {kid[:80]!r} proves what is received from {since} on")


class KeyRevoked(DecodeError):
    """The message was received after its key was revoked."""

    code = "key_revoked"

    def __init__(self, kid: str) -> None:
        super().__init__(f"key {kid[:80]!r} was revoked before this message was received")


class BadSignature(DecodeError):
    """The signature does not hold under the enrolled key."""

    code = "bad_signature"

    def __init__(self, serial: str, kid: str) -> None:
        super().__init__(f"the signature does not hold under key {kid[:80]!r} of instrument {serial[:80]}")


class SequenceMissing(DecodeError):
    """A signed message without counter: a replay of it could not be told."""

    code = "sequence_required"

    def __init__(self, serial: str) -> None:
        super().__init__(f"a signed message of instrument {serial[:80]} needs its counter, seq")


class SequenceConflict(DecodeError):
    """Two contents were signed under one counter: the first stays, the other is held as evidence."""

    code = "sequence_conflict"

    def __init__(self, serial: str, number: int) -> None:
        super().__init__(
            f"instrument {serial[:80]} signed other content under seq {number} before; the first stays, "
            "this one is kept as evidence"
        )
