"""Publishing to the broker: one line a source, everything acknowledged before it counts as done."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from simulators.broker_address import BrokerAddress
from simulators.encoding import Message
from simulators.line import Line, NotAcknowledged
from simulators.totals import Totals

_LEAVE = 10.0
"""How long a leaving publisher still waits for acknowledgements [s]."""


class Publisher:
    """Lines of several sources to one broker, opened when first used.

    Parameters
    ----------
    credentials
        Password of each source, whose user name is its code; a source that is missing here uses the URL's user.
    version
        `5` or `3.1.1`.
    """

    def __init__(self, address: BrokerAddress, credentials: Mapping[str, str], version: str = "5") -> None:
        self._address = address
        self._credentials = credentials
        self._version = version
        self._lines: dict[str, Line] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None or kind is KeyboardInterrupt:
            for line in self._lines.values():
                with suppress(NotAcknowledged):  # leaving: the totals say what is missing
                    line.settle(_LEAVE)
        for line in self._lines.values():
            line.close()

    def open(self, sources: Iterable[str]) -> None:
        """Open the lines of sources now, so that a refusal shows before the first message."""
        for source in sources:
            self._line(source)

    def publish(self, message: Message) -> None:
        """Send one message on its source's line; raises what :meth:`simulators.line.Line.publish` raises."""
        self._line(message.source).publish(message)

    def settle(self) -> None:
        """Wait until every line is acknowledged; raises what :meth:`simulators.line.Line.settle` raises."""
        for line in self._lines.values():
            line.settle()

    @property
    def totals(self) -> Totals:
        """Counts of all lines together."""
        return sum((line.totals for line in self._lines.values()), Totals())

    def _line(self, source: str) -> Line:
        if source not in self._lines:
            known = source in self._credentials
            user = source if known else self._address.user
            password = self._credentials[source] if known else self._address.password
            self._lines[source] = Line(source, self._address, user, password, self._version)
        return self._lines[source]
