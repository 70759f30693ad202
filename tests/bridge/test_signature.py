from datetime import UTC, datetime

import pytest

from bridge import signature


def test_signs_as_the_standards_own_example() -> None:
    # The example that the libraries of Standard Webhooks are tested with.
    headers = signature.headers(
        signature.key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        message="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=datetime.fromtimestamp(1614265330, UTC),
        body=b'{"test": 2432232314}',
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize("secret", ["", "secret", "whsec_", "whsec_!!!!", "whsec_c2hvcnQ="])
def test_refuses_a_secret_that_receivers_could_not_use(secret: str) -> None:
    with pytest.raises(ValueError, match="a webhook's secret"):
        signature.key_of(secret)
