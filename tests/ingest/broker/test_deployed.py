"""Broker, configuration and audit as the composition runs them, on both makes."""

import socket
import ssl
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import credentials, sources
from store.connection import Connection
from store.credentials import Kind
from tests.services.deployed_broker import DeployedBroker, certificates, deployed_broker
from tests.services.enrolled import connect_to, enrol
from tests.services.mqtt_client import Listener
from tests.services.processes import Process, wait_for

MAKES = ("nats", "mosquitto")


@pytest.fixture
def connection(plain_database: str) -> Iterator[Connection]:
    with connect_to(plain_database) as made:
        yield made


def entering(broker: DeployedBroker, user: str, password: str, *, subscribe: str | None = None) -> Listener:
    url = broker.url(user, password)
    return Listener(url, f"{user}-client", subscribe=subscribe, version=broker.mqtt_version)


def may_enter(broker: DeployedBroker, user: str, password: str) -> bool:
    with Listener(broker.url(user, password), f"{user}-asks", version=broker.mqtt_version) as made:
        return made.connections > 0


def refused(connection: Connection, subject: str) -> dict[str, tuple[int, str]]:
    """Count and topic by what was refused."""
    rows = connection.execute(
        "SELECT detail->>'what', (detail->>'count')::int, detail->>'topic' FROM audit"
        " WHERE action = 'source.refused' AND subject = %s ORDER BY id",
        [subject],
    ).fetchall()
    assert len({what for what, _, _ in rows}) == len(rows), "more than one record a minute"
    return {what: (count, topic) for what, count, topic in rows}


@pytest.mark.parametrize("make", MAKES)
def test_whom_the_store_lets_in_the_broker_lets_in_and_whom_it_refuses_is_audited(
    make: str, plain_database: str, connection: Connection, tmp_path: Path
) -> None:
    water, gas = (str(credentials.add(connection, code, actor="test")) for code in ("water", "gas"))
    with deployed_broker(make, tmp_path / make, plain_database) as broker:
        assert not {water, gas, broker.own} & set(broker.configuration().replace('"', " ").replace(":", " ").split())
        assert all(path.stat().st_mode & 0o077 == 0 for path in broker.directory.iterdir())
        with entering(broker, "ingest", broker.own, subscribe="telemetry/#") as ingest:
            with entering(broker, "gas", gas) as speaker:
                for number in range(200):
                    speaker.publish("telemetry/gas/native", b"%d" % number)
                    if number == 100:
                        second = str(credentials.rotate(connection, "water", actor="test"))
                wait_for(lambda: may_enter(broker, "water", second))
                assert not may_enter(broker, "water", water)
                with entering(broker, "water", second, subscribe="telemetry/gas/#") as forger:
                    for _ in range(5):
                        forger.publish("telemetry/gas/forged", b"forged")
                    wait_for(lambda: {"publication", "subscription"} <= refused(connection, "source:water").keys())
                    if make == "nats":
                        wait_for(lambda: retains_nothing_of(forger, connection))
                    credentials.revoke(connection, "water", actor="test")
                    wait_for(lambda: not may_enter(broker, "water", second))
                    wait_for(lambda: not forger.client.is_connected())
                assert speaker.connections == 1
            assert ingest.wait(lambda: len(set(ingest.bodies()) - {RETAINED}) == 200)
            assert ingest.connections == 1
            assert b"forged" not in ingest.bodies()
        said = refused(connection, "source:water")
        assert said["publication"][1].replace(".", "/") == "telemetry/gas/forged"
        assert 1 <= said["publication"][0] <= 5
        assert refused(connection, "source:gas") == {}
        # nats-server says who claimed to be whom, Mosquitto only that somebody was turned away.
        subject = "source:water" if make == "nats" else "broker"
        wait_for(lambda: "connection" in refused(connection, subject))


RETAINED = b"to be retained"


def retains_nothing_of(water: Listener, connection: Connection) -> bool:
    """Whether the gatekeeper has had the broker retain nothing, by what is audited of a source that asks for it."""
    water.client.publish("telemetry/water/native", RETAINED, qos=1, retain=True).wait_for_publish(10)
    return "retention" in refused(connection, "source:water")


