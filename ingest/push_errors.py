"""Why a push cannot be taken to its end, as nouns with data; what was committed before stays committed."""

from datetime import timedelta


class PushError(Exception):
    """A push that ends before its end."""


class PushInHand(PushError):
    """Another connection works on the push of this name."""

    def __init__(self) -> None:
        super().__init__("a push of this name is being taken in at this moment; wait for it, then ask again")


class OtherContent(PushError):
    """Something else was sent under this name before."""

    def __init__(self) -> None:
        super().__init__("something else was sent under this name before; use a new name for new content")


class LineTooLong(PushError):
    """A line that is larger than any message that is even held."""

    def __init__(self, line: int, largest: int) -> None:
        self.line = line
        super().__init__(f"line {line} is longer than {largest} bytes; what stands before it is committed")


class ContentBlank(PushError):
    """Blank lines and nothing else for longer than anybody needs."""

    def __init__(self, line: int, largest: int) -> None:
        self.line = line
        super().__init__(
            f"the lines up to line {line} are blank for more than {largest} bytes; what stands before them is committed"
        )


class MessageTooLong(PushError):
    """One JSON document that is larger than a message may be."""

    def __init__(self, largest: int) -> None:
        super().__init__(
            f"a JSON document may have {largest} bytes; send more as application/x-ndjson, one message a line"
        )


class ContentDamaged(PushError):
    """What calls itself gzip cannot be inflated to its end."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the gzip content cannot be inflated: {reason[:200]}")


class TableUnusable(PushError):
    """The first line of a table does not name its columns."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)


class SourceRevoked(PushError):
    """The source, or its key, is no longer let in."""

    def __init__(self, code: str) -> None:
        super().__init__(f"source {code} or its key was revoked and may not speak")


class TooFast(PushError):
    """The source is far beyond the rate that it may send at.

    Parameters
    ----------
    wait
        When it is back within its rate.
    """

    def __init__(self, code: str, wait: timedelta) -> None:
        self.wait = wait
        super().__init__(f"source {code} is {wait.total_seconds():.0f} s ahead of the rate that it may send at")


class PushStopped(PushError):
    """The service is being stopped; the same push sent again goes on behind what is committed."""

    def __init__(self) -> None:
        super().__init__("the service is being stopped; send the same again, it goes on behind what is committed")
