"""Why a payload cannot be taken, as nouns with data; `code` is stable, the message says what to do."""

from typing import ClassVar

from ingest.message import Census
from metrology.quantity import LARGEST_COUNT


class DecodeError(ValueError):
    """A payload that cannot be taken.

    Parameters
    ----------
    census
        How many statements the payload holds, where they could be counted.
    """

    code: ClassVar[str]
    census: Census = Census()

    def counted(self, census: Census) -> "DecodeError":
        """Say how many statements are refused with this payload."""
        self.census = census
        return self


class BadTopic(DecodeError):
    """The topic is not `telemetry/<source>/<format>[/…]`."""

    code = "bad_topic"

    def __init__(self, topic: str) -> None:
        super().__init__(f"topic {topic[:200]!r} is not of the form telemetry/<source>/<format>[/…]")


class UnknownFormat(DecodeError):
    """No decoder stands under the format's name."""

    code = "unknown_format"

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"no format is called {name[:80]!r}; known are {', '.join(known)}")


class TooLarge(DecodeError):
    """The payload exceeds the largest size."""

    code = "too_large"

    def __init__(self, size: int, largest: int, *, inflated: bool = False) -> None:
        said = f"inflates to more than {largest}" if inflated else f"of {size} bytes exceeds {largest}"
        super().__init__(f"payload {said} bytes; send fewer readings in one message")


class BadCompression(DecodeError):
    """The payload begins like gzip but is not one whole gzip stream."""

    code = "bad_compression"

    def __init__(self, reason: str) -> None:
        super().__init__(f"payload begins like gzip but cannot be inflated: {reason[:200]}")


class BadEncoding(DecodeError):
    """The payload is not UTF-8."""

    code = "bad_utf8"

    def __init__(self, reason: str) -> None:
        super().__init__(f"payload is not UTF-8 text: {reason[:200]}")


class BadJson(DecodeError):
    """The payload is not JSON."""

    code = "bad_json"

    def __init__(self, reason: str) -> None:
        super().__init__(f"payload is not JSON: {reason[:200]}")


class TooDeep(DecodeError):
    """The payload nests deeper than any message needs."""

    code = "too_deep"

    def __init__(self) -> None:
        super().__init__("payload nests deeper than any message needs")


class BadStructure(DecodeError):
    """The payload is JSON but not a message of its format."""

    code = "bad_structure"

    def __init__(self, reason: str) -> None:
        super().__init__(f"payload is not a message of this format: {reason[:200]}")


class DuplicateMember(DecodeError):
    """An object says the same member twice, so that it is open which one counts."""

    code = "duplicate_member"

    def __init__(self, name: str) -> None:
        super().__init__(f"member {name[:80]!r} stands twice in one object; say each member once")


class BadText(DecodeError):
    """A text is too long or holds characters that cannot be shown."""

    code = "bad_text"

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what} {reason}")


class UnknownSource(DecodeError):
    """Nobody enrolled the source."""

    code = "unknown_source"

    def __init__(self, source: str) -> None:
        super().__init__(f"source {source[:80]!r} is not enrolled; enrol it, then replay this message")


class UnknownInstrument(DecodeError):
    """The source has no instrument of this serial."""

    code = "unknown_instrument"

    def __init__(self, source: str, serial: str) -> None:
        super().__init__(f"source {source} has no instrument {serial[:80]!r}; enrol it, then replay this message")


class ForeignInstrument(DecodeError):
    """The source has no instrument of this serial, but another source has."""

    code = "foreign_instrument"

    def __init__(self, source: str, serial: str) -> None:
        super().__init__(
            f"instrument {serial[:80]!r} is another source's, not {source}'s: find out why {source} speaks for it"
        )


class SourceRevoked(DecodeError):
    """The source is no longer let in."""

    code = "source_revoked"

    def __init__(self, source: str, since: str) -> None:
        super().__init__(f"source {source} was revoked at {since}; replay this message if it was sent before that")


class RateLimited(DecodeError):
    """The source sends more than it may."""

    code = "rate_limited"

    def __init__(self, source: str, rate: float, unit: str) -> None:
        super().__init__(
            f"source {source} sends more than the {rate:g} {unit} that it may over time; "
            "raise its limit if it should, and replay this message"
        )


class UnknownRegisterName(DecodeError):
    """The instrument's kind has no such register."""

    code = "unknown_register"

    def __init__(self, kind: str, name: str, known: list[str]) -> None:
        super().__init__(f"a {kind} has no register {name[:80]!r}; it has {', '.join(known)}")


class UnknownEvent(DecodeError):
    """No event has this code."""

    code = "unknown_event"

    def __init__(self, name: str) -> None:
        super().__init__(f"no event is called {name[:80]!r}; native format v1 lists the codes")


class NoTransactions(DecodeError):
    """The instrument's kind has no transactions."""

    code = "no_transactions"

    def __init__(self, kind: str) -> None:
        super().__init__(f"a {kind} has no transactions; was the instrument enrolled as the right kind?")


class NaiveTime(DecodeError):
    """An instant without offset from UTC."""

    code = "naive_time"

    def __init__(self, text: str) -> None:
        super().__init__(f"instant {text[:80]!r} has no offset from UTC; write it like 2026-11-22T08:15:00+08:00")


class BadTime(DecodeError):
    """A text that is not an instant."""

    code = "bad_time"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text[:80]!r} is not an instant of RFC 3339 to the microsecond; write it like 2026-11-22T08:15:00+08:00"
        )


class LeapSecond(DecodeError):
    """A second 60, which RFC 3339 knows and no store keeps: it would have to be stored under another second."""

    code = "leap_second"

    def __init__(self, text: str) -> None:
        super().__init__(f"instant {text[:80]!r} is a leap second, which no store keeps; send the second before it")


class TooEarly(DecodeError):
    """An instant before any telemetry: a device clock that was never set."""

    code = "too_early"

    def __init__(self, text: str) -> None:
        super().__init__(f"instant {text[:80]!r} lies before the year 2000; set the device's clock")


class TooLate(DecodeError):
    """An instant further after receipt than any zone or clock error explains."""

    code = "too_late"

    def __init__(self, text: str) -> None:
        super().__init__(f"instant {text[:80]!r} lies more than 48 h after receipt; set the device's clock")


class DetailTooLarge(DecodeError):
    """Free members that are more than detail."""

    code = "detail_too_large"

    def __init__(self, what: str, limit: str) -> None:
        super().__init__(f"{what} has more than {limit}")


class NotNumeric(DecodeError):
    """A value that is not a finite decimal number."""

    code = "not_a_number"

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what}: {reason}")


class TooFineValue(DecodeError):
    """A value with digits below its resolution; it is refused, not rounded."""

    code = "too_fine"

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what}: {reason}")


class OutOfRangeValue(DecodeError):
    """A value larger than any register can show."""

    code = "out_of_range"

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what}: {reason}")


class BadSequence(DecodeError):
    """A counter that is no counter."""

    code = "bad_sequence"

    def __init__(self, number: int) -> None:
        super().__init__(f"counter {str(number)[:80]} is not between 0 and {LARGEST_COUNT}")


class DecoderFailure(DecodeError):
    """The decoder itself failed: a defect of ours, never a reason to stop the rest."""

    code = "decoder_failure"

    def __init__(self, error: Exception) -> None:
        super().__init__(f"our decoder failed with {type(error).__name__}; please report it with this payload")


class StoreRefusal(DecodeError):
    """The database refused what the decoder had let through: a defect of ours."""

    code = "store_refusal"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the store refused it: {reason[:300]}; please report it with this payload")