def older(context: ssl.SSLContext) -> ssl.SSLContext:
    """The context that speaks TLS 1.1 alone."""
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def older_client() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return older(context)


def takes_older_tls(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
        try:
            older_client().wrap_socket(raw).close()
        except (ssl.SSLError, ConnectionError):
            return False
    return True


def test_our_client_would_speak_tls_1_1_with_whoever_took_it(tmp_path: Path) -> None:
    folder = certificates(tmp_path / "certificates")
    taking = older(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    taking.load_cert_chain(folder / "server.crt", folder / "server.key")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = threading.Thread(target=lambda: taking.wrap_socket(listening.accept()[0], server_side=True).close())
        serving.start()
        assert takes_older_tls(listening.getsockname()[1])
        serving.join()


@pytest.mark.journey
@pytest.mark.parametrize("proof", ["passwords", "certificates"])
@pytest.mark.parametrize("make", MAKES)
def test_ingest_takes_in_over_tls_what_a_source_sends_over_tls(
    make: str, proof: str, plain_database: str, connection: Connection, tmp_path: Path
) -> None:
    folder = certificates(tmp_path / "certificates", "ingest", "city", "stranger")
    by_certificate = proof == "certificates"
    enrol(connection)
    kind = Kind.CERTIFICATE if by_certificate else Kind.PASSWORD
    password = credentials.add(connection, "city", actor="test", kind=kind)
    options = ("--tls", proof, "--certificates", str(folder))
    with deployed_broker(make, tmp_path / make, plain_database, *options, tls=True) as broker:
        assert not takes_older_tls(broker.port)
        settings = {
            "database_url": plain_database,
            "broker_url": broker.address if by_certificate else broker.url("ingest", broker.own),
            "broker_ca": str(folder / "ca.crt"),
            "mqtt_version": broker.mqtt_version,
            "broker_check": "refuse",
        }
        if by_certificate:
            settings["broker_certificate"] = str(folder / "clients" / "ingest.crt")
            settings["broker_key"] = str(folder / "clients" / "ingest.key")
        with Process(tmp_path, "ingest", **settings) as ingest:
            ingest.wait_until_said("subscribed to telemetry/#")
            assert not ingest.said("MESSAGES WILL BE LOST"), ingest.words()
            city = secure(broker, folder, "city", password)
            city.client.tls_insecure_set(value=False)
            with city:
                city.publish("telemetry/other/native", b"forged")
                city.publish("telemetry/city/native", _MESSAGE).wait_for_publish(10)
                wait_for(
                    lambda: connection.execute("SELECT count(*) FROM reading").fetchone() == (1,), why=ingest.words
                )
            with secure(broker, folder, "stranger", None if by_certificate else "guess") as stranger:
                if stranger.connections:  # Mosquitto lets in whom the authority knows, and lets them say nothing
                    stranger.publish("telemetry/city/native", _MESSAGE)
                    stranger.publish("telemetry/stranger/native", _MESSAGE)
            time.sleep(0.5)
        view = sources.one(connection, "city")
        assert view is not None
        assert view.credential == kind.value
        took = connection.execute("SELECT source_code, sum(messages) FROM intake GROUP BY 1").fetchall()
        assert took == [("city", 1)]


_MESSAGE = b'{"instrument":"W-1","readings":[{"taken_at":"2026-05-01T00:00:00Z","registers":{"volume":"1.000"}}]}'


def secure(broker: DeployedBroker, folder: Path, user: str, password: str | None) -> Listener:
    """A client over TLS, by password where it has one, by certificate otherwise."""
    made = Listener(broker.url(user, password or "none"), f"{user}-client", version=broker.mqtt_version)
    own = folder / "clients" / user
    if password is None:
        made.client.username_pw_set(None)  # nats-server refuses a name beside a certificate
        made.client.tls_set(str(folder / "ca.crt"), f"{own}.crt", f"{own}.key")
    else:
        made.client.tls_set(str(folder / "ca.crt"))
    return made
