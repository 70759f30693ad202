"""What the city's instruments sign is proven by the keys that they are enrolled with, however often it is sent."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.batch import Batch
from ingest.identity import Identities
from ingest.instants import Instants
from simulators.city import City, CityPlan
from simulators.civil_day import midnight
from simulators.encoding import Message
from simulators.instrument import write_enrolment
from simulators.schedule import Schedule
from store import instruments, intake, quarantine
from store.connection import Connection
from store.enrolment_list import read_list
from store.intake import Tally
from tests.services.enrolled import connect_to
from tests.simulators.world import EPOCH, content

PLAN = CityPlan(seed=2, instruments=80, epoch=EPOCH, daily_history=3)
NOON = midnight(PLAN.hourly_from) + timedelta(hours=12)


@pytest.fixture
def connection(plain_database: str, tmp_path: Path) -> Iterator[Connection]:
    """A store in which the city is enrolled from its own list."""
    listed = tmp_path / "enrolment.ndjson"
    write_enrolment(listed, City(PLAN).instruments)
    with connect_to(plain_database) as opened:
        with opened.transaction():
            instruments.enrol(opened, read_list(listed))
        yield opened


def sent() -> list[Message]:
    """What the signing instruments send: the history, half a day at once, and two hours as they fall due."""
    city = City(PLAN)
    schedule = Schedule(city, midnight(EPOCH))
    messages = [message for part in (schedule.history(), schedule.backfill(NOON)) for each in part for message in each]
    messages += schedule.hourly(NOON + timedelta(hours=2))
    return [message for message in messages if message.instrument in city.signers]


def take(connection: Connection, messages: list[Message]) -> Tally:
    batch = Batch(Identities(lambda question: question(connection)), Instants())
    for message in messages:
        batch.add(f"telemetry/{message.source}/{message.format}", message.payload, datetime.now(UTC))
    [tally] = intake.append(connection, batch.arrivals()).values()
    return tally


def test_all_that_they_sign_is_proven_and_the_same_again_is_a_repeat(connection: Connection) -> None:
    messages = sent()
    assert {message.format for message in messages} == {"native-jws"}
    assert len(messages) > 10
    first = take(connection, messages)
    assert [quarantine.entry(connection, number) for number in quarantine.held(connection)] == []
    assert (first.readings_stored, first.transactions_stored) == (first.readings, first.transactions)
    assert first.transactions > 5
    again = take(connection, sent())
    assert (again.readings_repeated, again.messages_quarantined) == (first.readings, 0)


def test_no_instrument_says_two_things_under_one_counter() -> None:
    said = [(body["instrument"], body["seq"]) for body in map(content, sent())]
    assert len(set(said)) == len(said)


def test_what_they_do_not_sign_is_refused(connection: Connection) -> None:
    unsigned = [message._replace(payload=json.dumps(content(message)).encode(), format="native") for message in sent()]
    assert take(connection, unsigned).messages_quarantined == len(unsigned)
    assert {count.cause for count in quarantine.counts(connection)} == {"unsigned_required"}


def test_a_city_of_another_seed_has_other_keys() -> None:
    keys = {City(CityPlan(seed=seed, instruments=80, epoch=EPOCH)).signers["C-01-01"].key for seed in (1, 2)}
    assert len(keys) == 2
