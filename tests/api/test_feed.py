import json
import random
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from store import outbox
from store.connection import Connection, connect
from tests.api.world import enrol, finding, raise_alerts, raise_silence

Event = tuple[int, str, dict[str, object]]


def _events(lines: Iterator[str]) -> Iterator[Event | int | str]:
    """Events of a stream; a bare int is a position without an event, a str is a comment."""
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            yield line[1:].strip()
        elif line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            if "data" in fields:
                yield int(fields["id"]), fields["event"], json.loads(fields["data"])
            elif "id" in fields:
                yield int(fields["id"])
            fields = {}


def _tell(connection: Connection, alert: int, times: int = 1) -> list[int]:
    """Let something happen to an alert."""
    ids = []
    for _ in range(times):
        topic = "alert.updated"
        ids.append(outbox.append(connection, topic, alert, {"alert": alert, "topic": topic, "version": 2}))
        connection.commit()
    return ids


def test_tells_what_happens_from_now_on_as_the_list_shows_it(client: httpx.Client, connection: Connection) -> None:
    meters = enrol(connection, 2)
    raise_alerts(connection, finding(meters[0]))
    time.sleep(0.6)  # the past: the feed has seen it
    with client.stream("GET", "/v1/alerts/stream") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["x-accel-buffering"] == "no"
        events = _events(stream.iter_lines())
        position = next(events)
        assert position == outbox.span(connection).newest
        connection.commit()
        began = time.monotonic()
        [number] = raise_alerts(connection, finding(meters[1]))
        told = next(event for event in events if not isinstance(event, str))
        assert time.monotonic() - began < 2
    assert isinstance(told, tuple)
    assert told[1] == "alert.opened"
    assert told[2] == client.get("/v1/alerts").json()["items"][0]
    assert told[2]["id"] == number


def test_tells_of_an_alert_on_a_source(client: httpx.Client, connection: Connection) -> None:
    enrol(connection, 1)
    with client.stream("GET", "/v1/alerts/stream") as stream:
        events = _events(stream.iter_lines())
        next(events)
        number = raise_silence(connection)
        told = next(event for event in events if not isinstance(event, str))
    assert isinstance(told, tuple)
    assert told[1:] == ("alert.opened", client.get("/v1/alerts").json()["items"][0])
    assert (told[2]["id"], told[2]["instrument"]) == (number, None)


def test_says_that_it_lives_while_nothing_happens(client: httpx.Client) -> None:
    with client.stream("GET", "/v1/alerts/stream") as stream:
        events = _events(stream.iter_lines())
        assert [next(events) for _ in range(3)] == [0, "heartbeat", "heartbeat"]


