"""Commands of the way in: `hengjian ingest`, `hengjian quarantine list|show|replay`."""

import logging
import signal
from typing import Annotated

import typer
from prometheus_client import start_http_server
from rich.console import Console
from rich.table import Table

from ingest import proof_command
from ingest.broker import command as broker_command
from ingest.broker_check import BrokerUnfit
from ingest.console_text import view
from ingest.import_command import import_files
from ingest.replay import NotHeld, replay
from ingest.service import IngestService
from ingest.settings import IngestSettings
from ingest.watchdog import end_after
from store import quarantine
from store.command_line import actor, escaped, refuse
from store.connection import Connection, connect
from store.errors import StoreError
from store.settings import StoreSettings

PAGE = 1000

_quarantine = typer.Typer(help="Messages that could not be taken, with their cause.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this room."""
    app.command("ingest")(ingest)
    app.command("import")(import_files)
    app.add_typer(_quarantine, name="quarantine")
    proof_command.register(app)
    broker_command.register(app)


def ingest(
    metrics_port: Annotated[
        int | None, typer.Option(help="Serve Prometheus metrics on 127.0.0.1 at this port.")
    ] = None,
) -> None:
    """Receive telemetry until told to stop; several may share a subscription, each under its own name."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    service = IngestService(IngestSettings(), str(StoreSettings().database_url))

    def stop(*_: object) -> None:
        end_after(seconds=30)
        service.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    if metrics_port is not None:
        start_http_server(metrics_port, addr="127.0.0.1", registry=service.metrics.registry)
    try:
        service.run()
    except BrokerUnfit as error:
        refuse(f"ingest does not run on a broker that loses messages: {error}")


@_quarantine.command("list")
def list_causes(
    source: Annotated[str | None, typer.Option(help="Of this source only.")] = None,
    cause: Annotated[str | None, typer.Option(help="Of this cause only.")] = None,
    *,
    numbers: Annotated[bool, typer.Option("--numbers", help="Numbers of the messages instead of counts.")] = False,
) -> None:
    """Say how many messages are held, by source and cause."""
    with _connect() as connection:
        if numbers:
            for number in _held(connection, source, cause):
                typer.echo(number)
            return
        table = Table("source", "cause", "messages", "receipts", "last received")
        for count in quarantine.counts(connection, source=source, cause=cause):
            table.add_row(
                count.source or "(none)",
                count.cause,
                str(count.messages),
                str(count.receipts),
                count.last_received_at.isoformat(timespec="seconds"),
            )
    Console().print(table)


@_quarantine.command("show")
def show(number: Annotated[int, typer.Argument(help="Number of the message.")]) -> None:
    """Show one message with its cause; nothing in it reaches the terminal unescaped."""
    with _connect() as connection:
        entry = quarantine.entry(connection, number)
    if entry is None:
        refuse(f"there is no message {number} in quarantine")
    state = f"released {entry.released_at.isoformat(timespec='seconds')}" if entry.released_at else "held"
    typer.echo(f"message   {entry.id} ({state})")
    typer.echo(f"topic     {escaped(entry.topic)}")
    typer.echo(f"cause     {entry.cause}: {escaped(entry.detail)}")
    typer.echo(f"received  {entry.times_received} times, {entry.first_received_at} to {entry.last_received_at}")
    typer.echo(f"payload   {len(entry.payload)} bytes")
    typer.echo(view(entry.payload))


@_quarantine.command("replay")
def replay_messages(
    numbers: Annotated[list[int] | None, typer.Argument(help="Numbers of the messages.")] = None,
    source: Annotated[str | None, typer.Option(help="All messages held of this source.")] = None,
    cause: Annotated[str | None, typer.Option(help="All messages held for this cause.")] = None,
) -> None:
    """Take messages in after all, each in a transaction of its own; what is refused again stays held."""
    if not numbers and source is None and cause is None:
        refuse("say which messages: numbers, --source or --cause")
    if numbers and (source is not None or cause is not None):
        refuse("say either numbers, or --source and --cause")
    released = refused = 0
    with _connect() as connection:
        for number in numbers or _held(connection, source, cause):
            try:
                refusal = replay(connection, number, actor=actor())
            except NotHeld as error:
                typer.echo(str(error), err=True)
                refused += 1
                continue
            if refusal is None:
                released += 1
            else:
                refused += 1
                typer.echo(f"message {number} stays held, {refusal.code}: {escaped(str(refusal))}", err=True)
    typer.echo(f"released {released}, refused {refused}")
    if refused:
        raise typer.Exit(1)


def _held(connection: Connection, source: str | None, cause: str | None) -> list[int]:
    """Numbers of all messages held at this moment."""
    found: list[int] = []
    while page := quarantine.held(connection, source=source, cause=cause, after=found[-1] if found else 0, limit=PAGE):
        found += page
    return found


def _connect() -> Connection:
    try:
        return connect(str(StoreSettings().database_url), application="hengjian quarantine", autocommit=True)
    except StoreError as error:
        refuse(error)
