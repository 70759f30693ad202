"""Commands on the broker: `hengjian broker configure|check`."""

import logging
import os
import pwd
import signal
from enum import StrEnum
from pathlib import Path
from threading import Event
from typing import Annotated
from urllib.parse import urlsplit

import typer
from prometheus_client import start_http_server

from ingest.broker import at_rest
from ingest.broker.duration import sync_interval
from ingest.broker.gatekeeper import Gatekeeper, Reader
from ingest.broker.layout import SYNC, Layout, Tls
from ingest.broker.log_tail import LogTail
from ingest.broker.make import Make
from ingest.broker.mosquitto_log import MosquittoRefusals
from ingest.broker.nats_log import NatsRefusals
from ingest.broker.room import RoomKeeper
from ingest.settings import BrokerSettings
from store.command_line import refuse
from store.connection import connect
from store.errors import StoreError
from store.passwords import hashes
from store.settings import StoreSettings

_broker = typer.Typer(help="The broker before us.", no_args_is_help=True)


class Proof(StrEnum):
    """How users prove who they are where the broker speaks TLS."""

    PASSWORDS = "passwords"
    CERTIFICATES = "certificates"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_broker, name="broker")


@_broker.command("configure")
def configure(
    make: Annotated[Make, typer.Option(help="Make of the broker.")],
    directory: Annotated[Path, typer.Option(file_okay=False, help="Where broker and configuration live.")],
    host: Annotated[str, typer.Option(help="Address that the broker listens on.")] = "0.0.0.0",  # noqa: S104 - sources come from elsewhere
    port: Annotated[int | None, typer.Option(help="Its port; 1883, or 8883 with TLS.")] = None,
    tls: Annotated[Proof | None, typer.Option(help="Speak TLS, and let in by this.")] = None,
    certificates: Annotated[
        Path | None, typer.Option(help="Directory with ca.crt, server.crt, server.key, as the broker sees it.")
    ] = None,
    log: Annotated[Path | None, typer.Option(help="The broker's log, to write down whom it refuses.")] = None,
    monitor: Annotated[
        str | None, typer.Option(help="Where nats-server tells who is connected, http://host:port.")
    ] = None,
    metrics_port: Annotated[
        int | None, typer.Option(help="With --follow and --monitor, Prometheus metrics on 127.0.0.1 at this port.")
    ] = None,
    sync: Annotated[str, typer.Option(help="When nats-server has on disk what it acknowledged: always, or 1s.")] = SYNC,
    *,
    retain: Annotated[
        bool, typer.Option("--retain/--no-retain", help="Whether Mosquitto takes retained messages; nats-server never.")
    ] = True,
    follow: Annotated[bool, typer.Option("--follow", help="Go on, and rewrite it when the store changes.")] = False,
) -> None:
    """Write the broker's configuration from the store: who is let in, and what each may say and hear."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    password = BrokerSettings().ingest_password
    by_certificate = tls is Proof.CERTIFICATES
    if password is None and not by_certificate:
        refuse("ingest needs a password: set HENGJIAN_INGEST_PASSWORD")
    if (tls is None) != (certificates is None):
        refuse("--tls and --certificates belong together")
    if log is not None and make is Make.NATS and monitor is None:
        refuse("nats-server's log names connections alone: --log needs --monitor too")
    try:
        sync_interval(sync)
    except ValueError as error:
        refuse(f"--sync: {error}")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    layout = Layout(
        directory.absolute(),
        host=host,
        port=port or (1883 if tls is None else 8883),
        tls=None if certificates is None else _tls(certificates, clients=by_certificate),
        sync=sync,
        monitor=None if monitor is None else _listening(monitor),
        name_refusals=log is not None,
        account=_account(),
        retain=retain,
    )
    own = None if password is None or by_certificate else hashes(password.get_secret_value())
    room = None if monitor is None or make is not Make.NATS else RoomKeeper(monitor, layout.disk, directory)
    keeper = Gatekeeper(make, layout, directory, own, room)
    url = str(StoreSettings().database_url)
    try:
        with connect(url, application="hengjian broker") as connection:
            keeper.configure(connection)
    except StoreError as error:
        refuse(error)
    if follow:
        if metrics_port is not None and room is not None:
            start_http_server(metrics_port, addr="127.0.0.1", registry=room.registry)
        stopping = Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopping.set())
        keeper.follow(url, stopping, None if log is None else (LogTail(log), _reader(make, monitor)))


@_broker.command("check")
def check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A mosquitto.conf or nats.conf.")],
) -> None:
    """Say what in a broker's configuration would lose messages, or let somebody speak for another."""
    try:
        faults = at_rest.faults(file.read_text(encoding="utf-8"))
    except at_rest.NotUnderstood as error:
        refuse(f"{file}: {error}")
    for fault in faults:
        typer.echo(f"{fault.weight}: {fault.setting}: {fault.meaning}")
    if any(fault.weight is at_rest.Weight.LOSES for fault in faults):
        raise typer.Exit(1)
    if all(fault.weight is at_rest.Weight.NOTES for fault in faults):
        typer.echo("nothing in it would lose a message when the broker is killed, or let somebody speak for another")


def _tls(certificates: Path, *, clients: bool) -> Tls:
    folder = certificates.absolute()
    return Tls(folder / "server.crt", folder / "server.key", folder / "ca.crt", clients)


def _account() -> str | None:
    """Our own account: what we write only it can read, and Mosquitto started by root would change to another."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container may run under a number without a name
        return None


def _listening(monitor: str) -> str:
    """Where nats-server must listen to be asked there: on loopback alone if it is asked from its own machine."""
    parts = urlsplit(monitor)
    here = parts.hostname in {"127.0.0.1", "localhost"}
    return f"{'127.0.0.1' if here else '0.0.0.0'}:{parts.port or 8222}"  # noqa: S104 - asked by name from elsewhere


def _reader(make: Make, monitor: str | None) -> Reader:
    return MosquittoRefusals().read if make is Make.MOSQUITTO else NatsRefusals(monitor or "").read
