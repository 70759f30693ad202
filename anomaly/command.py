"""`hengjian watch`, and beside it `judge` and `explain`."""

import logging
import signal
from pathlib import Path
from threading import Event
from typing import Annotated

import typer
from prometheus_client import start_http_server

from anomaly import replay_command
from anomaly import watch as watching
from anomaly.settings import WatchSettings
from store.settings import StoreSettings


def register(app: typer.Typer) -> None:
    """Add the commands of this room."""
    app.command("watch")(watch)
    replay_command.register(app)


def watch(
    policy: Annotated[
        Path | None, typer.Option(help="Policy file instead of the one that comes with this version.")
    ] = None,
    metrics_port: Annotated[
        int | None, typer.Option(help="Serve Prometheus metrics on 127.0.0.1 at this port.")
    ] = None,
) -> None:
    """Judge what is due until told to stop; several may run at once."""
    settings = WatchSettings()
    in_force = replay_command.policy_of(policy)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    port = metrics_port or settings.watch_metrics_port
    if port is not None:
        start_http_server(port, addr="127.0.0.1")
    watching.run(
        str(StoreSettings().database_url),
        in_force,
        stop.is_set,
        quiet=settings.watch_quiet,
    )
