"""Addresses and credentials of a broker."""

from pathlib import Path

import pytest

from simulators.broker_address import AddressUnreadable, BrokerAddress, CredentialsUnreadable, read_credentials


def test_reads_host_port_and_user() -> None:
    assert BrokerAddress.of("mqtts://u:p%2Fw@broker.example") == BrokerAddress("broker.example", 8883, True, "u", "p/w")
    assert BrokerAddress.of("mqtt://[::1]:1999") == BrokerAddress("::1", 1999, encrypted=False)


@pytest.mark.parametrize("url", ["http://x", "mqtt://", "127.0.0.1:1883", "mqtt://h:port", ""])
def test_refuses_what_is_no_address(url: str) -> None:
    with pytest.raises(AddressUnreadable):
        BrokerAddress.of(url)


def test_a_refusal_does_not_repeat_the_password() -> None:
    with pytest.raises(AddressUnreadable) as refusal:
        BrokerAddress.of("http://user:secret@host")
    assert "secret" not in str(refusal.value)


def test_credentials_are_one_password_a_source(tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    file.write_text('{"city-water": "w"}', encoding="utf-8")
    assert read_credentials(file) == {"city-water": "w"}
    file.write_text('["city-water"]', encoding="utf-8")
    with pytest.raises(CredentialsUnreadable):
        read_credentials(file)
    with pytest.raises(CredentialsUnreadable):
        read_credentials(tmp_path / "none.json")
