"""A source that falls silent, speaks again and falls silent again, through the watch to the alert as people see it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from anomaly.policy import Policy
from anomaly.source_silence import Unjudged
from anomaly.source_watch import look_once
from store import alert_document, alerts, keys, listening, pushes
from store.alerts import Acknowledgement, Filters, Standing, acknowledge
from store.connection import Connection
from store.findings import Recorded
from store.keys import Role
from store.listening import WayIn
from store.pushes import PushName, Way
from tests.services.enrolled import SOURCE, connect_to, enrol

POLICY = Policy.load()
NINE = datetime(2026, 3, 2, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HEAR = timedelta(seconds=20)


@pytest.fixture
def store(database: str) -> Iterator[Connection]:
    with connect_to(database) as connection:
        enrol(connection)
        connection.execute("UPDATE source SET report_interval = '15 minutes', created_at = %s", (NINE,))
        yield connection


def speak(
    store: Connection, at: datetime, *, messages: int = 1, source: str = SOURCE, way: str = "mqtt", **counts: int
) -> None:
    store.execute(
        "INSERT INTO intake (committed_at, source_code, messages, messages_quarantined, messages_redelivered, way) "
        "VALUES (%s, %s, %s, %s, %s, %s)",
        (at, source, messages, counts.get("quarantined", 0), counts.get("redelivered", 0), way),
    )


def listen(
    store: Connection, start: datetime, end: datetime, *, listener: str = "ingest-1", way: WayIn = WayIn.MQTT
) -> None:
    while start <= end:
        listening.note(store, listener, way=way, now=start)
        start += HEAR


def unjudged(store: Connection, at: datetime) -> dict[Unjudged, int]:
    looked = look_once(store, POLICY, now=at)
    assert looked is not None
    return looked.not_judged


def look(store: Connection, at: datetime) -> Recorded:
    looked = look_once(store, POLICY, now=at)
    assert looked is not None
    return looked.recorded


def shown(store: Connection, state: Standing = Standing.OPEN, **filters: Any) -> list[dict[str, Any]]:
    found = alerts.page(store, Filters(standing=state, **filters), before=None, limit=10)
    return [alert_document.document(alert) for alert in found]


def topics(store: Connection) -> list[str]:
    return [topic for (topic,) in store.execute("SELECT topic FROM outbox ORDER BY id").fetchall()]


def test_a_silence_is_told_once_and_ends_when_the_source_speaks_again(store: Connection) -> None:
    listen(store, NINE, NINE + 60 * MINUTE)
    speak(store, NINE + MINUTE)
    assert look(store, NINE + 16 * MINUTE) == Recorded()
    assert look(store, NINE + 60 * MINUTE) == Recorded(changed=1, opened=1)
    assert look(store, NINE + 60 * MINUTE + HEAR) == Recorded()
    (alert,) = shown(store)
    assert (alert["judge"], alert["grade"], alert["severity"]) == ("source_silence", "exact", "minor")
    assert (alert["condition_present"], alert["state"], alert["findings"]) == (True, "UNACK", 1)
    assert alert["source"] == {"code": SOURCE, "name": SOURCE}
    assert (alert["instrument"], alert["site"], alert["register"]) == (None, None, None)
    assert alert["since"] == "2026-03-02T01:01:00Z"
    assert "Source city has sent nothing since 2026-03-02 09:01" in alert["statement"]["en"]

    speak(store, NINE + 62 * MINUTE)
    speak(store, NINE + 63 * MINUTE)
    assert look(store, NINE + 64 * MINUTE) == Recorded(changed=1, updated=1)
    (alert,) = shown(store)
    assert (alert["condition_present"], alert["state"]) == (False, "RTNUN")
    assert "共61分钟未报送" in alert["statement"]["zh"]
    (finding,) = alerts.findings(store, alert["id"], limit=5)
    assert finding.until == NINE + 62 * MINUTE
    assert look(store, NINE + 65 * MINUTE) == Recorded()
    assert topics(store) == ["alert.opened", "alert.updated"]


def test_another_silence_is_another_finding_under_the_open_alert_and_calls_for_a_person_anew(store: Connection) -> None:
    listen(store, NINE, NINE + 200 * MINUTE)
    speak(store, NINE)
    look(store, NINE + 199 * MINUTE)
    speak(store, NINE + 199 * MINUTE)
    look(store, NINE + 200 * MINUTE)
    (alert,) = shown(store)
    assert acknowledge(store, alert["id"], versions=None, actor="A", comment="") is Acknowledgement.DONE
    listen(store, NINE + 200 * MINUTE, NINE + 240 * MINUTE)
    assert look(store, NINE + 240 * MINUTE) == Recorded(changed=1, updated=1)
    (again,) = shown(store)
    assert (again["id"], again["findings"], again["state"]) == (alert["id"], 2, "UNACK")
    assert (again["since"], again["condition_present"]) == ("2026-03-02T01:00:00Z", True)
    assert "has sent nothing since 2026-03-02 12:19" in again["statement"]["en"]  # not of the longer one that is over
    speak(store, NINE + 245 * MINUTE)
    look(store, NINE + 246 * MINUTE)
    (ended,) = shown(store)
    assert "sent nothing from 2026-03-02 12:19" in ended["statement"]["en"]


def test_a_graver_silence_that_is_over_calls_nobody_to_one_that_somebody_took_note_of(store: Connection) -> None:
    listen(store, NINE, NINE + 200 * MINUTE)
    speak(store, NINE)
    look(store, NINE + 30 * MINUTE)
    store.execute("UPDATE finding SET severity = 'major'")  # as if it had had more instruments then
    speak(store, NINE + 60 * MINUTE)
    look(store, NINE + 100 * MINUTE)
    (alert,) = shown(store)
    assert acknowledge(store, alert["id"], versions=None, actor="A", comment="") is Acknowledgement.DONE
    speak(store, NINE + 110 * MINUTE)
    look(store, NINE + 111 * MINUTE)
    assert [each["state"] for each in shown(store)] != ["RTNUN"]


def test_a_silence_between_two_looks_with_a_message_in_between_is_two_findings(store: Connection) -> None:
    listen(store, NINE, NINE + 100 * MINUTE)
    speak(store, NINE)
    look(store, NINE + 30 * MINUTE)
    speak(store, NINE + 50 * MINUTE)
    assert look(store, NINE + 100 * MINUTE) == Recorded(changed=2, updated=1)
    assert [(alert["findings"], alert["condition_present"]) for alert in shown(store)] == [(2, True)]


def test_nobody_is_accused_while_nobody_listens_and_what_was_said_before_stands(store: Connection) -> None:
    speak(store, NINE)
    looked = look_once(store, POLICY, now=NINE + 60 * MINUTE)
    assert looked is not None
    assert looked.not_judged == {Unjudged.NOBODY_LISTENED: 1}
    assert shown(store) == []
    listen(store, NINE + 60 * MINUTE, NINE + 80 * MINUTE)
    look(store, NINE + 80 * MINUTE)
    assert len(shown(store)) == 1
    looked = look_once(store, POLICY, now=NINE + 500 * MINUTE)
    assert looked is not None
    assert looked.not_judged == {Unjudged.NOBODY_LISTENED: 1}
    assert shown(store)[0]["condition_present"] is True


def test_a_source_that_speaks_badly_speaks(store: Connection) -> None:
    listen(store, NINE, NINE + 60 * MINUTE)
    speak(store, NINE + 55 * MINUTE, quarantined=1)
    assert look(store, NINE + 60 * MINUTE) == Recorded()


def test_what_the_broker_delivers_again_and_what_is_replayed_is_no_speech(store: Connection) -> None:
    listen(store, NINE, NINE + 60 * MINUTE)
    speak(store, NINE + 50 * MINUTE, messages=0, redelivered=5)
    speak(store, NINE + 55 * MINUTE)
    speak(store, NINE + 55 * MINUTE, messages=-1, quarantined=-1)
    assert look(store, NINE + 60 * MINUTE) == Recorded(changed=1, opened=1)
    assert "enrolled; nothing ever came" in shown(store)[0]["statement"]["en"]


def test_a_source_that_declared_nothing_is_not_asked_about(store: Connection) -> None:
    listen(store, NINE, NINE + 60 * MINUTE)
    store.execute("UPDATE source SET report_interval = NULL")
    looked = look_once(store, POLICY, now=NINE + 60 * MINUTE)
    assert looked is not None
    assert (looked.recorded, looked.not_judged) == (Recorded(), {})


def test_what_a_source_no_longer_declares_is_withdrawn(store: Connection) -> None:
    listen(store, NINE, NINE + 60 * MINUTE)
    look(store, NINE + 60 * MINUTE)
    store.execute("UPDATE source SET report_interval = '1 day'")
    assert look(store, NINE + 60 * MINUTE) == Recorded(withdrawn=1, closed=1)
    (alert,) = shown(store, Standing.CLOSED)
    assert alert["closed"]["reason"] == "withdrawn"
    store.execute("UPDATE source SET report_interval = '15 minutes'")
    assert look(store, NINE + 60 * MINUTE) == Recorded(changed=1, opened=1)
    store.execute("UPDATE source SET report_interval = NULL")
    assert look(store, NINE + 60 * MINUTE) == Recorded(withdrawn=1, closed=1)


def test_the_silence_of_a_source_ends_with_its_revocation(store: Connection) -> None:
    listen(store, NINE, NINE + 60 * MINUTE)
    look(store, NINE + 60 * MINUTE)
    store.execute("UPDATE source SET revoked_at = %s", (NINE + 58 * MINUTE,))
    assert look(store, NINE + 60 * MINUTE) == Recorded(changed=1, updated=1)
    assert shown(store)[0]["condition_present"] is False


def test_two_sources_silent_since_the_same_instant_have_alerts_of_their_own(store: Connection) -> None:
    enrol(store, source="town")
    store.execute("UPDATE source SET report_interval = '15 minutes', created_at = %s", (NINE,))
    listen(store, NINE, NINE + 60 * MINUTE)
    assert look(store, NINE + 60 * MINUTE) == Recorded(changed=2, opened=2)
    assert [alert["source"]["code"] for alert in shown(store)] == ["town", "city"]
    assert [alert["source"]["code"] for alert in shown(store, source="town")] == ["town"]
    assert shown(store, kind="water_meter") == []
    assert shown(store, instrument=1) == []


def test_a_second_watch_leaves_sources_to_the_first(store: Connection, database: str) -> None:
    with connect_to(database) as other, other.transaction():
        assert other.execute("SELECT pg_try_advisory_xact_lock(1752852597)").fetchone() == (True,)
        assert look_once(store, POLICY, now=NINE) is None


def test_an_outage_of_the_api_is_not_held_against_a_source_that_pushes(store: Connection) -> None:
    listen(store, NINE, NINE + 60 * MINUTE)
    speak(store, NINE, way="http")
    assert unjudged(store, NINE + 60 * MINUTE) == {Unjudged.NOBODY_LISTENED: 1}
    listen(store, NINE + 50 * MINUTE, NINE + 70 * MINUTE, listener="api", way=WayIn.HTTP)
    assert unjudged(store, NINE + 60 * MINUTE) == {Unjudged.LISTENING_TOO_SHORT: 1}
    assert look(store, NINE + 70 * MINUTE) == Recorded(changed=1, opened=1)


def test_an_outage_of_the_api_excuses_no_source_that_publishes(store: Connection) -> None:
    listen(store, NINE, NINE + 60 * MINUTE)
    speak(store, NINE)
    assert look(store, NINE + 60 * MINUTE) == Recorded(changed=1, opened=1)


def test_a_source_that_speaks_both_ways_is_judged_only_while_both_hear(store: Connection) -> None:
    speak(store, NINE, way="http")
    speak(store, NINE)
    listen(store, NINE, NINE + 60 * MINUTE, listener="api", way=WayIn.HTTP)
    assert unjudged(store, NINE + 60 * MINUTE) == {Unjudged.NOBODY_LISTENED: 1}
    listen(store, NINE + 50 * MINUTE, NINE + 60 * MINUTE)
    assert unjudged(store, NINE + 60 * MINUTE) == {Unjudged.LISTENING_TOO_SHORT: 1}
    listen(store, NINE + 60 * MINUTE, NINE + 70 * MINUTE)
    listen(store, NINE + 60 * MINUTE, NINE + 70 * MINUTE, listener="api", way=WayIn.HTTP)
    assert look(store, NINE + 70 * MINUTE) == Recorded(changed=1, opened=1)


def test_a_push_of_which_nothing_was_committed_tells_which_way_a_source_speaks(store: Connection) -> None:
    pushes.enter(store, PushName(SOURCE, Way.HTTP, "k"))
    listen(store, NINE, NINE + 60 * MINUTE)
    assert unjudged(store, NINE + 60 * MINUTE) == {Unjudged.NOBODY_LISTENED: 1}


def test_a_source_that_never_spoke_is_expected_where_it_was_let_in(store: Connection) -> None:
    keys.create(store, name="head-end", role=Role.SOURCE, actor="test", source=SOURCE)
    listen(store, NINE, NINE + 60 * MINUTE)
    assert unjudged(store, NINE + 60 * MINUTE) == {Unjudged.NOBODY_LISTENED: 1}
    listen(store, NINE, NINE + 60 * MINUTE, listener="api", way=WayIn.HTTP)
    assert look(store, NINE + 60 * MINUTE) == Recorded(changed=1, opened=1)


def test_nobody_is_accused_while_the_broker_may_keep_messages_for_an_ingest_that_is_missing(store: Connection) -> None:
    listen(store, NINE - 10 * MINUTE, NINE, listener="ingest-2")
    listen(store, NINE, NINE + 60 * MINUTE)
    speak(store, NINE)
    assert unjudged(store, NINE + 60 * MINUTE) == {Unjudged.NOT_EVERYBODY_LISTENED: 1}
    listen(store, NINE + 60 * MINUTE, NINE + 25 * 60 * MINUTE)
    assert look(store, NINE + 25 * 60 * MINUTE) == Recorded(changed=1, opened=1)