def test_resumes_from_the_position_it_gave_out_before_any_event(client: httpx.Client, connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    with client.stream("GET", "/v1/alerts/stream") as stream:
        position = next(_events(stream.iter_lines()))
    raise_alerts(connection, finding(meter))
    with client.stream("GET", "/v1/alerts/stream", params={"last_event_id": position}) as stream:
        events = _events(stream.iter_lines())
        assert next(events) == position
        told = next(events)
    assert isinstance(told, tuple)
    assert told[1] == "alert.opened"


def test_neither_misses_nor_repeats_an_event_over_120_random_disconnects(
    client: httpx.Client, connection: Connection, plain_database: str
) -> None:
    chance = random.Random(20240501)
    meters = enrol(connection, 5)
    numbers = raise_alerts(connection, *(finding(meter) for meter in meters))
    start = outbox.span(connection).newest
    connection.commit()
    told: list[int] = []
    finished = threading.Event()

    def happen() -> None:
        with connect(plain_database, application="test") as own:
            for _ in range(400):
                told.extend(_tell(own, chance.choice(numbers), chance.randint(1, 8)))
                time.sleep(chance.uniform(0, 0.01))
        finished.set()

    writer = threading.Thread(target=happen)
    writer.start()
    reader = random.Random(7)
    heard: list[int] = []
    last, disconnects = start, 0
    while disconnects < 120 or not finished.is_set() or len(heard) < len(told):
        wanted = reader.randint(1, 25)
        with client.stream("GET", "/v1/alerts/stream", headers={"Last-Event-ID": str(last)}) as stream:
            for event in _events(stream.iter_lines()):
                if isinstance(event, tuple):
                    heard.append(event[0])
                    last = event[0]
                    wanted -= 1
                if wanted == 0 or (event == "heartbeat" and finished.is_set()):
                    break
        disconnects += 1
    writer.join()
    assert heard == told
    assert disconnects >= 120


def test_two_writers_at_once_never_let_a_listener_miss_one(client: httpx.Client, plain_database: str) -> None:
    with connect(plain_database, application="test") as connection:
        [meter] = enrol(connection, 1)
        [number] = raise_alerts(connection, finding(meter))
        start = outbox.span(connection).newest

    def write() -> None:
        with connect(plain_database, application="test") as own:
            for pause in range(40):
                outbox.append(own, "alert.updated", number, {"alert": number, "topic": "alert.updated", "version": 2})
                time.sleep(0.002 * (pause % 3))  # holds the lock: the other's id comes after this commit
                own.commit()

    writers = [threading.Thread(target=write) for _ in range(3)]
    heard: list[int] = []
    with client.stream("GET", "/v1/alerts/stream", headers={"Last-Event-ID": str(start)}) as stream:
        for writer in writers:
            writer.start()
        for event in _events(stream.iter_lines()):
            if isinstance(event, tuple):
                heard.append(event[0])
            if len(heard) == 120:
                break
    for writer in writers:
        writer.join()
    assert heard == sorted(set(heard))
    assert heard[-1] - start == 120


def test_a_listener_far_behind_reads_the_outbox_itself(client: httpx.Client, connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    [number] = raise_alerts(connection, finding(meter))
    start = outbox.span(connection).newest
    connection.execute(
        "insert into outbox (topic, alert_id, payload) select 'alert.updated', %s, '{}' from generate_series(1, 3000)",
        (number,),
    )
    connection.commit()
    heard: list[int] = []
    with client.stream("GET", "/v1/alerts/stream", headers={"Last-Event-ID": str(start)}) as stream:
        for event in _events(stream.iter_lines()):
            if isinstance(event, tuple):
                heard.append(event[0])
            if len(heard) == 3000:
                break
    assert heard == list(range(start + 1, start + 3001))


def test_says_so_when_it_does_not_reach_back_that_far(client: httpx.Client, connection: Connection) -> None:
    [meter] = enrol(connection, 1)
    [number] = raise_alerts(connection, finding(meter))
    ids = _tell(connection, number, 5)
    pruned = outbox.prune(connection, through=ids[2], before=datetime.now(UTC) + timedelta(minutes=1))
    connection.commit()
    assert pruned == ids[2]
    for gone in (0, ids[1], ids[-1] + 1):
        answer = client.get("/v1/alerts/stream", headers={"Last-Event-ID": str(gone)})
        assert (answer.status_code, answer.json()["code"]) == (410, "feed_gone")
    with client.stream("GET", "/v1/alerts/stream", headers={"Last-Event-ID": str(ids[2])}) as stream:
        events = [event for event, _ in zip(_events(stream.iter_lines()), range(3), strict=False)]
    assert [event[0] for event in events if isinstance(event, tuple)] == ids[3:]


@pytest.mark.parametrize("asked", ["x", "-1", "1.5", "٣", "9" * 40])
def test_refuses_an_id_it_never_gave_out(client: httpx.Client, asked: str) -> None:
    answer = client.get("/v1/alerts/stream", params={"last_event_id": asked})
    assert (answer.status_code, answer.json()["code"]) in {(400, "event_id_malformed"), (410, "feed_gone")}


def test_goes_on_without_a_gap_after_the_database_dropped_its_reader(
    client: httpx.Client, connection: Connection
) -> None:
    [meter] = enrol(connection, 1)
    [number] = raise_alerts(connection, finding(meter))
    with client.stream("GET", "/v1/alerts/stream") as stream:
        events = _events(stream.iter_lines())
        next(events)
        told = _tell(connection, number, 2)
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where application_name = 'hengjian feed' and datname = current_database()"
        )
        told += _tell(connection, number, 2)
        heard: list[int] = []
        for event in events:
            if isinstance(event, tuple):
                heard.append(event[0])
            if heard[-1:] == told[-1:]:
                break
    assert heard[-len(told) :] == told  # before them, maybe, that the alert was opened: the stream began about then
