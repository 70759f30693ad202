"""Instants of the wire: RFC 3339 with an offset, exact to the microsecond, or refused."""

import re
from datetime import UTC, datetime, timedelta

from ingest.errors import BadTime, LeapSecond, NaiveTime

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""Zero of the store's columns, and the earliest plausible instant."""

FURTHEST_AHEAD = timedelta(hours=48)
"""How far a device's clock may be ahead of receipt: a wrong zone and a wrong day together, not a wrong year."""

MICROSECOND = timedelta(microseconds=1)
"""Resolution of every instant."""

_FORM = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,6}0{0,12})?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)?", re.ASCII
)
_REMEMBERED = 65_536


class Instants:
    """Reads instants, remembering texts: a fleet that reports on the quarter hour writes few different ones.

    Attributes
    ----------
    known
        What is remembered, none of it before 2000 [microseconds since 2000].
    """

    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def read(self, text: str) -> int:
        """Microseconds since 2000 of an instant as written.

        Raises
        ------
        NaiveTime
            if it has no offset.
        LeapSecond
            if it is the second 60 of a minute.
        BadTime
            if it is no instant at all, or finer than a microsecond.

        Examples
        --------
        >>> Instants().read("2000-01-01T08:00:00.000001+08:00")
        1
        """
        found = self.known.get(text)
        if found is None:
            found = to_microseconds(_parse(text))
            if len(self.known) >= _REMEMBERED:
                self.known.clear()
            if found >= 0:
                self.known[text] = found
        return found


def to_microseconds(moment: datetime) -> int:
    """Microseconds since 2000 of an aware instant."""
    return (moment - EPOCH) // MICROSECOND


def to_datetime(microseconds: int) -> datetime:
    """Aware instant [UTC] of microseconds since 2000."""
    return EPOCH + timedelta(microseconds=microseconds)


def _parse(text: str) -> datetime:
    form = _FORM.fullmatch(text)
    if form is None:
        raise BadTime(text)
    if form[1] is None:
        raise NaiveTime(text)
    if text[17:19] == "60":
        raise LeapSecond(text)
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise BadTime(text) from error
