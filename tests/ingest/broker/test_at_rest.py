from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from ingest.broker import command, mosquitto, nats
from ingest.broker.at_rest import NotUnderstood, Weight, faults
from ingest.broker.layout import Layout, Tls, Users
from store.credentials import Credential, Kind
from store.passwords import hashes

USERS = Users(hashes("i"), (Credential("water", Kind.PASSWORD, hashes("w")),))
TLS = Tls(Path("/c/server.crt"), Path("/c/server.key"), Path("/c/ca.crt"))


@pytest.mark.parametrize("tls", [None, TLS], ids=["plain", "tls"])
def test_finds_no_fault_with_what_the_product_writes(tls: Tls | None) -> None:
    layout = Layout(Path("/b"), tls=tls, monitor="127.0.0.1:8222", name_refusals=True)
    assert [fault.weight for fault in faults(nats.files(layout, USERS)[nats.FILE])] == [Weight.NOTES]
    assert faults(nats.files(replace(layout, sync="always"), USERS)[nats.FILE]) == []
    assert faults(mosquitto.files(layout, USERS)[mosquitto.FILE]) == []


def test_finds_out_what_mosquitto_loses_as_it_comes() -> None:
    found = faults("# as packaged\nlistener 1883\nallow_anonymous true\n")
    assert {fault.setting for fault in found if fault.weight is Weight.LOSES} == {
        "persistence true",
        "max_queued_messages 0",
        "autosave_on_changes true",
    }
    assert {fault.setting for fault in found if fault.weight is Weight.OPENS} == {"allow_anonymous false", "acl_file"}


@pytest.mark.parametrize(
    "wrong, setting",
    [
        ("max_queued_messages 5000", "max_queued_messages 0"),
        ("max_queued_bytes 1000000", "max_queued_bytes 0"),
        ("persistent_client_expiration 1d", "no persistent_client_expiration"),
        ("persistence false", "persistence true"),
        ("max_qos 0", "max_qos 1"),
    ],
)
def test_finds_one_wrong_setting_of_mosquitto(wrong: str, setting: str) -> None:
    written = mosquitto.files(Layout(Path("/b")), USERS)[mosquitto.FILE]
    assert [fault.setting for fault in faults(f"{written}{wrong}\n")] == [setting]


@pytest.mark.parametrize(
    "right, wrong, setting",
    [
        ('sync_interval: "always"', "", "sync_interval: 1s"),
        ('sync_interval: "always"', "sync_interval: 2m", "sync_interval: 1s"),
        ('sync_interval: "always"', 'sync_interval: "1m30s"', "sync_interval: 1s"),
        ('sync_interval: "always"', "sync_interval: soon", "sync_interval: 1s"),
        ('ack_wait: "10s"', 'ack_wait = "1m"', "ack_wait: 10s"),
        ("mqtt {", "mqtt {\n consumer_inactive_threshold: 1h", "no consumer_inactive_threshold"),
        ("jetstream {", "elsewhere {", "jetstream"),
        ("authorization {", "nobody {", "authorization { users }"),
    ],
)
def test_finds_one_wrong_setting_of_nats(right: str, wrong: str, setting: str) -> None:
    written = nats.files(Layout(Path("/b"), sync="always"), USERS)[nats.FILE]
    assert right in written
    assert [fault.setting for fault in faults(written.replace(right, wrong))] == [setting]


@pytest.mark.parametrize("text", ["mqtt {", "a { b: [1, 2 }", 'x { y: "unended }', "http { listen: 1 }", "<xml/>"])
def test_says_so_where_the_text_is_no_configuration(text: str) -> None:
    with pytest.raises(NotUnderstood):
        faults(text)


def test_the_command_ends_with_1_where_messages_would_be_lost(tmp_path: Path) -> None:
    app = typer.Typer()
    command.register(app)
    file = tmp_path / "mosquitto.conf"
    for text, status, word in (
        ("listener 1883\n", 1, "loses messages: max_queued_messages 0"),
        (mosquitto.files(Layout(Path("/b")), USERS)[mosquitto.FILE], 0, "nothing in it would lose"),
        (nats.files(Layout(Path("/b")), USERS)[nats.FILE], 0, "nothing in it would lose"),
        (nats.files(Layout(Path("/b")), USERS)[nats.FILE], 0, "to know: sync_interval: 1s"),
        (nats.files(Layout(Path("/b"), sync="2m"), USERS)[nats.FILE], 0, "may lose messages: sync_interval: 1s"),
        ("{", 1, "neither"),
    ):
        file.write_text(text, encoding="utf-8")
        result = CliRunner().invoke(app, ["broker", "check", str(file)])
        assert (result.exit_code, word in result.output) == (status, True), result.output
