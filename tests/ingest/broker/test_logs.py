"""What brokers' logs say of refusals, and that a client cannot write another's name into them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.broker.log_tail import LogTail
from ingest.broker.mosquitto_log import MosquittoRefusals
from ingest.broker.nats_log import MOST_ASKED, NatsRefusals
from ingest.broker.refusal import Refusal, Refused
from ingest.broker.refusal_book import RefusalBook
from store.connection import Connection
from tests.services.enrolled import SOURCE, connect_to, enrol
from tests.services.half_answer import half_answer


@pytest.fixture
def connection(plain_database: str) -> Iterator[Connection]:
    with connect_to(plain_database) as made:
        yield made


def connected(client: str, user: str) -> str:
    return f"1795374954: New client connected from 127.0.0.1:1 as {client} (p2, c0, k60, u'{user}')."


def denied(client: str, topic: str) -> str:
    return f"1795374954: Denied PUBLISH from {client} (d0, q1, r0, m1, '{topic}', ... (6 bytes))"


def test_mosquitto_names_who_was_refused_what() -> None:
    lines = [
        connected("a client", "water"),
        denied("a client", "telemetry/gas/it's 1 x"),
        "1795374954: a client 1 telemetry/#",
        "1795374954: a client 1 command/water/#",
        "1795374954: \ttelemetry/# (QoS 1)",
        "1795374954: Client <unknown> disconnected, not authorised.",
        denied("unheard of", "telemetry/gas/x"),
        connected("own", "ingest"),
        "1795374954: own 1 telemetry/#",
    ]
    assert list(MosquittoRefusals().read(lines)) == [
        Refusal("water", Refused.PUBLICATION, "telemetry/gas/it's 1 x"),
        Refusal("water", Refused.SUBSCRIPTION, "telemetry/#"),
        Refusal(None, Refused.CONNECTION),
        Refusal(None, Refused.PUBLICATION, "telemetry/gas/x"),
    ]


@pytest.mark.parametrize(
    "name",
    ["victim (d0, q1, r0, m1, 'x", "victim 1 #", "victim (p2, c0, k60, u'gas').", "x as victim (p2, c0, k60, u'gas')"],
)
def test_a_client_of_mosquitto_cannot_write_another_into_the_log(name: str) -> None:
    lines = [
        connected("victim", "gas"),
        connected(name, "water"),
        denied(name, "telemetry/gas/x"),
        f"1795374954: {name} 1 command/gas/#",
    ]
    assert {refusal.user for refusal in MosquittoRefusals().read(lines)} <= {"water", None}


def test_nats_is_asked_whose_the_connection_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NatsRefusals, "_user_of", lambda _self, number: {"28": "water"}.get(number))
    head = "[1] 2026/11/22 19:15:47.685859 [ERR] 127.0.0.1:1 - mid:"
    lines = [
        f'{head}28 - "x" - Publish Violation - Subject "telemetry.gas.x"',
        f'{head}28 - "x - mid:29 - " - Subscription Violation - Subject ">", SID >',
        f'{head}28 - "x" - unable to store retained message for account "$G", subject "telemetry.a": too large (10054)',
        f'{head}41 - "cb3" - authentication error - User "gas"',
        f'{head}41 - "cb3" - authentication error - User "CN=gas"',
        f'{head}41 - "cb3" - unable to connect: authentication error',
        "[1] 2026/11/22 19:15:49.054045 [INF] Reloaded server configuration",
    ]
    assert list(NatsRefusals("http://127.0.0.1:1").read(lines)) == [
        Refusal("water", Refused.PUBLICATION, "telemetry.gas.x"),
        Refusal("water", Refused.SUBSCRIPTION, ">"),
        Refusal("water", Refused.RETENTION, "telemetry.a"),
        Refusal("gas", Refused.CONNECTION),
        Refusal("gas", Refused.CONNECTION),
    ]


def test_a_flood_of_connections_is_not_asked_about_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever is about to be revoked would otherwise put it off: the users are looked at between two looks at the log.
    asked: list[str] = []

    def user_of(_: NatsRefusals, number: str) -> str:
        asked.append(number)
        return "water"

    monkeypatch.setattr(NatsRefusals, "_user_of", user_of)
    lines = [
        f'[1] 2026/11/22 19:15:47.685859 [ERR] 127.0.0.1:1 - mid:{number} - "x" - Publish Violation - Subject "a"'
        for number in range(5000)
    ]
    refusals = list(NatsRefusals("http://127.0.0.1:1").read(lines))
    assert asked == [str(number) for number in range(MOST_ASKED)]
    assert [refusal.user for refusal in refusals] == ["water"] * MOST_ASKED + [None] * (5000 - MOST_ASKED)


def test_a_monitor_that_is_away_hides_no_refusal() -> None:
    line = '[1] 2026/11/22 19:15:47.685859 [ERR] 127.0.0.1:1 - mid:28 - "x" - Publish Violation - Subject "a"'
    assert list(NatsRefusals("http://127.0.0.1:9").read([line])) == [Refusal(None, Refused.PUBLICATION, "a")]
    with half_answer() as monitor:
        assert list(NatsRefusals(monitor).read([line])) == [Refusal(None, Refused.PUBLICATION, "a")]


def test_the_audit_has_one_record_a_minute_of_each_source_and_sort(connection: Connection) -> None:
    enrol(connection)
    now = [0.0]
    book = RefusalBook("test", clock=lambda: now[0])
    flood = [Refusal(SOURCE, Refused.PUBLICATION, f"telemetry/{number}/\0{'x' * 999}") for number in range(500)]
    strangers = [Refusal(f"nobody-{number}", Refused.CONNECTION) for number in range(500)]
    for second in (0, 1, 30, 59):
        now[0] = second
        book.enter(connection, [*flood, *strangers])
    now[0] = 60
    book.enter(connection, [])
    now[0] = 200
    book.enter(connection, [])
    rows = connection.execute(
        "SELECT subject, detail->>'what', detail->>'count', length(detail->>'topic') FROM audit ORDER BY id"
    ).fetchall()
    assert rows == [
        (f"source:{SOURCE}", "publication", "500", 200),
        ("broker", "connection", "500", None),
        (f"source:{SOURCE}", "publication", "1500", 200),
        ("broker", "connection", "1500", None),
    ]


def test_a_log_is_followed_from_now_on_through_being_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("before\n")
    tail = LogTail(path)
    with path.open("a") as log:
        log.write("one\ntw")
    assert tail.lines() == ["one"]
    with path.open("a") as log:
        log.write("o\n")
    assert tail.lines() == ["two"]
    path.rename(tmp_path / "log.1")
    assert tail.lines() == []
    path.write_text("three\n")
    assert (tail.lines(), tail.lines()) == (["three"], [])
