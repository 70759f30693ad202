"""When the city's messages are sent: months at once for its daily history, then whole days, then hour by hour."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from simulators.city import City
from simulators.civil_day import DAY_SECONDS, day_of, midnight, second_of
from simulators.daily_history import DAYS_AT_ONCE, frozen_days
from simulators.day_book import DayBook
from simulators.encoding import Message, encode

LONGEST_DELAY = timedelta(minutes=50)
"""A message's longest way from its instrument, where meters report by the hour."""


@dataclass
class Schedule:
    """Messages of a city in time order, from an instant on.

    Keeps the books of the day that it stands in, so that a day can be sent in parts: backfill up to now, then live.
    """

    city: City
    position: datetime
    """Everything indicated up to here was already handed out."""

    def __post_init__(self) -> None:
        self._day: date | None = None
        self._books: list[DayBook] = []

    def history(self) -> Iterator[list[Message]]:
        """What is left of the daily history, :data:`DAYS_AT_ONCE` days at once, each instrument one message.

        It ends with the midnight at which the hourly part begins, so that the registers go on from it.
        """
        end = midnight(self.city.plan.hourly_from)
        while self.position < end:
            first = day_of(self.position)
            last = min(first + timedelta(days=DAYS_AT_ONCE), self.city.plan.hourly_from) - timedelta(days=1)
            days = (last - first).days + 1
            book = frozen_days(first, (self._reach(first + timedelta(days=number)) for number in range(days)))
            messages = list(map(self._signed, encode(book, -1, days * DAY_SECONDS, daily=True)))
            self.position = midnight(last + timedelta(days=1))
            yield messages

    def backfill(self, until: datetime) -> Iterator[list[Message]]:
        """Day by day up to an instant: each meter one message a day, each transaction its own."""
        while self.position < until:
            end = min(until, midnight(day_of(self.position) + timedelta(days=1)))
            messages = self._span(end, daily=True)
            self.position = end
            yield messages

    def hourly(self, until: datetime | None) -> Iterator[Message]:
        """One by one as they fall due: each meter one message an hour; without end if `until` is None.

        A message may fall due up to :data:`LONGEST_DELAY` after its reading, so the last of a day wait for the next.
        """
        late: list[Message] = []
        while until is None or self.position < until:
            tomorrow = midnight(day_of(self.position) + timedelta(days=1))
            end = tomorrow if until is None else min(tomorrow, until)
            due = sorted(late + self._span(end, daily=False), key=_due)
            self.position = end
            late = [message for message in due if message.due > end.timestamp()]
            yield from due[: len(due) - len(late)]
        yield from late

    def _span(self, end: datetime, *, daily: bool) -> list[Message]:
        """Messages of (position, end], which lies in one civil day; the epoch's midnight belongs to its day."""
        day = day_of(self.position)
        if day < self.city.plan.hourly_from:
            raise HistoryUntold(self.position, self.city.plan.hourly_from)
        if self._day != day:
            self._books = self._reach(day)
            self._day = day
        start = second_of(day)
        after = int(self.position.timestamp()) - start
        if day == self.city.plan.epoch and after == 0:
            after = -1
        messages = [
            self._signed(message)
            for book in self._books
            for message in encode(book, after, min(DAY_SECONDS, int(end.timestamp()) - start), daily=daily)
        ]
        messages.sort(key=_due)
        return messages

    def _signed(self, message: Message) -> Message:
        """As its instrument sends it."""
        signer = self.city.signers.get(message.instrument)
        return signer.signed(message) if signer else message

    def _reach(self, day: date) -> list[DayBook]:
        """Walk the city up to a day."""
        for walked, books in self.city.walk():
            if walked == day:
                return books
        raise AssertionError  # the walk has no end


class HistoryUntold(ValueError):
    """Hours were asked of a day that is known by the day alone."""

    def __init__(self, position: datetime, hourly_from: date) -> None:
        self.position = position
        self.hourly_from = hourly_from
        super().__init__(f"the daily history up to {hourly_from} comes before the hours after {position}")


def _due(message: Message) -> float:
    return message.due
