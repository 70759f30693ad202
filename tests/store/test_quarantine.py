from datetime import UTC, datetime, timedelta

from store import quarantine
from store.arrivals import Held
from store.quarantine import Count
from tests.services.enrolled import connect_to

AT = datetime(2026, 11, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _held(payload: bytes = b"{", *, topic: str = "telemetry/city/native", source: int = 0, hours: int = 0) -> Held:
    return Held(source, topic, payload, "bad_json", "not \0 JSON", AT + hours * HOUR, readings=2)


def test_the_same_bytes_on_the_same_topic_are_held_once_and_counted(database: str) -> None:
    with connect_to(database) as connection:
        quarantine.hold(connection, ["city"], [_held(), _held(hours=1), _held(b"\xff\0")])
        quarantine.hold(connection, ["city", "town"], [_held(hours=2), _held(topic="telemetry/town/native", source=1)])
        assert quarantine.counts(connection) == [
            Count("city", "bad_json", 2, 4, AT + 2 * HOUR),
            Count("town", "bad_json", 1, 1, AT),
        ]
        assert quarantine.counts(connection, source="town", cause="too_fine") == []
        entries = [quarantine.entry(connection, number) for number in quarantine.held(connection, source="city")]
        [entry] = [entry for entry in entries if entry is not None and entry.payload == b"{"]
        assert (entry.times_received, entry.readings) == (3, 6)
        assert (entry.first_received_at, entry.last_received_at) == (AT, AT + 2 * HOUR)


def test_the_longest_topic_is_held_too(database: str) -> None:
    with connect_to(database) as connection:
        quarantine.hold(connection, [""], [_held(topic="".join(chr(0x4E00 + n % 20_000) for n in range(21_000)))])
        assert quarantine.counts(connection)[0].messages == 1


def test_a_topic_that_postgresql_cannot_hold_is_held_with_a_sign_in_its_place(database: str) -> None:
    with connect_to(database) as connection:
        quarantine.hold(
            connection, ["ci\0ty"], [_held(b"x", topic="telemetry/ci\0ty"), _held(b"\0x", topic="telemetry")]
        )
        entries = [quarantine.entry(connection, number) for number in quarantine.held(connection)]
        assert {(entry.source, entry.topic, entry.payload) for entry in entries if entry} == {
            ("ci\N{SYMBOL FOR NULL}ty", "telemetry/ci\N{SYMBOL FOR NULL}ty", b"x"),
            ("ci\N{SYMBOL FOR NULL}ty", "telemetry", b"\0x"),
        }


def test_what_comes_again_after_its_release_is_held_again(database: str) -> None:
    with connect_to(database) as connection:
        quarantine.hold(connection, ["city"], [_held(), _held()])
        [number] = quarantine.held(connection)
        quarantine.release(connection, number)
        assert quarantine.held(connection) == []
        assert quarantine.claim(connection, number) is None
        quarantine.hold(connection, ["city"], [_held(hours=5)])
        entry = quarantine.claim(connection, number)
        assert entry is not None
        assert (entry.times_received, entry.readings, entry.released_at) == (1, 2, None)
        assert entry.first_received_at == AT + 5 * HOUR


def test_held_messages_are_listed_page_by_page(database: str) -> None:
    with connect_to(database) as connection:
        quarantine.hold(connection, ["city"], [_held(b"%d" % number) for number in range(5)])
        first = quarantine.held(connection, limit=3)
        assert first + quarantine.held(connection, after=first[-1], limit=3) == quarantine.held(connection)
        assert len(first) == 3
