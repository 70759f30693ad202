from datetime import UTC, datetime, timedelta

import pytest

from bridge.attempt import Delivered, Failed, Gone, meaning

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("status", [200, 202, 204])
def test_any_success_is_a_delivery(status: int) -> None:
    assert meaning(status, None, now=NOW) == Delivered()


def test_gone_is_gone() -> None:
    assert meaning(410, "5", now=NOW) == Gone()


@pytest.mark.parametrize(
    "header,wait",
    [
        pytest.param("7", timedelta(seconds=7), id="seconds"),
        pytest.param("Wed, 01 May 2024 12:01:00 GMT", timedelta(minutes=1), id="a date"),
        pytest.param("Wed, 01 May 2024 11:00:00 GMT", timedelta(0), id="a past date"),
        pytest.param("9" * 50, timedelta(days=1), id="too long a wish"),
        pytest.param("soon", None, id="not understood"),
        pytest.param("-5", None, id="negative"),
    ],
)
def test_understands_how_long_to_wait(header: str, wait: timedelta | None) -> None:
    assert meaning(429, header, now=NOW) == Failed("answered 429", wait)
