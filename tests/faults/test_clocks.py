"""Clocks of devices that are wrong, are put right, or follow the law: nothing is lost, no consumption is invented."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from ingest.batch import Batch
from ingest.identity import Identities
from ingest.instants import Instants
from store import intake
from store.instruments import Site
from tests.faults.conftest import Tell
from tests.faults.ledger import Ledger, Message
from tests.faults.recount import Days, stored, sum_up, verify_days
from tests.faults.scene import scene
from tests.faults.traffic import BEGIN, TOPIC, message, said
from tests.services.enrolled import SITE, connect_to, enrol
from tests.services.fixtures import Pair

pytestmark = pytest.mark.fault

SEED = 20_261_127
HOUR = timedelta(hours=1)
BERLIN = Site("B-1", "柏林站", "Berlin", time_zone="Europe/Berlin")

CONSUMPTION, HOURLY, READINGS = 7, 9, 0
"""Where these stand in a day."""


def take(database: str, received: list[tuple[datetime, Message]], *, site: Site = SITE) -> Days:
    """Take messages in, each received at its instant, as ingest does, without a broker; return the days they end in."""
    ledger = Ledger()
    with connect_to(database) as connection:
        enrol(connection, site=site)
        identities, instants = Identities(lambda question: question(connection)), Instants()
        batch = Batch(identities, instants)
        for number, (at, each) in enumerate(received):
            entry = ledger.enter(each)
            entry.sent, entry.acknowledged = 1, True
            batch.add(each.topic, each.payload, at)
            if number % 10 == 9:
                intake.append(connection, batch.arrivals())
                batch = Batch(identities, instants)
        intake.append(connection, batch.arrivals())
    ledger.account(database, in_order_of_publication=True)
    sum_up(database)
    verify_days(database)
    return stored(database)


def hourly(
    begin: datetime, hours: int, clock: Callable[[int], timedelta] = lambda _: timedelta(0)
) -> Iterator[tuple[datetime, Message]]:
    """A meter read each hour, growing by what a seed draws; its clock is wrong by what `clock` says of the hour."""
    chance, litres = Random(SEED), 1000
    for hour in range(hours + 1):
        at = begin + hour * HOUR
        yield at + timedelta(seconds=20), message(said(1, at + clock(hour), litres))
        litres += chance.randrange(1, 50)


@pytest.mark.parametrize(
    "wrong",
    [
        timedelta(days=1),
        timedelta(days=1, minutes=17),
        timedelta(hours=2),
        timedelta(hours=2, minutes=17),
        timedelta(hours=-2),
        timedelta(days=-1, minutes=-17),
    ],
    ids=str,
)
def test_a_clock_that_is_wrong_for_two_days_invents_no_consumption(database: str, wrong: timedelta, tell: Tell) -> None:
    """Put right, it says instants again: both values are kept, and no day or hour is counted twice or below zero."""

    def clock(hour: int) -> timedelta:
        return wrong if 100 <= hour < 148 else timedelta(0)

    messages = list(hourly(BEGIN, 240, clock))
    grown = float(messages[-1][1].said[0].value) * 1000 - float(messages[0][1].said[0].value) * 1000
    days = take(database, messages)
    known = {day: figures[CONSUMPTION] for (_, _, day), figures in days.items() if figures[CONSUMPTION] is not None}
    hours = [used for figures in days.values() for used in figures[HOURLY] or [] if used is not None]
    tell(seed=SEED, wrong=wrong, days=len(days), known=len(known), least_hour=min(hours))
    assert len(known) >= 5
    assert min(hours) >= 0
    assert all(used >= 0 for used in known.values())
    assert sum(known.values()) <= grown
    assert sum(hours) <= grown


@pytest.mark.parametrize("day,length", [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_day_of_a_clock_change_loses_and_gains_no_hour(database: str, day: date, length: int) -> None:
    begin = datetime(day.year, day.month, day.day - 1, tzinfo=UTC)
    messages = list(hourly(begin, 72))
    days = take(database, messages, site=BERLIN)
    figures = days["W-1", "volume", day]
    assert figures[READINGS] == length
    assert sum(figures[HOURLY]) == figures[CONSUMPTION]
    midnights = [datetime(day.year, day.month, day.day, tzinfo=UTC) - HOUR * (1 if length == 23 else 2)]
    midnights.append(midnights[0] + length * HOUR)
    shown = {one.said[0].taken_at: round(float(one.said[0].value) * 1000) for _, one in messages}
    assert figures[CONSUMPTION] == shown[midnights[1]] - shown[midnights[0]]
    if length == 23:
        assert figures[HOURLY][2] == 0
    else:
        assert figures[HOURLY][2] == shown[midnights[0] + 4 * HOUR] - shown[midnights[0] + 2 * HOUR]


def test_the_second_in_which_signed_32_bits_end_is_one_like_any_other(database: str) -> None:
    end = datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC)
    messages = list(hourly(end - 48 * HOUR, 96)) + [
        (end + 60 * HOUR, message(said(1, end + timedelta(seconds=second), 10**6 + second))) for second in (1, 2)
    ]
    days = take(database, messages)
    assert {day.year for _, _, day in days} == {2038}


def test_an_instant_that_cannot_be_is_held_under_its_cause(pair: Pair, tmp_path: Path, tell: Tell) -> None:
    """More than 48 h ahead is no clock error that a zone or a day explains; a day ahead is, and is taken as stated."""
    now = datetime.now(UTC).replace(microsecond=0)
    good = message(said(1, BEGIN, 1)).payload
    causes = {
        "1970-01-01T00:00:00Z": "too_early",
        "2038-01-19T03:14:08Z": "too_late",
        "2099-01-01T00:00:00Z": "too_late",
        (now + timedelta(hours=49)).isoformat(): "too_late",
        "2016-12-31T23:59:60Z": "leap_second",
        "2017-01-01T07:59:60+08:00": "leap_second",
        "2026-02-29T00:00:00Z": "bad_time",
        "2026-11-22T24:00:00Z": "bad_time",
        "2026-11-22T08:15:00": "naive_time",
    }
    with scene(pair, tmp_path) as played:
        with played.publisher() as publisher:
            for text, cause in causes.items():
                bad = good.replace(BEGIN.isoformat().encode(), text.encode())
                publisher.publish(Message(TOPIC, bad, cause=cause))
            publisher.publish(message(said(1, now + timedelta(hours=24), 10), said(1, now + timedelta(hours=47), 11)))
        account, _ = played.rest(in_order=True)
        tell(account)
    assert account.tallies["city"].readings_stored == 2
