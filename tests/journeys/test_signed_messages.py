"""An instrument enrolled with a key, from the command line through a real broker into the store and back out."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from store import intake, quarantine
from store.intake import Tally
from store.public_key import Algorithm, to_pem
from tests.services.enrolled import SOURCE, connect_to, enrol
from tests.services.fixtures import Broker
from tests.services.mqtt_client import Listener
from tests.services.processes import Process, hengjian, wait_for
from tests.services.signing import Signer

pytestmark = pytest.mark.journey

SIGNED, UNSIGNED = f"telemetry/{SOURCE}/native-jws", f"telemetry/{SOURCE}/native"
PUMP = Signer(Algorithm.SM2SM3, "pump-1")
STRANGER = Signer(Algorithm.SM2SM3, "pump-1", seed=2)
CHARGER = Signer(Algorithm.ED25519, "charger-1")


def said(seq: int, value: str = "12.34") -> dict[str, object]:
    at = f"2026-11-22T08:{seq:02}:00+08:00"
    return {"instrument": "F-1", "seq": seq, "readings": [{"taken_at": at, "registers": {"volume_total": value}}]}


def test_only_what_an_instrument_signed_with_a_valid_key_counts(
    broker: Broker, plain_database: str, started: Callable[..., Process], tmp_path: Path
) -> None:
    broker.ensure_source(SOURCE)
    with connect_to(plain_database) as connection:
        enrol(connection)
    settings = {"database_url": plain_database}

    def key(verb: str, serial: str, *options: str) -> str:
        return hengjian(settings, "instrument", "key", verb, serial, "--source", SOURCE, *options)

    for serial, signer in (("F-1", PUMP), ("C-1", CHARGER)):
        file = tmp_path / f"{signer.kid}.pem"
        file.write_text(to_pem(signer.public_key), encoding="ascii")
        assert "entered" in key("add", serial, "--kid", signer.kid, "--public-key", str(file))
    process = started(**settings, broker_url=broker.url(), mqtt_version=broker.mqtt_version)
    process.wait_until_said("subscribed to telemetry/#")

    def total() -> Tally:
        with connect_to(plain_database) as connection:
            return intake.totals(connection).get(SOURCE, Tally())

    def causes() -> dict[str, int]:
        with connect_to(plain_database) as connection:
            return {count.cause: count.receipts for count in quarantine.counts(connection)}

    with Listener(broker.url(SOURCE), "publisher", version=broker.mqtt_version) as publisher:

        def publish(topic: str, *payloads: bytes) -> None:
            expected = total().messages + len(payloads)
            for payload in payloads:
                publisher.publish(topic, payload).wait_for_publish(30)
            wait_for(lambda: total().messages == expected, why=process.words)

        with pytest.raises(ValueError, match="wildcards"):
            publisher.publish(f"telemetry/{SOURCE}/native+jws", b"")
        publish(SIGNED, PUMP.compact(said(1)), PUMP.flattened(said(2)))
        assert total().readings_stored == 2
        publish(UNSIGNED, json.dumps(said(3)).encode())
        publish(SIGNED, STRANGER.compact(said(4)), CHARGER.compact(said(5)), PUMP.compact(said(1, value="99")))
        publish(SIGNED, PUMP.compact(said(1)))
        assert (total().readings_stored, total().readings_repeated, total().messages_quarantined) == (2, 1, 4)
        assert "revoked" in key("revoke", "F-1", "--kid", PUMP.kid)
        publish(SIGNED, PUMP.compact(said(11)), PUMP.compact(said(12)))
        assert (total().readings_stored, total().messages_quarantined) == (2, 6)
    assert causes() == {
        "bad_signature": 1,
        "foreign_key": 1,
        "key_revoked": 2,
        "sequence_conflict": 1,
        "unsigned_required": 1,
    }
    assert PUMP.kid in key("list", "F-1")
    said_of_it = hengjian(settings, "verify", "F-1", "--source", SOURCE)
    assert "signed messages that hold 2, stored statements proven 2" in said_of_it
    with connect_to(plain_database) as connection, connection.transaction():
        connection.execute("SET LOCAL session_replication_role = 'replica'")
        connection.execute("UPDATE reading SET value = value + 1 WHERE taken_at = '2026-11-22T08:01:00+08:00'")
    found = hengjian(settings, "verify", "F-1", "--source", SOURCE, "--from", "2026-11-22", status=1)
    assert "reading volume_total at 2026-11-22T00:01:00+00:00: stored 12.35 L, signed 12.34 L (seq 1)" in found
    assert process.stop() == 0
