from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.errors import RateLimited, SourceRevoked, TooLarge
from ingest.restrictions import BURST, Restrictions
from store import sources
from store.sources import Restriction
from tests.services.enrolled import SOURCE, connect_to, enrol

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
BURST_MESSAGES = int(2 * BURST.total_seconds())


def _restrictions(**restriction: Any) -> Restrictions:
    nothing = {"messages_per_second": None, "bytes_per_second": None, "largest_message": None, "revoked_at": None}
    held = Restrictions(lambda _question: {"city": Restriction(**nothing | {"quiet_since": NOW} | restriction)})  # type: ignore[arg-type,return-value]  # one answer to one question
    held.refresh()
    return held


def _refused(held: Restrictions, count: int, *, start: datetime = NOW, apart: timedelta, size: int = 1) -> int:
    return sum(held.refusal("city", size, start + number * apart) is not None for number in range(count))


def test_nobody_is_restricted_who_has_no_restriction() -> None:
    held = _restrictions(messages_per_second=1.0)
    assert not any(held.refusal("other", 2**20, NOW) for _ in range(10_000))


def test_a_revoked_source_is_not_listened_to() -> None:
    refusal = _restrictions(revoked_at=NOW).refusal("city", 1, NOW)
    assert isinstance(refusal, SourceRevoked)
    assert "2026-11-22T08:30:00+00:00" in str(refusal)


def test_a_message_larger_than_the_source_may_send_is_refused() -> None:
    held = _restrictions(largest_message=100)
    assert held.refusal("city", 100, NOW) is None
    assert isinstance(held.refusal("city", 101, NOW), TooLarge)


def test_a_flood_is_refused_beyond_the_burst_and_the_rate() -> None:
    held = _restrictions(messages_per_second=2.0)
    assert _refused(held, BURST_MESSAGES, apart=timedelta(0)) == 0
    assert isinstance(held.refusal("city", 1, NOW), RateLimited)
    # From then on one in fifty passes of what comes at fifty times the rate.
    assert _refused(held, 1000, start=NOW + SECOND / 100, apart=SECOND / 100) == 1000 - 20


def test_a_source_that_keeps_its_rate_is_never_refused() -> None:
    held = _restrictions(messages_per_second=2.0)
    assert _refused(held, 10_000, apart=SECOND / 2) == 0


def test_what_waited_for_us_for_hours_may_come_at_once() -> None:
    held = _restrictions(messages_per_second=2.0, quiet_since=NOW - timedelta(hours=5))
    assert _refused(held, 5 * 3600 * 2, apart=timedelta(0)) == 0
    assert held.refusal("city", 1, NOW) is not None


def test_a_source_that_never_sent_may_catch_up_since_it_was_enrolled(database: str) -> None:
    with connect_to(database) as connection:
        enrol(connection)
        connection.execute("UPDATE source SET messages_per_second = 2 WHERE code = %s", [SOURCE])
        held = Restrictions(lambda question: question(connection))
        held.refresh()
        [(enrolled_at,)] = connection.execute("SELECT created_at FROM source WHERE code = %s", [SOURCE]).fetchall()
    refused = [held.refusal(SOURCE, 1, enrolled_at + timedelta(hours=1)) is not None for _ in range(2 * 3600 + 1)]
    assert refused == [False] * 2 * 3600 + [True]


def test_nobody_catches_up_on_more_than_a_week() -> None:
    held = _restrictions(messages_per_second=0.01, quiet_since=NOW - timedelta(days=300))
    assert _refused(held, 6048, apart=timedelta(0)) == 0
    assert held.refusal("city", 1, NOW) is not None


def test_a_clock_of_ours_that_is_set_back_costs_a_source_nothing() -> None:
    held = _restrictions(messages_per_second=2.0)
    assert _refused(held, 100, apart=SECOND / 2) == 0
    assert _refused(held, 5000, start=NOW - timedelta(hours=1), apart=SECOND / 2) == 0


def test_a_lowered_rate_takes_back_what_was_saved_under_the_higher_one() -> None:
    restriction = Restriction(100.0, None, None, None, NOW - timedelta(days=8))
    held = Restrictions(lambda _question: {"city": restriction}, clock=iter(range(0, 1000, 100)).__next__)  # type: ignore[arg-type,return-value]  # one answer to one question
    held.refresh()
    assert held.refusal("city", 1, NOW) is None
    restriction = Restriction(0.001, None, None, None, NOW)
    held.refresh()
    assert _refused(held, 605, start=NOW, apart=timedelta(0)) == 1


def test_payload_is_limited_beside_messages() -> None:
    held = _restrictions(bytes_per_second=1000.0)
    assert _refused(held, 60, apart=timedelta(0), size=1000) == 0
    refusal = held.refusal("city", 1, NOW)
    assert "1000 bytes/s" in str(refusal)


def test_restrictions_come_from_the_store_and_are_looked_at_again(database: str) -> None:
    moment = 0.0
    with connect_to(database) as connection:
        enrol(connection)
        held = Restrictions(lambda question: question(connection), clock=lambda: moment)
        held.refresh()
        assert held.refusal(SOURCE, 2**20, NOW) is None
        connection.execute("UPDATE source SET revoked_at = now(), messages_per_second = 5 WHERE code = %s", [SOURCE])
        assert sources.restricted(connection)[SOURCE].messages_per_second == 5
        held.refresh()
        assert held.refusal(SOURCE, 1, NOW) is None
        moment = 10.0
        held.refresh()
        assert isinstance(held.refusal(SOURCE, 1, NOW), SourceRevoked)
