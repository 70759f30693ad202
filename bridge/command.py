"""Commands of the courier."""

import logging
import signal
import threading
from typing import Annotated

import typer

from bridge import service
from bridge.settings import BridgeSettings
from store import courier
from store.connection import connect
from store.errors import StoreError
from store.settings import StoreSettings


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.command("bridge")(run)


def run(
    resume: Annotated[
        str | None, typer.Option(help="Serve this receiver again after it said 410, then end.", metavar="URL")
    ] = None,
) -> None:
    """Carry what happens to alerts to the webhooks of HENGJIAN_WEBHOOKS."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    url = str(StoreSettings().database_url)
    if resume is not None:
        _resume(url, resume)
        return
    settings = BridgeSettings()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    if settings.webhooks:
        typer.echo(f"carrying to {', '.join(str(webhook.url) for webhook in settings.webhooks)}")
    else:
        typer.echo("no receiver is configured (HENGJIAN_WEBHOOKS): nothing is carried")
    service.run(settings, url, stop)


def _resume(url: str, destination: str) -> None:
    try:
        with connect(url, application="hengjian bridge") as connection:
            resumed = courier.resume(connection, destination)
    except StoreError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if not resumed:
        typer.echo(f"{destination} has not stopped", err=True)
        raise typer.Exit(1)
    typer.echo(f"{destination} is served again")
