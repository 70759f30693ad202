"""One run of the city: its past, then live; truth and state kept in step with what the broker acknowledged."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from simulators import state
from simulators.bundling import bundled
from simulators.city import City
from simulators.civil_day import day_of, midnight
from simulators.encoding import Message
from simulators.pace import Pace
from simulators.publisher import Publisher
from simulators.schedule import LONGEST_DELAY, Schedule
from simulators.truth import truths, write_truth

_SAVED_EVERY = 20.0
"""How often a live city notes how far it is [s]."""


@dataclass
class Simulation:
    """A city on its way to the broker.

    Parameters
    ----------
    truth
        File that says what was tampered with; None for an honest city alone.
    memory
        State file, or None to remember nothing.
    told
        Called with the instant up to which everything is sent.
    """

    city: City
    publisher: Publisher
    start: datetime
    truth: Path | None
    memory: Path | None
    told: Callable[[datetime], None]

    def __post_init__(self) -> None:
        self._schedule = Schedule(self.city, self.start)
        self._true_until: date | None = None

    def backfill(self, until: datetime) -> None:
        """Send every day up to an instant as fast as the broker acknowledges, many messages in a payload."""
        self._tell_truth(day_of(until))
        self._send(self._schedule.backfill(until))

    def history(self) -> None:
        """Send what is left of the daily history, likewise."""
        if self._schedule.position < midnight(self.city.plan.hourly_from):
            self._tell_truth(self.city.plan.hourly_from)
            self._send(self._schedule.history())

    def play(self, until: datetime | None, speed: float | None) -> None:
        """Send every message when it falls due, up to an instant or without end; by our clock if `speed` is None."""
        start = self._schedule.position
        pace = Pace.real() if speed is None else Pace(start.timestamp(), speed, bounded=True)
        saved = time.monotonic()
        self._tell_truth(day_of(start))
        for message in self._schedule.hourly(until):
            # What was indicated before the end but is still under way then is sent at the end.
            pace.await_(message.due if until is None else min(message.due, until.timestamp()))
            self._tell_truth(day_of(pace.instant()))
            self.publisher.publish(message)
            if time.monotonic() - saved > _SAVED_EVERY:
                saved = time.monotonic()
                # What was read before this may be late, what was read after it may be under way: it is sent again.
                self.publisher.settle()
                self._remember(max(start, pace.instant() - LONGEST_DELAY))
                self.told(pace.instant())
        self.publisher.settle()
        if until is not None:
            self._remember(until)
            self.told(until)

    def _send(self, parts: Iterable[list[Message]]) -> None:
        """Send part after part; each is remembered once all of it is acknowledged."""
        for messages in parts:
            for message in bundled(messages):
                self.publisher.publish(message)
            self.publisher.settle()
            self._remember(self._schedule.position)
            self.told(self._schedule.position)

    def _tell_truth(self, until: date) -> None:
        """Write the truth of all days up to one before anything of it is sent."""
        if self.truth is not None and self._true_until != until:
            write_truth(self.truth, truths(self.city, until))
            self._true_until = until

    def _remember(self, instant: datetime) -> None:
        if self.memory is not None:
            plan = self.city.plan
            state.save(
                self.memory,
                state.CityState(
                    plan.seed,
                    plan.instruments,
                    plan.epoch,
                    plan.tampered,
                    instant.astimezone(UTC),
                    plan.daily_history,
                ),
            )
