"""Pushing telemetry over HTTP: the real API on a real database."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from psycopg.errors import CheckViolation

from api.application import create
from api.settings import ApiSettings
from ingest import chunks
from store import instrument_keys, intake, keys, pushes, quarantine
from store.connection import Connection
from store.intake import Tally
from store.keys import Role
from store.public_key import Algorithm
from tests.api.serving import serving
from tests.services.enrolled import SOURCE, connect_to, enrol
from tests.services.signing import Signer

START = datetime(2026, 11, 1, tzinfo=UTC)
NDJSON = {"Content-Type": "application/x-ndjson"}
CSV = {"Content-Type": "text/csv"}
JWS = {"Content-Type": "application/jose"}
CHARGER = Signer(Algorithm.ED25519, "charger-1")
JSON = {"Content-Type": "application/json"}
HEADING = "instrument,taken_at,register,value\n"


def message(number: int, *, serial: str = "W-1", volume: str | None = None) -> str:
    """One message with two readings of its own."""
    at = (START + timedelta(seconds=number)).isoformat()
    return json.dumps(
        {
            "instrument": serial,
            "readings": [{"taken_at": at, "registers": {"volume": volume or f"{number}.125", "flow": 0.5}}],
        }
    )


def stream(*numbers: int, serial: str = "W-1") -> bytes:
    return "".join(f"{message(number, serial=serial)}\n" for number in numbers).encode()


def rows(*numbers: int, serial: str = "W-1") -> bytes:
    lines = [f"{serial},{(START + timedelta(seconds=n)).isoformat()},volume,{n}.125\n" for n in numbers]
    return (HEADING + "".join(lines)).encode()


@pytest.fixture
def telling(database: str) -> Iterator[Connection]:
    with connect_to(database) as connection:
        enrol(connection, water_meters=3)
        enrol(connection, source="other")
        yield connection


@pytest.fixture
def settings() -> ApiSettings:
    return ApiSettings(api_push_stall=timedelta(seconds=3), api_pushes=2)


@pytest.fixture
def served(telling: Connection, database: str, settings: ApiSettings) -> Iterator[str]:  # noqa: ARG001 - enrolled first
    with serving(create(settings, database)) as address:
        yield address


def source_key(connection: Connection, source: str = SOURCE) -> str:
    return keys.create(connection, name=f"head-end of {source}", role=Role.SOURCE, actor="test", source=source)


@pytest.fixture
def pusher(served: str, telling: Connection) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {source_key(telling)}"}
    with httpx.Client(base_url=served, headers=headers, timeout=30) as client:
        yield client


Push = Callable[..., httpx.Response]


@pytest.fixture
def push(pusher: httpx.Client) -> Push:
    def send(content: Any, key: str = "k", headers: dict[str, str] = NDJSON, **more: str) -> httpx.Response:
        return pusher.post("/v1/telemetry", content=content, headers={"Idempotency-Key": key, **headers, **more})

    return send


def ledger(connection: Connection, source: str = SOURCE) -> Tally:
    return intake.totals(connection).get(source, Tally())


def count(connection: Connection, table: str = "reading") -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])


def test_stores_ndjson_and_says_so_once_it_is_committed(push: Push, telling: Connection) -> None:
    answer = push(stream(*range(50)))
    assert answer.status_code == 200
    assert answer.json() == {
        "source": SOURCE,
        "messages": {"received": 50, "quarantined": 0},
        "readings": {"received": 100, "stored": 100, "repeated": 0, "conflicting": 0, "quarantined": 0},
        "transactions": {"received": 0, "stored": 0, "repeated": 0, "conflicting": 0, "quarantined": 0},
        "events": {"received": 0, "stored": 0, "repeated": 0, "quarantined": 0},
        "causes": {},
        "refusals": [],
    }
    assert "idempotency-replayed" not in answer.headers
    assert count(telling) == 100
    assert telling.execute("SELECT DISTINCT stage FROM due").fetchall() == [("summarise",)]


@pytest.mark.parametrize(
    "content,headers",
    [
        (message(1), JSON),
        (f"[{message(1)}]", JSON | {"Content-Type": "application/json; charset=UTF-8"}),
        (stream(1), NDJSON),
        (b"\xef\xbb\xbf" + stream(1).replace(b"\n", b"\r\n\r\n"), NDJSON),
        (gzip.compress(stream(1)), NDJSON | {"Content-Encoding": "gzip"}),
        (gzip.compress(stream(1)[:40]) + gzip.compress(stream(1)[40:]), NDJSON | {"Content-Encoding": "gzip"}),
        (gzip.compress(message(1).encode()), JSON | {"Content-Encoding": "gzip"}),
        (gzip.compress(message(1).encode()), JSON),
        (rows(1) + rows(1).split(b"\n")[1].replace(b"volume,1.125", b"flow,0.5"), CSV),
        (b'value,"register",x,taken_at,instrument\r\n0.5,flow,,2026-11-01T00:00:01Z,"W-1"\r\n', CSV),
    ],
    ids=[
        "json",
        "array",
        "ndjson",
        "marked",
        "gzip",
        "two gzips",
        "json gzip",
        "silent gzip",
        "csv",
        "odd",
    ],
)
def test_takes_every_medium(push: Push, telling: Connection, content: Any, headers: dict[str, str]) -> None:
    answer = push(content, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["messages"]["quarantined"] == 0
    assert answer.json()["readings"]["stored"] == count(telling) > 0
    assert {value for (value,) in telling.execute("SELECT value FROM reading").fetchall()} <= {1125, 500}


def test_holds_what_it_cannot_take_whole_and_names_it_by_line(push: Push, telling: Connection) -> None:
    bad = message(3, volume="0.00001")
    answer = push(f"{message(1)}\n\n{bad}\n{{\n{message(4, serial='X-9')}\n{message(5)}".encode()).json()
    assert answer["messages"] == {"received": 5, "quarantined": 3}
    assert answer["readings"] == {"received": 8, "stored": 4, "repeated": 0, "conflicting": 0, "quarantined": 4}
    assert answer["causes"] == {"bad_json": 1, "too_fine": 1, "unknown_instrument": 1}
    assert [(one["line"], one["cause"]) for one in answer["refusals"]] == [
        (3, "too_fine"),
        (4, "bad_json"),
        (5, "unknown_instrument"),
    ]
    entry = quarantine.entry(telling, answer["refusals"][0]["quarantine"])
    assert entry is not None
    assert (entry.payload, entry.topic) == (bad.encode(), f"telemetry/{SOURCE}/native/http")


def test_a_bad_line_of_a_table_costs_itself_alone_and_can_be_replayed(push: Push, telling: Connection) -> None:
    table = rows(1, 2, 3).replace(b"2.125", b"many") + b"W-1,too short\n"
    answer = push(table, headers=CSV).json()
    assert answer["readings"] == {"received": 4, "stored": 2, "repeated": 0, "conflicting": 0, "quarantined": 2}
    assert [(one["line"], one["cause"]) for one in answer["refusals"]] == [(3, "not_a_number"), (5, "bad_structure")]
    entry = quarantine.entry(telling, answer["refusals"][0]["quarantine"])
    assert entry is not None
    assert entry.payload == (HEADING + "W-1,2026-11-01T00:00:02+00:00,volume,many").encode()


def test_names_the_first_hundred_refusals_and_counts_the_rest(push: Push) -> None:
    answer = push(b"{\n" * 130).json()
    assert answer["causes"] == {"bad_json": 130}
    assert [one["line"] for one in answer["refusals"]] == list(range(1, 101))


def test_the_same_content_under_its_key_gets_the_same_answer_and_counts_once(push: Push, telling: Connection) -> None:
    body = stream(1, 2) + b"{\n"
    first, packed = push(body), push(gzip.compress(body), **{"Content-Encoding": "gzip"})
    assert (packed.status_code, packed.json()) == (200, first.json())
    assert packed.headers["idempotency-replayed"] == "true"
    assert ledger(telling).messages == 3
    assert count(telling, "quarantine") == 1
    again = push(body, key="another").json()
    assert again["readings"]["repeated"] == 4
    assert ledger(telling).messages == 6


@pytest.mark.parametrize(
    "other,headers",
    [(stream(1, 2, 3), NDJSON), (stream(1), NDJSON), (b"", NDJSON), (rows(1), CSV), (message(1), JSON)],
    ids=["longer", "shorter", "empty", "another medium", "json"],
)
def test_other_content_under_a_key_is_refused(
    push: Push, telling: Connection, other: Any, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_MESSAGES", 1)
    assert push(stream(1, 2)).status_code == 200
    answer = push(other, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert (ledger(telling).messages, count(telling)) == (2, 4)


def test_an_empty_body_is_an_empty_push(push: Push, telling: Connection) -> None:
    assert push(b"\n\n").json()["messages"] == {"received": 0, "quarantined": 0}
    assert push(HEADING.encode(), key="table", headers=CSV).json()["readings"]["received"] == 0
    assert push(stream(1)).status_code == 422
    assert ledger(telling) == Tally()


def test_keys_of_two_sources_are_two_keys(push: Push, served: str, telling: Connection) -> None:
    assert push(stream(1)).status_code == 200
    headers = {"Authorization": f"Bearer {source_key(telling, 'other')}", "Idempotency-Key": "k", **NDJSON}
    answer = httpx.post(f"{served}/v1/telemetry", content=stream(2), headers=headers)
    assert (answer.status_code, answer.json()["source"]) == (200, "other")


def test_nobody_speaks_for_another(push: Push, served: str, telling: Connection) -> None:
    answer = push(stream(1, serial="W-3")).json()
    assert answer["readings"]["stored"] == 2
    headers = {"Authorization": f"Bearer {source_key(telling, 'other')}", "Idempotency-Key": "k", **NDJSON}
    foreign = httpx.post(f"{served}/v1/telemetry", content=stream(1, serial="W-3"), headers=headers).json()
    assert (foreign["source"], foreign["causes"]) == ("other", {"foreign_instrument": 1})
    assert ledger(telling, "other").messages_quarantined == 1
    assert ledger(telling).messages == 1


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SUPERVISOR, Role.ADMINISTRATOR])
def test_no_key_of_people_may_push(served: str, telling: Connection, role: Role) -> None:
    key = keys.create(telling, name="p", role=role, actor="test")
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "k", **NDJSON}
    answer = httpx.post(f"{served}/v1/telemetry", content=stream(1), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "role_insufficient")
    assert ledger(telling) == Tally()


def test_a_sources_key_opens_nothing_else(pusher: httpx.Client) -> None:
    for path in ("/v1/me", "/v1/alerts", "/v1/instruments", "/v1/sources", "/v1/quarantine/counts"):
        assert pusher.get(path).status_code == 403, path


def test_a_key_names_a_source_exactly_if_it_is_one_of_a_source(telling: Connection) -> None:
    with pytest.raises(CheckViolation, match="api_key_of_source"):
        telling.execute("INSERT INTO api_key (id, name, role, digest) VALUES ('x', 'x', 'source', '')")


def test_a_revoked_source_may_not_push(push: Push, telling: Connection) -> None:
    assert push(stream(1)).status_code == 200
    telling.execute("UPDATE source SET revoked_at = now() WHERE code = %s", (SOURCE,))
    answer = push(stream(2), key="next")
    assert (answer.status_code, answer.json()["code"]) == (403, "source_silenced")
    assert ledger(telling).messages == 1


@pytest.mark.parametrize(
    "content,headers,status,code",
    [
        (b"x", {"Content-Type": "application/xml"}, 415, "media_type_refused"),
        (b"x", {"Content-Type": ""}, 415, "media_type_refused"),
        (b"x", {"Content-Type": "text/csv; charset=gb18030"}, 415, "media_type_refused"),
        (b"x", NDJSON | {"Content-Encoding": "br"}, 415, "media_type_refused"),
        (b"[" + b" " * 2**20 + b"]", JSON, 413, "body_too_large"),
        (gzip.compress(b" " * 2**21), JSON | {"Content-Encoding": "gzip"}, 413, "body_too_large"),
        (stream(1), NDJSON | {"Content-Encoding": "gzip"}, 422, "content_damaged"),
        (gzip.compress(stream(1))[:-5], NDJSON | {"Content-Encoding": "gzip"}, 422, "content_damaged"),
        (gzip.compress(b"\n" * 2**22, 1), NDJSON | {"Content-Encoding": "gzip"}, 422, "content_blank"),
        (b"serial,at\n1,2\n", CSV, 422, "table_unusable"),
        (b"\xff\xfe\n1,2\n", CSV, 422, "table_unusable"),
        (b"a" * 2000 + b"\n1,2\n", CSV, 422, "table_unusable"),
    ],
)
def test_what_is_wrong_with_a_body_is_a_problem(
    push: Push, telling: Connection, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = push(content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ledger(telling) == Tally()


@pytest.mark.parametrize("key", [None, "", "x" * 256, "ключ".encode(), "a\tb"])
def test_a_push_needs_a_key_of_its_own(pusher: httpx.Client, key: Any) -> None:
    headers = NDJSON if key is None else NDJSON | {"Idempotency-Key": key}
    answer = pusher.post("/v1/telemetry", content=stream(1), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
    assert answer.json()["errors"][0]["field"] == "header.idempotency-key"


def test_a_line_too_large_is_held_and_a_far_longer_one_ends_the_push_behind_all_before_it(
    push: Push, telling: Connection
) -> None:
    large = b'{"instrument":"' + b"x" * (2**20) + b'"}'
    answer = push(stream(1) + large + b"\n" + stream(2)).json()
    assert (answer["causes"], answer["readings"]["stored"]) == ({"too_large": 1}, 4)
    ended = push(stream(3) + b"y" * (chunks.LONGEST_LINE + 1) + b"\n" + stream(4), key="longer")
    assert (ended.status_code, ended.json()["code"]) == (413, "line_too_long")
    assert "line 2 " in ended.json()["detail"]
    assert (ledger(telling).messages, count(telling)) == (4, 6)


def test_a_message_larger_than_its_source_may_send_is_held(push: Push, telling: Connection) -> None:
    telling.execute("UPDATE source SET largest_message = 300 WHERE code = %s", (SOURCE,))
    padded = message(2).replace("W-1", "W-1" + " " * 300)
    assert push(stream(1) + padded.encode()).json()["causes"] == {"too_large": 1}


def test_a_source_far_beyond_its_rate_is_sent_away_and_goes_on_later(
    push: Push, telling: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_MESSAGES", 100)
    telling.execute("UPDATE source SET messages_per_second = 4 WHERE code = %s", (SOURCE,))
    body = stream(*range(250))
    answer = push(body)
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_exceeded")
    assert 12 <= int(answer.headers["retry-after"]) <= 17
    assert ledger(telling).messages == 100
    telling.execute("UPDATE source SET messages_per_second = NULL WHERE code = %s", (SOURCE,))
    assert push(body).json()["messages"] == {"received": 250, "quarantined": 0}
    assert ledger(telling).messages == 250


def trickle(*pieces: bytes, until: threading.Event, reached: threading.Event) -> Iterator[bytes]:
    """The first piece, then a pause until an event is set, then the rest."""
    yield pieces[0]
    reached.set()
    until.wait(20)
    yield from pieces[1:]


def test_a_second_push_under_a_key_in_use_is_told_to_wait(push: Push, served: str, telling: Connection) -> None:
    go_on, reached = threading.Event(), threading.Event()
    answers = []
    headers = {"Authorization": f"Bearer {source_key(telling)}", "Idempotency-Key": "k", **NDJSON}

    def first() -> None:
        body = trickle(stream(1), stream(2), until=go_on, reached=reached)
        answers.append(httpx.post(f"{served}/v1/telemetry", content=body, headers=headers, timeout=30))

    thread = threading.Thread(target=first)
    thread.start()
    assert reached.wait(10)
    deadline = time.monotonic() + 10
    while not count(telling, "push"):  # one that came before the first would take the key for itself
        assert time.monotonic() < deadline
    second = push(stream(1, 2))
    go_on.set()
    thread.join()
    assert (second.status_code, second.json()["code"]) == (409, "push_in_progress")
    assert answers[0].status_code == 200
    assert push(stream(1, 2)).headers["idempotency-replayed"] == "true"


def test_more_pushes_than_may_be_at_once_are_told_to_come_again_and_a_stalled_one_is_given_up(
    push: Push, pusher: httpx.Client, served: str, telling: Connection
) -> None:
    go_on, ended = threading.Event(), []
    key = source_key(telling)

    def stall(number: int) -> None:
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"stalled-{number}", **NDJSON}
        body = trickle(stream(1), until=go_on, reached=threading.Event())
        ended.append(httpx.post(f"{served}/v1/telemetry", content=body, headers=headers, timeout=30))

    threads = [threading.Thread(target=stall, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 10
    while "http_pushes_in_hand 2.0" not in pusher.get("/metrics").text:
        assert time.monotonic() < deadline
    busy = push(stream(1))
    assert (busy.status_code, busy.json()["code"]) == (503, "pushes_busy")
    assert busy.headers["retry-after"]
    time.sleep(3.5)
    go_on.set()
    for thread in threads:
        thread.join()
    assert [(one.status_code, one.json()["code"]) for one in ended] == [(408, "body_stalled")] * 2
    assert ledger(telling) == Tally()
    text = pusher.get("/metrics").text
    assert 'http_pushes_total{result="body_stalled"} 2.0' in text
    assert 'http_pushes_total{result="pushes_busy"} 1.0' in text
    assert "http_pushes_in_hand 0.0" in text


def test_what_was_committed_of_a_broken_push_stays_and_nothing_else_and_a_retry_goes_on(
    push: Push, served: str, telling: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_MESSAGES", 10)
    body = stream(*range(95))
    cut = stream(*range(35))
    host, port = served.removeprefix("http://").split(":")
    head = (
        f"POST /v1/telemetry HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {source_key(telling)}\r\n"
        f"Idempotency-Key: k\r\nContent-Type: application/x-ndjson\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((host, int(port))) as line:
        line.sendall(head.encode() + cut)
        deadline = time.monotonic() + 10
        while ledger(telling).messages < 30:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    deadline = time.monotonic() + 10
    answer = push(body)
    while answer.status_code == 409:
        assert time.monotonic() < deadline
        answer = push(body)
    assert answer.json()["messages"] == {"received": 95, "quarantined": 0}
    assert (ledger(telling).messages, ledger(telling).readings_repeated) == (95, 0)
    assert count(telling) == 190


def test_a_database_that_is_away_is_said_and_nothing_is_half_done(
    push: Push, telling: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_MESSAGES", 10)
    record, calls = pushes.record, []

    def lose(connection: Connection, push: int, number: int, committed: pushes.Chunk) -> None:
        calls.append(number)
        if len(calls) == 3:
            telling.execute("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
        record(connection, push, number, committed)

    monkeypatch.setattr(pushes, "record", lose)
    answer = push(stream(*range(40)))
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert (ledger(telling).messages, count(telling)) == (20, 40)
    assert push(stream(*range(40))).json()["messages"]["received"] == 40
    assert (ledger(telling).messages, count(telling)) == (40, 80)


def test_a_push_that_waits_for_the_database_keeps_nobody_else_waiting(
    push: Push, pusher: httpx.Client, telling: Connection
) -> None:
    answers: list[httpx.Response] = []
    with telling.transaction():
        telling.execute("LOCK TABLE reading IN ACCESS EXCLUSIVE MODE")
        thread = threading.Thread(target=lambda: answers.append(push(stream(1))))
        thread.start()
        deadline = time.monotonic() + 10
        while "http_pushes_in_hand 1.0" not in pusher.get("/metrics").text:
            assert time.monotonic() < deadline
        began = time.monotonic()
        for _ in range(20):
            assert pusher.get("/healthz").status_code == 200
        assert time.monotonic() - began < 5
        assert answers == []
    thread.join(20)
    assert answers[0].json()["readings"]["stored"] == 2


def test_a_push_in_hand_is_ended_when_the_service_is_stopped_and_goes_on_with_the_next(
    telling: Connection, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_MESSAGES", 10)
    headers = {"Authorization": f"Bearer {source_key(telling)}", "Idempotency-Key": "k", **NDJSON}
    answers: list[httpx.Response] = []
    whole, go_on = stream(*range(25)), threading.Event()

    def send(address: str) -> None:
        body = trickle(stream(*range(15)), stream(*range(15, 25)), until=go_on, reached=threading.Event())
        answers.append(httpx.post(f"{address}/v1/telemetry", content=body, headers=headers, timeout=30))

    with serving(create(ApiSettings(), database)) as address:
        thread = threading.Thread(target=send, args=(address,))
        thread.start()
        deadline = time.monotonic() + 10
        while ledger(telling).messages < 10:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        began = time.monotonic()
    assert time.monotonic() - began < 5
    go_on.set()
    thread.join(20)
    assert (answers[0].status_code, answers[0].json()["code"]) == (503, "server_stopping")
    with serving(create(ApiSettings(), database)) as address:
        answer = httpx.post(f"{address}/v1/telemetry", content=whole, headers=headers, timeout=30)
    assert answer.json()["messages"]["received"] == 25
    assert ledger(telling).messages == 25


def said(seq: int, value: str = "1.5") -> dict[str, Any]:
    """What a charger says under its counter."""
    at = (START + timedelta(seconds=seq)).isoformat()
    return {
        "instrument": "C-1",
        "seq": seq,
        "readings": [{"taken_at": at, "registers": {"active_energy_import": value}}],
    }


def test_takes_of_an_instrument_that_signs_what_it_signed_and_nothing_else(push: Push, telling: Connection) -> None:
    charger = instrument_keys.number_of(telling, SOURCE, "C-1")
    instrument_keys.add(telling, charger, CHARGER.kid, CHARGER.public_key, actor="test")
    stranger = Signer(Algorithm.ED25519, CHARGER.kid, seed=2)
    lines = [
        CHARGER.compact(said(1)),
        CHARGER.flattened(said(2)),
        stranger.compact(said(3)),
        json.dumps(said(4)).encode(),
        CHARGER.compact(said(1, "9.9")),
        CHARGER.compact(gzip.compress(json.dumps(said(5)).encode(), mtime=0)),
        b"",
        CHARGER.compact(said(2)),
    ]
    answer = push(b"\r\n".join(lines), headers=JWS).json()
    assert answer["messages"] == {"received": 7, "quarantined": 3}
    assert answer["readings"] == {"received": 6, "stored": 3, "repeated": 1, "conflicting": 0, "quarantined": 2}
    assert answer["causes"] == {"bad_jws": 1, "bad_signature": 1, "sequence_conflict": 1}
    assert [(each["line"], each["cause"]) for each in answer["refusals"]] == [
        (3, "bad_signature"),
        (4, "bad_jws"),
        (5, "sequence_conflict"),
    ]
    held = [quarantine.entry(telling, each["quarantine"]) for each in answer["refusals"]]
    assert [each and each.payload for each in held] == lines[2:5]
    assert push(b"\r\n".join(lines), headers=JWS).json() == answer
    for headers in (NDJSON, JSON):
        unsigned = push(json.dumps(said(6)), key=headers["Content-Type"], headers=headers).json()
        assert unsigned["causes"] == {"unsigned_required": 1}
    as_ndjson = push(CHARGER.compact(said(7)), key="signed", headers=NDJSON).json()
    assert as_ndjson["causes"] == {"bad_json": 1}
    assert ledger(telling).readings_stored == count(telling) == 3
    assert count(telling, "signed_message") == 3
